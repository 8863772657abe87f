//! `POST …/calls/{call}/update`: changes the media connection.

use serde::Deserialize;
use utoipa::ToSchema;

use super::calls::Answer;
use super::extract::OwnCall;
use super::reply::{Failed, Success, call_failure};
use crate::{Failure, JsonBody};

/// A further offer.
#[derive(Deserialize, ToSchema)]
pub(super) struct Change {
    /// The session description offered.
    sdp: String,
}

/// Answers a further offer in an open call. In direct media the other client
/// answers; `sdp` is empty when that one makes an offer of its own.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/update",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Change,
    responses(
        (status = 200, description = "The answer.", body = Success<Answer>),
        (status = 400, description = "The offer cannot be used.", body = Failed),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
        (status = 429, description = "Too many offers.", body = Failed),
    ),
)]
pub(super) async fn operation(
    OwnCall(session, call): OwnCall,
    JsonBody(change): JsonBody<Change>,
) -> Result<Success<Answer>, Failure> {
    let answer = session
        .change_call(call, change.sdp)
        .await
        .map_err(call_failure)?;
    Ok(Success::new(answer.into()))
}
