//! `GET vdx_invitation`: what a guest needs to come.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Host;
use super::reply::{Failed, Success, meeting_refusal};
use crate::{Failure, Hub};

/// What a guest needs to come.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitation {
    /// The room's address.
    address: String,
    /// What guests are asked for at that address; null where they need none.
    #[schema(required)]
    guest_pin: Option<String>,
    /// The meeting's short link; null where the room belongs to none.
    #[schema(required)]
    link: Option<String>,
}

/// What a guest needs to come, for a host who brings somebody in. Never holds
/// the host PIN. That it was read is in the audit trail. The hub's extension.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/vdx_invitation",
    tag = "The meeting",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "A host's token."),
    ),
    responses(
        (status = 200, description = "The way in.", body = Success<Invitation>),
        (status = 403, description = "Not a host, or the token is not good.", body = Failed),
        (status = 409, description = "The meeting is over: nobody comes in any more.", body = Failed),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Host(_session, host): Host,
) -> Result<Success<Invitation>, Failure> {
    let found = hub.booking.invitation(&host).await;
    let invitation = found.map_err(meeting_refusal)?;
    Ok(Success::new(Invitation {
        address: invitation.address.to_string(),
        guest_pin: invitation.guest_pin.map(|pin| pin.reveal().to_owned()),
        link: invitation.link,
    }))
}
