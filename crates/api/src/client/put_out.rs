//! `POST participants/{participant}/disconnect`: puts somebody out.

use super::extract::Target;
use super::reply::{Failed, Success, refusal};
use crate::Failure;

/// Puts a participant out: hosts anybody, guests themselves.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/disconnect",
    tag = "Who is there",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Whom."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "Done.", body = Success<bool>),
        (status = 403, description = "Not allowed, or the token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn operation(Target(session, target): Target) -> Result<Success<bool>, Failure> {
    session.disconnect(target).map_err(refusal)?;
    // Who was put out stays out, whatever happens to the hub next.
    session.kept().await;
    Ok(Success::new(true))
}
