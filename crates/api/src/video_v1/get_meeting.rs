//! `GET /meetings/{uuid}`: reads a meeting.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_domain::MeetingId;

use super::access::Reader;
use super::hal::Hal;
use super::path::Id;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::shapes::{MeetingShape, Shaper};
use super::version::Version::V1;
use crate::{Failure, Hub};

/// Reads a meeting.
///
/// Callers see the meetings of their organisation; who is only a meeting-user
/// sees those they organise.
#[utoipa::path(
    get,
    path = "/meetings/{uuid}",
    tag = "Meetings",
    params(("uuid" = Uuid, Path, description = "The meeting's id.")),
    responses(
        (status = 200, description = "The meeting.", body = MeetingShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Id(id): Id,
) -> Result<impl IntoResponse, Failure> {
    let meeting = hub.booking.meeting(&actor, MeetingId(id)).await?;
    Ok(Hal(Shaper::new(&hub.booking, V1).meeting(meeting)))
}
