//! `GET /organisation`: reads an organisation.

use axum::Json;
use axum::extract::State;
use vdx_domain::OrganisationCode;

use super::access::Admin;
use super::failure::BasicError;
use super::input::{Asked, ByCode, Code};
use super::shapes::OrganisationShape;
use crate::{Failure, Hub};

/// Reads an organisation, named in the query.
///
/// The way to one whose code cannot stand in a path. For meeting-admin, on the
/// own organisation and those below it.
#[utoipa::path(
    get,
    path = "/organisation",
    tag = "Organisations",
    params(ByCode),
    responses(
        (status = 200, description = "The organisation.", body = OrganisationShape),
        (status = 400, description = "A value is missing or refused.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such organisation.", body = BasicError),
    ),
)]
pub(super) async fn by_query(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Asked(asked): Asked<ByCode>,
) -> Result<Json<OrganisationShape>, Failure> {
    let code = OrganisationCode(asked.organisation_code);
    let organisation = hub.organisations.read(&manager, &code).await?;
    Ok(Json(organisation.into()))
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
        (status = 200, description = "The organisation.", body = OrganisationShape),
        (status = 400, description = "The code is not UTF-8.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such organisation.", body = BasicError),
    ),
)]
pub(super) async fn by_path(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Code(code): Code,
) -> Result<Json<OrganisationShape>, Failure> {
    let organisation = hub.organisations.read(&manager, &code).await?;
    Ok(Json(organisation.into()))
}
