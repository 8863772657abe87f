//! `GET /scheduling-info/{uuid}`: reads a room.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_domain::SchedulingInfoId;

use super::access::Reader;
use super::failure::DetailedError;
use super::hal::Hal;
use super::path::Id;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V2;
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
        (status = 400, description = "The id is no UUID.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "No such room.", body = DetailedError),
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
    Ok(Hal(Shaper::new(&hub.booking, V2).room(details)))
}
