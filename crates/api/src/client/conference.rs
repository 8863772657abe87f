//! What hosts do to the whole conference, and its state: `lock`, `muteguests`,
//! `disconnect` and their neighbours.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::InRoom;
use super::reply::{Failed, Success, refusal};
use super::shapes;
use crate::{Failure, JsonBody};

/// The operations differ in a word and in what they do.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $path:literal, $does:expr;)+) => {
        $(
            $(#[$doc])*
            #[utoipa::path(
                post,
                path = $path,
                tag = "The conference",
                params(
                    ("alias" = String, Path, description = "The room's address."),
                    ("token" = String, Header, description = "A host's token."),
                ),
                responses(
                    (status = 200, description = "Done.", body = Success<bool>),
                    (status = 403, description = "Not a host, or the token is not good.", body = Failed),
                    (status = 429, description = "Too much in too short a time.", body = Failed),
                ),
            )]
            pub(super) async fn $name(InRoom(session): InRoom) -> Result<Success<bool>, Failure> {
                let act: fn(&vdx_conference::Session) -> Result<(), vdx_conference::state::Refused> = $does;
                act(&session).map_err(refusal)?;
                // A lock holds, an end is one, and who was muted is not heard,
                // whatever happens to the hub next.
                session.kept().await;
                Ok(Success::new(true))
            }
        )+
    };
}

acts! {
    /// Locks the room: newcomers wait, but for those with the host PIN.
    lock = "/conferences/{alias}/lock", |session| session.lock(true);
    /// Unlocks the room and lets in everybody who waits.
    unlock = "/conferences/{alias}/unlock", |session| session.lock(false);
    /// Lets in everybody who waits now, and leaves a lock as it is. The hub's
    /// extension.
    admit_all = "/conferences/{alias}/vdx_admit_all", |session| session.admit_all();
    /// Begins the conference for the guests who wait for a host.
    start = "/conferences/{alias}/start_conference", |session| session.start();
    /// Mutes all guests, and those who come.
    mute_guests = "/conferences/{alias}/muteguests", |session| session.mute_guests(true);
    /// Unmutes the guests whom a host or the room muted.
    unmute_guests = "/conferences/{alias}/unmuteguests", |session| session.mute_guests(false);
    /// Takes all raised hands down.
    lower_all_hands = "/conferences/{alias}/clearallbuzz", |session| session.lower_all_hands();
    /// Ends the conference: everybody is out.
    disconnect = "/conferences/{alias}/disconnect", |session| session.terminate();
}

/// Whether guests may unmute.
#[derive(Deserialize, ToSchema)]
pub(super) struct GuestsCanUnmute {
    setting: bool,
}

/// Whether guests may unmute themselves when a host or the room muted them.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/set_guests_can_unmute",
    tag = "The conference",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "A host's token."),
    ),
    request_body = GuestsCanUnmute,
    responses(
        (status = 200, description = "Done.", body = Success<bool>),
        (status = 400, description = "The body cannot be read.", body = Failed),
        (status = 403, description = "Not a host, or the token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn set_guests_can_unmute(
    InRoom(session): InRoom,
    JsonBody(wanted): JsonBody<GuestsCanUnmute>,
) -> Result<Success<bool>, Failure> {
    session.let_guests_unmute(wanted.setting).map_err(refusal)?;
    session.kept().await;
    Ok(Success::new(true))
}

/// The state of the conference: what the event `conference_update` tells.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/conference_status",
    tag = "The conference",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "The state.", body = Success<Value>),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn status(InRoom(session): InRoom) -> Result<Success<Value>, Failure> {
    let status = session.status().map_err(refusal)?;
    Ok(Success::new(shapes::conference(status)))
}
