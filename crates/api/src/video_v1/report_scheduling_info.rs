//! `PUT /scheduling-info/{uuid}`: a provisioner reports how a room stands.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_domain::SchedulingInfoId;

use super::access::RoomMaker;
use super::hal::Hal;
use super::path::Id;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::rooms::Report;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V1;
use crate::{Failure, Hub, JsonBody};

/// Takes down how a room stands.
///
/// Any status may follow any other, and each report is kept. DEPROVISION_OK
/// frees the room's number. For meeting-provisioner-user, on all rooms.
#[utoipa::path(
    put,
    path = "/scheduling-info/{uuid}",
    tag = "Scheduling information",
    params(("uuid" = Uuid, Path, description = "The room's id: the meeting's, once it has one.")),
    request_body = Report,
    responses(
        (status = 200, description = "The room.", body = SchedulingInfoShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    RoomMaker(actor): RoomMaker,
    Id(id): Id,
    JsonBody(body): JsonBody<Report>,
) -> Result<impl IntoResponse, Failure> {
    let report = body.into_report()?;
    let room = hub
        .booking
        .report(&actor, SchedulingInfoId(id), report)
        .await?;
    Ok(Hal(Shaper::new(&hub.booking, V1).room(room)))
}
