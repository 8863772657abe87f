//! `DELETE organisations/{code}/theme/logo`: takes a logo away.

use axum::Json;
use axum::extract::{Path, State};
use vdx_domain::OrganisationCode;

use super::super::HubError;
use super::super::access::Overseer;
use super::shapes::DetailsShape;
use crate::{Failure, Hub};

/// Takes the organisation's own logo away, if it has one: it has that of the
/// organisation above it again.
///
/// For operator, and for management-admin on the own organisation and those below
/// it.
#[utoipa::path(
    delete,
    path = "/organisations/{code}/theme/logo",
    tag = "Themes",
    security(("oauth2" = [])),
    params(("code" = String, Path, description = "The organisation's code; a slash in it is written `%2F`.")),
    responses(
        (status = 200, description = "As it is now.", body = DetailsShape),
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
    let code = OrganisationCode(code);
    let theme = hub.organisations.remove_logo(&by, &code).await?;
    Ok(Json(theme.into()))
}
