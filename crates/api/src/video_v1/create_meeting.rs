//! `POST /meetings`: books a meeting.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Booker;
use super::hal::Hal;
use super::refusals::{BadRequest, Forbidden, NotAcceptable, Unauthorized};
use super::requests::CreateMeeting;
use super::shapes::{MeetingShape, Shaper};
use super::version::Version::V1;
use crate::{Failure, Hub, JsonBody};

/// Books a meeting.
///
/// The meeting gets a room of its own with a number, PINs and settings of the
/// template: the one asked for, else the default of the organisation, of its
/// nearest ancestor, or of the hub. For meeting-admin, meeting-user,
/// meeting-planner and meeting-provisioner-user.
#[utoipa::path(
    post,
    path = "/meetings",
    tag = "Meetings",
    request_body = CreateMeeting,
    responses(
        (status = 200, description = "It is booked.", body = MeetingShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotAcceptable,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Booker(actor): Booker,
    JsonBody(body): JsonBody<CreateMeeting>,
) -> Result<impl IntoResponse, Failure> {
    let meeting = hub.booking.create(&actor, &body.into_request(V1)?).await?;
    Ok(Hal(Shaper::new(&hub.booking, V1).meeting(meeting)))
}
