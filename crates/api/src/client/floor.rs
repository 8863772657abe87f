//! `POST participants/{participant}/take_floor` and `…/release_floor`: presenting.

use super::extract::Oneself;
use super::reply::{Failed, Success, refusal};
use crate::Failure;

/// Takes the floor to present; who had it loses it and is told. The stream goes
/// in the slides section of the call.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/take_floor",
    tag = "Presenting",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "Has the floor.", body = Success<Option<bool>>),
        (status = 403, description = "May not present, or the token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn take(Oneself(session): Oneself) -> Result<Success<Option<bool>>, Failure> {
    session.take_floor().map_err(refusal)?;
    Ok(Success::new(None))
}

/// Gives the floor back. Without effect for who does not have it.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/release_floor",
    tag = "Presenting",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "Does not have the floor.", body = Success<Option<bool>>),
        (status = 403, description = "The token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn release(Oneself(session): Oneself) -> Result<Success<Option<bool>>, Failure> {
    session.release_floor().map_err(refusal)?;
    Ok(Success::new(None))
}
