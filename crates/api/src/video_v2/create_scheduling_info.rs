//! `POST /scheduling-info`: makes a room for a pool.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::RoomMaker;
use super::failure::DetailedError;
use super::hal::Hal;
use super::rooms::CreateRoom;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V2;
use crate::{Failure, Hub, JsonBody};

/// Makes a room for the pool of an organisation.
///
/// The room waits to be made like any other, and a meeting that starts at once
/// can take it a minute after it is live. For meeting-provisioner-user.
#[utoipa::path(
    post,
    path = "/scheduling-info",
    tag = "Scheduling information",
    request_body = CreateRoom,
    responses(
        (status = 200, description = "The room.", body = SchedulingInfoShape, content_type = "application/hal+json"),
        (status = 400, description = "A value is refused.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 406, description = "The template cannot give a number or a PIN.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    RoomMaker(actor): RoomMaker,
    JsonBody(body): JsonBody<CreateRoom>,
) -> Result<impl IntoResponse, Failure> {
    let (organisation, template) = body.into_parts()?;
    let room = hub
        .booking
        .create_pool_room(&actor, &organisation, template)
        .await?;
    Ok(Hal(Shaper::new(&hub.booking, V2).room(room)))
}
