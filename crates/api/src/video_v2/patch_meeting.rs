//! `PATCH /meetings/{uuid}`: changes parts of a meeting.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_domain::MeetingId;

use super::access::Booker;
use super::change::change_meeting;
use super::failure::DetailedError;
use super::hal::Hal;
use super::path::Id;
use super::requests::PatchMeeting;
use super::shapes::{MeetingShape, Shaper};
use super::version::Version::V2;
use crate::{Failure, Hub, JsonBody};

/// Changes parts of a meeting.
///
/// What is left out stays as it is; null takes a value away. While the room
/// waits to be made, everything sent is applied. Once it is live, PINs and
/// call type are passed over, and subject, start, description, project code
/// and organiser too unless the organisation keeps a pool of rooms. An end
/// that is not ahead closes a live room at once. For meeting-admin,
/// meeting-user, meeting-planner and meeting-provisioner-user, on the meetings
/// they see.
#[utoipa::path(
    patch,
    path = "/meetings/{uuid}",
    tag = "Meetings",
    params(("uuid" = Uuid, Path, description = "The meeting's id.")),
    request_body = PatchMeeting,
    responses(
        (status = 200, description = "It is changed.", body = MeetingShape, content_type = "application/hal+json"),
        (status = 400, description = "A value is refused.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "No such meeting.", body = DetailedError),
        (status = 406, description = "The room is neither waiting to be made nor live.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Booker(actor): Booker,
    Id(id): Id,
    JsonBody(body): JsonBody<PatchMeeting>,
) -> Result<impl IntoResponse, Failure> {
    let change = body.into_change(V2)?;
    let meeting = change_meeting(&hub, &actor, MeetingId(id), &change).await?;
    Ok(Hal(Shaper::new(&hub.booking, V2).meeting(meeting)))
}
