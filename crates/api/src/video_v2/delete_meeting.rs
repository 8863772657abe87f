//! `DELETE /meetings/{uuid}`: takes back a booking.

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use vdx_domain::MeetingId;

use super::access::Booker;
use super::failure::DetailedError;
use super::path::Id;
use crate::{Failure, Hub};

/// Removes a meeting and its room for good.
///
/// Only while the room waits to be made; a meeting whose room is live is ended
/// by its end time. For meeting-admin, meeting-user, meeting-planner and
/// meeting-provisioner-user, on the meetings they see.
#[utoipa::path(
    delete,
    path = "/meetings/{uuid}",
    tag = "Meetings",
    params(("uuid" = Uuid, Path, description = "The meeting's id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "The id is no UUID.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "No such meeting.", body = DetailedError),
        (status = 406, description = "The room is made already.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Booker(actor): Booker,
    Id(id): Id,
) -> Result<impl IntoResponse, Failure> {
    hub.booking.delete(&actor, MeetingId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
