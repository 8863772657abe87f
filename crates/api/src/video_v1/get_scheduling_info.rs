//! `GET /scheduling-info/{uuid}`: reads a room.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_domain::SchedulingInfoId;

use super::access::Reader;
use super::hal::Hal;
use super::path::Id;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V1;
use crate::{Failure, Hub};

/// Reads the room of a meeting: address, PINs, settings and status.
///
/// Provisioners see all rooms, planners and administrators those of their
/// organisation and the ones below it, others those of their organisation.
#[utoipa::path(
    get,
    path = "/scheduling-info/{uuid}",
    tag = "Scheduling information",
    params(("uuid" = Uuid, Path, description = "The room's id: the meeting's, once it has one.")),
    responses(
        (status = 200, description = "The room.", body = SchedulingInfoShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Id(id): Id,
) -> Result<impl IntoResponse, Failure> {
    let details = hub
        .booking
        .scheduling_info(&actor, SchedulingInfoId(id))
        .await?;
    Ok(Hal(Shaper::new(&hub.booking, V1).room(details)))
}
