//! `GET /scheduling-info-reserve/{uuid}`: reads a room that was set aside.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Administrator;
use super::failure::DetailedError;
use super::hal::Hal;
use super::path::Id;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V2;
use crate::{Failure, Hub};

/// Reads the room that the own organisation has set aside, until a meeting is
/// in it or the reservation has run out.
///
/// For meeting-admin.
#[utoipa::path(
    get,
    path = "/scheduling-info-reserve/{uuid}",
    tag = "Scheduling information",
    params(("uuid" = Uuid, Path, description = "The id of the reservation.")),
    responses(
        (status = 200, description = "The room.", body = SchedulingInfoShape, content_type = "application/hal+json"),
        (status = 400, description = "The id is no UUID.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "The organisation has no such reservation.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Administrator(actor): Administrator,
    Id(id): Id,
) -> Result<impl IntoResponse, Failure> {
    let room = hub.booking.reservation(&actor, id).await?;
    Ok(Hal(Shaper::new(&hub.booking, V2).room(room)))
}
