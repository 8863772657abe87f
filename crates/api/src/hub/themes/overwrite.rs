//! `PUT organisations/{code}/theme`: changes a theme.

use axum::Json;
use axum::extract::{Path, State};
use vdx_domain::{OrganisationCode, ThemeMembers};

use super::super::HubError;
use super::super::access::Overseer;
use super::shapes::{DetailsShape, MembersShape};
use crate::{Failure, Hub, JsonBody};

/// Puts these in the place of what the organisation had of its own.
///
/// What is left out comes from the organisation above it; the logo stays. For
/// operator, and for management-admin on the own organisation and those below it.
#[utoipa::path(
    put,
    path = "/organisations/{code}/theme",
    tag = "Themes",
    security(("oauth2" = [])),
    params(("code" = String, Path, description = "The organisation's code; a slash in it is written `%2F`.")),
    request_body = MembersShape,
    responses(
        (status = 200, description = "As it is now.", body = DetailsShape),
        (status = 400, description = "A value is refused.", body = HubError),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "Not for this caller.", body = HubError),
        (status = 404, description = "No such organisation.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Overseer(by): Overseer,
    Path(code): Path<String>,
    JsonBody(members): JsonBody<ThemeMembers>,
) -> Result<Json<DetailsShape>, Failure> {
    let code = OrganisationCode(code);
    let theme = hub.organisations.set_theme(&by, &code, &members).await?;
    Ok(Json(theme.into()))
}
