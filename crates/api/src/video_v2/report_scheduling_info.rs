//! `PUT /scheduling-info/{uuid}`: a provisioner reports how a room stands.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_domain::SchedulingInfoId;

use super::access::RoomMaker;
use super::failure::DetailedError;
use super::hal::Hal;
use super::path::Id;
use super::rooms::Report;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V2;
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
        (status = 400, description = "A value is refused.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "No such room.", body = DetailedError),
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
    Ok(Hal(Shaper::new(&hub.booking, V2).room(room)))
}
