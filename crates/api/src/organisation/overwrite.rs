//! `PUT /organisation/{code}`: changes an organisation.

use axum::Json;
use axum::extract::State;

use super::access::Admin;
use super::failure::BasicError;
use super::input::Code;
use super::shapes::{DetailsShape, OrganisationShape};
use crate::{Failure, Hub, JsonBody};

/// Puts these values in the place of all that were there.
///
/// What is left out is cleared, the keys too, although they are never shown.
/// Code, name and place in the tree stay. For meeting-admin, on the own
/// organisation and those below it.
#[utoipa::path(
    put,
    path = "/organisation/{code}",
    tag = "Organisations",
    params(("code" = String, Path, description = "Its code; a slash in it is written `%2F`.")),
    request_body = DetailsShape,
    responses(
        (status = 200, description = "As it is now.", body = OrganisationShape),
        (status = 400, description = "A value is refused, or the history key is taken.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such organisation.", body = BasicError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Code(code): Code,
    JsonBody(body): JsonBody<DetailsShape>,
) -> Result<Json<OrganisationShape>, Failure> {
    let details = body.into_details()?;
    let changed = hub
        .organisations
        .overwrite(&manager, &code, &details)
        .await?;
    Ok(Json(changed.into()))
}
