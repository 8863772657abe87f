//! `GET rooms/{address}/theme`: what the page shows on the way into a room.

use axum::Json;
use axum::extract::{Path, State};
use vdx_accounts::organisations::Theme;
use vdx_domain::RoomAddress;

use super::super::HubError;
use super::ThemeShape;
use crate::{Failure, Hub, PeerAddress};

/// What the page shows to somebody who comes by an address.
///
/// The theme of whoever has the room that is there now, or else the domain; of an
/// address of nobody, the hub's own, in the same way. Needs no token.
#[utoipa::path(
    get,
    path = "/rooms/{address}/theme",
    tag = "Themes",
    params(("address" = String, Path, description = "The room's address.")),
    responses(
        (status = 200, description = "What is shown.", body = ThemeShape),
        (status = 400, description = "The address is not UTF-8.", body = HubError),
        (status = 429, description = "Too many look-ups from this address; `Retry-After` says how long to wait.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    PeerAddress(peer): PeerAddress,
    Path(address): Path<String>,
) -> Result<Json<ThemeShape>, Failure> {
    hub.look_up_limit.count(peer)?;
    let theme = match address.parse::<RoomAddress>() {
        Ok(address) => hub.organisations.theme_at(&address).await?,
        // What is no address is nobody's.
        Err(_) => Theme::default(),
    };
    Ok(Json(theme.into()))
}
