//! `GET /meetings/{uuid}`: reads a meeting.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_domain::MeetingId;

use super::access::Reader;
use super::failure::DetailedError;
use super::hal::Hal;
use super::path::Id;
use super::shapes::{MeetingShape, Shaper};
use super::version::Version::V2;
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
        (status = 400, description = "The id is no UUID.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "No such meeting.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Id(id): Id,
) -> Result<impl IntoResponse, Failure> {
    let meeting = hub.booking.meeting(&actor, MeetingId(id)).await?;
    Ok(Hal(Shaper::new(&hub.booking, V2).meeting(meeting)))
}
