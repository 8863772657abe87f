//! `GET participants`: who is there.

use super::extract::InRoom;
use super::reply::{Failed, Success, refusal};
use super::shapes::Participant;
use crate::Failure;

/// The roster, as this participant sees it: oneself while waiting, then all who
/// are in; hosts also see who waits.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/participants",
    tag = "Who is there",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "The roster.", body = Success<Vec<Participant>>),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(
    InRoom(session): InRoom,
) -> Result<Success<Vec<Participant>>, Failure> {
    let roster = session.roster().map_err(refusal)?;
    Ok(Success::new(
        roster
            .iter()
            .map(|view| Participant::from(&**view))
            .collect(),
    ))
}
