//! `GET organisations/{code}/theme`: reads a theme.

use axum::Json;
use axum::extract::{Path, State};
use vdx_domain::OrganisationCode;

use super::super::HubError;
use super::super::access::Overseer;
use super::shapes::DetailsShape;
use crate::{Failure, Hub};

/// Reads the theme of an organisation.
///
/// For operator, and for management-admin on the own organisation and those below
/// it.
#[utoipa::path(
    get,
    path = "/organisations/{code}/theme",
    tag = "Themes",
    security(("oauth2" = [])),
    params(("code" = String, Path, description = "The organisation's code; a slash in it is written `%2F`.")),
    responses(
        (status = 200, description = "What it has of its own, and what is shown.", body = DetailsShape),
        (status = 400, description = "The code is not UTF-8.", body = HubError),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "Not for this caller.", body = HubError),
        (status = 404, description = "No such organisation.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Overseer(by): Overseer,
    Path(code): Path<String>,
) -> Result<Json<DetailsShape>, Failure> {
    let theme = hub
        .organisations
        .theme(&by, &OrganisationCode(code))
        .await?;
    Ok(Json(theme.into()))
}
