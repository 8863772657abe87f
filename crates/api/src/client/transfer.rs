//! `POST participants/{participant}/transfer`: sends somebody to another room.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use vdx_conference::admission::PinAnswer;
use vdx_conference::door::Answer;
use vdx_domain::{ParticipantRole, RoomAddress, RoomState};

use super::extract::Target;
use super::reply::{Failed, Success, refusal};
use crate::{Failure, Hub, JsonBody, PeerAddress};

/// Where to, and as what.
#[derive(Deserialize, ToSchema)]
pub(super) struct Destination {
    /// The other room's address.
    conference_alias: String,
    role: RoleWord,
    /// The PIN of that role there, where it has one.
    pin: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RoleWord {
    Host,
    Guest,
}

impl Destination {
    fn role(&self) -> ParticipantRole {
        match self.role {
            RoleWord::Host => ParticipantRole::Host,
            RoleWord::Guest => ParticipantRole::Guest,
        }
    }

    fn pin(&self) -> PinAnswer<'_> {
        match (PinAnswer::from_header(self.pin.as_deref()), self.role) {
            (PinAnswer::Missing, RoleWord::Guest) => PinAnswer::Guest,
            (answer, _) => answer,
        }
    }
}

/// A host sends somebody inside to another room. The other room must be open,
/// and the host must know the PIN that the role needs there; wrong PINs count as
/// at its door. The participant is told by the event `refer`, and its client goes
/// by itself.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/transfer",
    tag = "Participants",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Whom."),
        ("token" = String, Header, description = "A host's token."),
    ),
    request_body = Destination,
    responses(
        (status = 200, description = "Told.", body = Success<bool>),
        (status = 400, description = "The body cannot be read.", body = Failed),
        (status = 403, description = "Not a host, nobody there or not listening, no such room, a wrong PIN, or the token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Target(session, target): Target,
    PeerAddress(address): PeerAddress,
    JsonBody(destination): JsonBody<Destination>,
) -> Result<Success<bool>, Failure> {
    // Who is no host learns nothing about other rooms and their PINs.
    session.check_host().map_err(refusal)?;
    let refused = |why: &str| Failure::new(StatusCode::FORBIDDEN).text(why);
    let no_room = || refused("Neither conference nor gateway found");
    let alias: RoomAddress = destination
        .conference_alias
        .parse()
        .map_err(|_| no_room())?;
    let RoomState::Open(room) = hub.booking.room_at(&alias).await? else {
        return Err(no_room());
    };
    let admitted = hub
        .conferences
        .admit(&room, None, destination.pin(), address)
        .await;
    let role = destination.role();
    let allowed = match admitted {
        Answer::Admit(ParticipantRole::Host) => true,
        Answer::Admit(ParticipantRole::Guest) => role == ParticipantRole::Guest,
        Answer::AskPin(_) | Answer::WrongPin(_) => false,
    };
    if !allowed {
        return Err(refused("Invalid PIN"));
    }
    session.refer(target, &room, alias, role).map_err(refusal)?;
    Ok(Success::new(true))
}
