//! `GET /scheduling-info-deprovision`: rooms to remove now.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::RoomMaker;
use super::collections::{Asked, Rooms};
use super::hal::Hal;
use super::refusals::{Forbidden, Unauthorized};
use super::shapes::Shaper;
use super::version::Version::V1;
use crate::{Failure, Hub};

/// The rooms to remove now, of organisations whose provisioner polls.
///
/// The longest due come first, 10 000 at most. Rooms that the hub makes itself
/// and rooms that are told by events are left out. For
/// meeting-provisioner-user.
#[utoipa::path(
    get,
    path = "/scheduling-info-deprovision",
    tag = "Scheduling information",
    responses(
        (status = 200, description = "The rooms.", body = Rooms, content_type = "application/hal+json"),
        Unauthorized, Forbidden,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    RoomMaker(actor): RoomMaker,
    asked: Asked,
) -> Result<impl IntoResponse, Failure> {
    let rooms = hub.booking.rooms_to_deprovision(&actor).await?;
    let shaper = Shaper::new(&hub.booking, V1);
    let shapes = rooms.into_iter().map(|room| shaper.room(room));
    Ok(Hal(Rooms::new(asked, shapes)))
}
