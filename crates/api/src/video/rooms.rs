//! What callers say of rooms.

use std::borrow::Cow;

use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use vdx_booking::{Interval, ProvisionReport};
use vdx_domain::{OrganisationCode, ProvisionStatus};

use super::query::Parameters;
use super::requests::required;
use super::version::Version;
use super::words;
use crate::Failure;

/// A room to make for the pool of an organisation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = createSchedulingInfo)]
pub(crate) struct CreateRoom {
    /// Code of the organisation whose pool it is for.
    #[schema(required, nullable = false, max_length = 250)]
    organization_id: Option<String>,
    /// The organisation's own template, or a shared one.
    #[schema(required, nullable = false)]
    scheduling_template_id: Option<i64>,
}

impl CreateRoom {
    /// The organisation and the template.
    pub(crate) fn into_parts(self) -> Result<(OrganisationCode, i64), Failure> {
        let code = required("organizationId", self.organization_id)?;
        let template = required("schedulingTemplateId", self.scheduling_template_id)?;
        Ok((OrganisationCode(code), template))
    }
}

/// How a room stands.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = updateSchedulingInfo)]
pub(crate) struct Report {
    #[schema(value_type = words::ProvisionStatus, required)]
    provision_status: Option<ProvisionStatus>,
    /// What there is to say about it.
    #[schema(max_length = 200)]
    provision_status_description: Option<String>,
    /// The engine's name of the room.
    #[schema(max_length = 50)]
    provision_vmr_id: Option<String>,
}

impl Report {
    pub(crate) fn into_report(self) -> Result<ProvisionReport, Failure> {
        Ok(ProvisionReport {
            status: required("provisionStatus", self.provision_status)?,
            description: self.provision_status_description,
            vmr_id: self.provision_vmr_id,
        })
    }
}

/// The status of a list, in the API's document.
pub(crate) struct StatusOfList;

impl PartialSchema for StatusOfList {
    fn schema() -> RefOr<Schema> {
        let words = ProvisionStatus::ALL.iter().map(|status| status.as_str());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words))
            .default(Some(ProvisionStatus::AwaitsProvision.as_str().into()))
            .into()
    }
}

impl ToSchema for StatusOfList {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("provisionStatusOfList")
    }
}

/// The interval and the status of a list of rooms.
pub(crate) fn interval(version: Version, parameters: &Parameters) -> Result<Interval, Failure> {
    let status = parameters.word("provision-status", "must be a provision status")?;
    Ok(Interval {
        from: parameters.instant(version, "from-start-time")?,
        to: parameters.instant(version, "to-end-time")?,
        status: status.unwrap_or(ProvisionStatus::AwaitsProvision),
    })
}
