//! What the operations take from paths and queries.

use axum::extract::{FromRequestParts, Path, Query};
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use vdx_accounts::organisations::NodeName;
use vdx_domain::OrganisationCode;

use super::failure::invalid;
use crate::{Failure, Hub};

/// The code in a path. A slash in it is written `%2F`.
pub(super) struct Code(pub(super) OrganisationCode);

impl FromRequestParts<Hub> for Code {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        Path::<String>::from_request_parts(parts, hub)
            .await
            .map(|Path(code)| Self(OrganisationCode(code)))
            .map_err(|_| invalid("code", "must be UTF-8, percent-encoded"))
    }
}

/// The values of a query.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Hub> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        Query::<T>::from_request_parts(parts, hub)
            .await
            .map(|Query(asked)| Self(asked))
            .map_err(|rejection| invalid("query", &rejection.body_text()))
    }
}

/// Names an organisation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByCode {
    /// Its code.
    pub(super) organisation_code: String,
}

/// Names the organisation to create in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InParent {
    /// Its code.
    pub(super) parent_code: String,
}

/// Names a node of the tree: by one of the two.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByNode {
    /// The code of its organisation.
    #[param(nullable = false)]
    organisation_code: Option<String>,
    /// Its id.
    #[param(nullable = false)]
    group_id: Option<i32>,
}

impl ByNode {
    pub(super) fn name(self) -> Result<NodeName, Failure> {
        match (self.organisation_code, self.group_id) {
            (Some(code), None) => Ok(NodeName::Code(OrganisationCode(code))),
            (None, Some(group)) => Ok(NodeName::Group(group.into())),
            _ => Err(invalid(
                "query",
                "must hold either organisationCode or groupId",
            )),
        }
    }
}
