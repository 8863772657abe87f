//! `DELETE /meetings/{uuid}`: takes back a booking.

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use vdx_domain::MeetingId;

use super::access::Booker;
use super::path::Id;
use super::refusals::{BadRequest, Forbidden, NotAcceptable, NotFound, Unauthorized};
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
        (status = 200, description = "It is gone."),
        BadRequest, Unauthorized, Forbidden, NotFound, NotAcceptable,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Booker(actor): Booker,
    Id(id): Id,
) -> Result<impl IntoResponse, Failure> {
    hub.booking.delete(&actor, MeetingId(id)).await?;
    Ok(StatusCode::OK)
}
