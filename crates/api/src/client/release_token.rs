//! `POST release_token`: leaves.

use super::extract::InRoom;
use super::reply::{Failed, Success, refusal};
use crate::Failure;

/// Leaves the room at once. The body, a reason, is not read: a page that is
/// being closed sends what it can, and the token in the query.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/release_token",
    tag = "Coming and going",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token; or in the query."),
    ),
    responses(
        (status = 200, description = "Left.", body = Success<bool>),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(InRoom(session): InRoom) -> Result<Success<bool>, Failure> {
    session.leave().map_err(refusal)?;
    Ok(Success::new(true))
}
