//! `POST /scheduling-info`: makes a room for a pool.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::RoomMaker;
use super::hal::Hal;
use super::refusals::{BadRequest, Forbidden, NotAcceptable, Unauthorized};
use super::rooms::CreateRoom;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V1;
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
        BadRequest, Unauthorized, Forbidden, NotAcceptable,
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
    Ok(Hal(Shaper::new(&hub.booking, V1).room(room)))
}
