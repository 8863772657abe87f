//! `POST …/calls/{call}/disconnect`: hangs up.

use super::extract::OwnCall;
use super::reply::{Failed, Success, refusal};
use crate::Failure;

/// Ends the media connection. The participant stays in the roster, and may call
/// again.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/disconnect",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "Hung up.", body = Success<Option<bool>>),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(
    OwnCall(session, call): OwnCall,
) -> Result<Success<Option<bool>>, Failure> {
    session.end_call(call).map_err(refusal)?;
    Ok(Success::new(None))
}
