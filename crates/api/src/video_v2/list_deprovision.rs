//! `GET /scheduling-info-deprovision`: rooms to remove now.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::RoomMaker;
use super::failure::DetailedError;
use super::hal::Hal;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V2;
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
        (status = 200, description = "The rooms.", body = Vec<SchedulingInfoShape>, content_type = "application/hal+json"),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    RoomMaker(actor): RoomMaker,
) -> Result<impl IntoResponse, Failure> {
    let rooms = hub.booking.rooms_to_deprovision(&actor).await?;
    let shaper = Shaper::new(&hub.booking, V2);
    let shapes: Vec<_> = rooms.into_iter().map(|room| shaper.room(room)).collect();
    Ok(Hal(shapes))
}
