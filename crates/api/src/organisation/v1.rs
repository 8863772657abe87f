//! What v1 has otherwise than v2: an organisation of five members, and a
//! creation that takes code and name alone.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_accounts::organisations::Manager;
use vdx_domain::OrganisationCode;
use vdx_store::organisations::{Details, Organisation};

use super::access::Admin;
use super::failure::BasicError;
use super::input::{Asked, ByCode, Code, InParent};
use super::shapes::filled;
use crate::{Failure, Hub, JsonBody};

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = organisation)]
struct OrganisationV1 {
    #[schema(max_length = 250)]
    code: String,
    #[schema(max_length = 100)]
    name: String,
    /// How many idle rooms it wants ready; 0 = it keeps no pool.
    #[schema(value_type = i32)]
    pool_size: u32,
    #[schema(max_length = 11)]
    sms_sender_name: Option<String>,
    #[schema(max_length = 100)]
    sms_callback_url: Option<String>,
}

impl From<Organisation> for OrganisationV1 {
    fn from(organisation: Organisation) -> Self {
        Self {
            code: organisation.code.0,
            name: organisation.name,
            pool_size: organisation.pool_size.unwrap_or(0),
            sms_sender_name: organisation.sms_sender_name,
            sms_callback_url: organisation.sms_callback_url,
        }
    }
}

/// An organisation to make.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = organisationCreateBasic)]
pub(super) struct CreateV1 {
    /// Names it for good, everywhere: also in the tokens of those who act for it.
    #[schema(min_length = 1, max_length = 250, pattern = "^[^\\x00-\\x1f\\x7f]+$")]
    code: String,
    /// What people read; the code, where it is left out.
    #[schema(max_length = 100)]
    name: Option<String>,
}

/// Reads an organisation, named in the query.
///
/// For meeting-admin, on the own organisation and those below it.
#[utoipa::path(
    get,
    path = "/organisation",
    tag = "Organisations",
    params(ByCode),
    responses(
        (status = 200, description = "The organisation.", body = OrganisationV1),
        (status = 400, description = "A value is missing or refused.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such organisation.", body = BasicError),
    ),
)]
pub(super) async fn read_by_query(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Asked(asked): Asked<ByCode>,
) -> Result<Json<impl Serialize>, Failure> {
    let code = OrganisationCode(asked.organisation_code);
    let organisation = hub.organisations.read(&manager, &code).await?;
    Ok(Json(OrganisationV1::from(organisation)))
}

/// Reads an organisation.
///
/// For meeting-admin, on the own organisation and those below it.
#[utoipa::path(
    get,
    path = "/organisation/{code}",
    tag = "Organisations",
    params(("code" = String, Path, description = "Its code; a slash in it is written `%2F`.")),
    responses(
        (status = 200, description = "The organisation.", body = OrganisationV1),
        (status = 400, description = "The code is not UTF-8.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such organisation.", body = BasicError),
    ),
)]
pub(super) async fn read_by_path(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Code(code): Code,
) -> Result<Json<impl Serialize>, Failure> {
    let organisation = hub.organisations.read(&manager, &code).await?;
    Ok(Json(OrganisationV1::from(organisation)))
}

/// Makes an organisation below one that is named in the query.
///
/// For meeting-admin, below the own organisation.
#[utoipa::path(
    post,
    path = "/organisation",
    tag = "Organisations",
    params(InParent),
    request_body = CreateV1,
    responses(
        (status = 200, description = "It is made.", body = OrganisationV1),
        (status = 400, description = "A value is missing or refused, the code is taken, or there is no such parent.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
    ),
)]
pub(super) async fn create_by_query(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Asked(parent): Asked<InParent>,
    JsonBody(body): JsonBody<CreateV1>,
) -> Result<Json<impl Serialize>, Failure> {
    create(&hub, &manager, &OrganisationCode(parent.parent_code), body).await
}

/// Makes an organisation below another.
///
/// For meeting-admin, below the own organisation.
#[utoipa::path(
    post,
    path = "/organisation/{code}",
    tag = "Organisations",
    params(("code" = String, Path, description = "Code of the one it will stand below; a slash in it is written `%2F`.")),
    request_body = CreateV1,
    responses(
        (status = 200, description = "It is made.", body = OrganisationV1),
        (status = 400, description = "A value is missing or refused, the code is taken, or there is no such parent.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
    ),
)]
pub(super) async fn create_by_path(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Code(parent): Code,
    JsonBody(body): JsonBody<CreateV1>,
) -> Result<Json<impl Serialize>, Failure> {
    create(&hub, &manager, &parent, body).await
}

async fn create(
    hub: &Hub,
    manager: &Manager,
    parent: &OrganisationCode,
    body: CreateV1,
) -> Result<Json<OrganisationV1>, Failure> {
    let name = filled(body.name);
    let code = OrganisationCode(body.code);
    let made = hub
        .organisations
        .create(manager, parent, &code, name.as_deref(), &Details::default())
        .await?;
    Ok(Json(made.into()))
}
