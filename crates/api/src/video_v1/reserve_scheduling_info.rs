//! `GET /scheduling-info-reserve`: sets a room of the pool aside.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Administrator;
use super::hal::Hal;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::reserve::ReserveParameters;
use super::search::Parameters;
use super::shapes::{SchedulingInfoShape, Shaper};
use super::version::Version::V1;
use crate::{Failure, Hub};

/// Sets a free room of the own organisation's pool aside, so that its address
/// and PINs are known before the meeting is booked.
///
/// The room has exactly the settings asked for. A meeting gets it by its
/// `reservationId`; a room that is not used is free again after a time the
/// operator sets, usually a day. Each call sets another room aside. For
/// meeting-admin.
#[utoipa::path(
    get,
    path = "/scheduling-info-reserve",
    tag = "Scheduling information",
    params(ReserveParameters),
    responses(
        (status = 200, description = "The room.", body = SchedulingInfoShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Administrator(actor): Administrator,
    Parameters(parameters): Parameters<ReserveParameters>,
) -> Result<impl IntoResponse, Failure> {
    let settings = parameters.into_settings();
    let room = hub.booking.reserve(&actor, &settings).await?;
    Ok(Hal(Shaper::new(&hub.booking, V1).room(room)))
}
