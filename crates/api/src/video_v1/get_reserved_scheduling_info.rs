//! `GET /scheduling-info-reserve/{uuid}`: reads a room that was set aside.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Administrator;
use super::hal::Hal;
use super::path::Id;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V1;
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
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Administrator(actor): Administrator,
    Id(id): Id,
) -> Result<impl IntoResponse, Failure> {
    let room = hub.booking.reservation(&actor, id).await?;
    Ok(Hal(Shaper::new(&hub.booking, V1).room(room)))
}
