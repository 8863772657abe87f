//! `GET theme/`: the screens that a client shows in direct media at the hub's bidding.

use http::StatusCode;

use super::extract::InRoom;
use super::reply::Failed;

/// Answers that there are none: the hub bids nobody show a screen. What an
/// organisation looks like is told by `/api/hub/v1/rooms/{address}/theme`.
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
