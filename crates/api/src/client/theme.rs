//! `GET theme/`: what the room looks and sounds like.

use http::StatusCode;

use super::extract::InRoom;
use super::reply::Failed;

/// Answers that the room has no theme of its own; clients then use theirs.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/theme/",
    tag = "Coming and going",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 204, description = "No theme."),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(_: InRoom) -> StatusCode {
    StatusCode::NO_CONTENT
}
