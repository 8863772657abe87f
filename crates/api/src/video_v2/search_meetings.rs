//! `GET /meetings`: finds meetings.

use axum::extract::State;
use axum::response::IntoResponse;
use vdx_booking::Found;

use super::access::Reader;
use super::failure::DetailedError;
use super::hal::Hal;
use super::search::{Parameters, SearchParameters};
use super::shapes::{MeetingShape, Shaper};
use super::version::Version::V2;
use crate::{Failure, Hub};

/// Finds meetings.
///
/// Of several criteria the first one counts, in the order of the parameters;
/// the times count together with `search` (bounds excluded), or by themselves
/// (bounds included). Callers find the meetings of their organisation; who is
/// only a meeting-user finds those they organise. By `uriWithDomain`
/// provisioners find those of every organisation. A search that finds more than
/// 10 000 meetings is refused.
#[utoipa::path(
    get,
    path = "/meetings",
    tag = "Meetings",
    params(SearchParameters),
    responses(
        (status = 200, description = "The meetings, by their beginning.", body = [MeetingShape], content_type = "application/hal+json"),
        (status = 400, description = "No criterion, a refused one, or more than 10 000 meetings.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "No meeting with this short id.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Parameters(parameters): Parameters<SearchParameters>,
) -> Result<impl IntoResponse, Failure> {
    let found = hub
        .booking
        .search(&actor, &parameters.into_search(V2)?)
        .await?;
    let meetings = match found {
        Found::One(meeting) => vec![*meeting],
        Found::Many(meetings) => meetings,
    };
    let shaper = Shaper::new(&hub.booking, V2);
    let shapes: Vec<MeetingShape> = meetings
        .into_iter()
        .map(|meeting| shaper.meeting(meeting))
        .collect();
    Ok(Hal(shapes))
}
