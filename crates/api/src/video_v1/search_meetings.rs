//! `GET /meetings`: finds meetings.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_booking::Found;

use super::access::Reader;
use super::collections::{Asked, Meetings};
use super::hal::Hal;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::search::{Parameters, SearchParameters};
use super::shapes::{MeetingShape, Shaper};
use super::version::Version::V1;
use crate::{Failure, Hub};

/// The list of the meetings, or the one meeting with a short id.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Answer {
    One(Box<MeetingShape>),
    Many(Meetings),
}

/// Finds meetings.
///
/// Of several criteria the first one counts, in the order of the parameters;
/// the times count together with `search` (bounds excluded), or by themselves
/// (bounds included). Callers find the meetings of their organisation; who is
/// only a meeting-user finds those they organise. By `uriWithDomain`
/// provisioners find those of every organisation. A search that finds more than
/// 10 000 meetings is refused. A short id finds one meeting, which is given as it
/// is; everything else finds a list.
#[utoipa::path(
    get,
    path = "/meetings",
    tag = "Meetings",
    params(SearchParameters),
    responses(
        (status = 200, description = "The meetings, by their beginning.", body = inline(Answer), content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    asked: Asked,
    Parameters(parameters): Parameters<SearchParameters>,
) -> Result<impl IntoResponse, Failure> {
    let found = hub
        .booking
        .search(&actor, &parameters.into_search(V1)?)
        .await?;
    let shaper = Shaper::new(&hub.booking, V1);
    Ok(Hal(match found {
        Found::One(meeting) => Answer::One(Box::new(shaper.found(*meeting))),
        Found::Many(meetings) => {
            let shapes = meetings.into_iter().map(|meeting| shaper.found(meeting));
            Answer::Many(Meetings::new(asked, shapes))
        }
    }))
}
