//! `GET /meetings/findByUriWithoutDomain`: finds a meeting by its room.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::hal::Hal;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::search::{Parameters, UriParameter};
use super::shapes::{MeetingShape, Shaper};
use super::version::Version::V1;
use crate::{Failure, Hub};

/// Finds the meeting in the room of this number or chosen name.
///
/// Only while the room has it: a room that is gone has given it back. Where
/// rooms of several domains have it, the one that was made last counts, among
/// the meetings the caller sees. Provisioners see those of every organisation
/// here.
#[utoipa::path(
    get,
    path = "/meetings/findByUriWithoutDomain",
    tag = "Meetings",
    params(UriParameter),
    responses(
        (status = 200, description = "The meeting.", body = MeetingShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Parameters(parameter): Parameters<UriParameter>,
) -> Result<impl IntoResponse, Failure> {
    let uri = parameter.required()?;
    let meeting = hub.booking.meeting_by_number(&actor, &uri).await?;
    Ok(Hal(Shaper::new(&hub.booking, V1).found(meeting)))
}
