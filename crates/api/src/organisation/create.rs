//! `POST /organisation`: makes an organisation below another.

use axum::Json;
use axum::extract::State;
use vdx_accounts::organisations::Manager;
use vdx_domain::OrganisationCode;

use super::access::Admin;
use super::failure::BasicError;
use super::input::{Asked, Code, InParent};
use super::shapes::{CreateShape, OrganisationShape};
use crate::{Failure, Hub, JsonBody};

/// Makes an organisation below one that is named in the query.
///
/// For meeting-admin, below the own organisation.
#[utoipa::path(
    post,
    path = "/organisation",
    tag = "Organisations",
    params(InParent),
    request_body = CreateShape,
    responses(
        (status = 200, description = "It is made.", body = OrganisationShape),
        (status = 400, description = "A value is missing or refused, the code or the history key is taken, or there is no such parent.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
    ),
)]
pub(super) async fn by_query(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Asked(parent): Asked<InParent>,
    JsonBody(body): JsonBody<CreateShape>,
) -> Result<Json<OrganisationShape>, Failure> {
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
    request_body = CreateShape,
    responses(
        (status = 200, description = "It is made.", body = OrganisationShape),
        (status = 400, description = "A value is missing or refused, the code or the history key is taken, or there is no such parent.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
    ),
)]
pub(super) async fn by_path(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Code(parent): Code,
    JsonBody(body): JsonBody<CreateShape>,
) -> Result<Json<OrganisationShape>, Failure> {
    create(&hub, &manager, &parent, body).await
}

async fn create(
    hub: &Hub,
    manager: &Manager,
    parent: &OrganisationCode,
    mut body: CreateShape,
) -> Result<Json<OrganisationShape>, Failure> {
    let code = OrganisationCode(std::mem::take(&mut body.code));
    let (name, details) = body.into_parts()?;
    let made = hub
        .organisations
        .create(manager, parent, &code, name.as_deref(), &details)
        .await?;
    Ok(Json(made.into()))
}
