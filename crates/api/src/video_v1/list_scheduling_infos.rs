//! `GET /scheduling-info`: rooms of an interval.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::collections::{Asked, Rooms};
use super::hal::Hal;
use super::query::Parameters;
use super::refusals::{BadRequest, Forbidden, Unauthorized};
use super::rooms::{self, StatusOfList};
use super::shapes::Shaper;
use super::version::Version::V1;
use crate::{Failure, Hub};

/// The rooms of a status that open, or whose meetings end, inside an interval.
///
/// The ends of the interval are outside. Provisioners see all rooms, planners
/// and administrators those of their organisation and the ones below it, others
/// those of their organisation; rooms without a meeting are in no list. A list
/// of more than 10 000 rooms is refused. A literal `+` is written `%2B`.
#[utoipa::path(
    get,
    path = "/scheduling-info",
    tag = "Scheduling information",
    params(
        ("from-start-time" = String, Query, format = DateTime, description = "After this."),
        ("to-end-time" = String, Query, format = DateTime, description = "Before this."),
        ("provision-status" = inline(Option<StatusOfList>), Query, description = "With this status; AWAITS_PROVISION when left out."),
    ),
    responses(
        (status = 200, description = "The rooms.", body = Rooms, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    asked: Asked,
    parameters: Parameters,
) -> Result<impl IntoResponse, Failure> {
    let interval = rooms::interval(V1, &parameters)?;
    let rooms = hub.booking.scheduling_infos(&actor, interval).await?;
    let shaper = Shaper::new(&hub.booking, V1);
    let shapes = rooms.into_iter().map(|room| shaper.room(room));
    Ok(Hal(Rooms::new(asked, shapes)))
}
