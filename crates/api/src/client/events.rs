//! `GET events`: everything that changes, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::{HeaderName, HeaderValue};

use super::extract::InRoom;
use super::reply::{Failed, refusal};
use super::shapes;
use crate::Failure;

/// How often something is said while nothing happens, so that neither end nor
/// anything between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Listens to the room.
///
/// Begins with the whole state, so a client that lost its connection only has
/// to listen again. A newer stream of the same participant ends an older one.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/events",
    tag = "Who is there",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Query, description = "The participant's token; or in the header."),
    ),
    responses(
        (status = 200, description = "The events.", content_type = "text/event-stream", body = String),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(InRoom(session): InRoom) -> Result<Response, Failure> {
    let subscription = session.subscribe().map_err(refusal)?;
    let events = stream::unfold(subscription, async |mut subscription| {
        let event = subscription.next().await?;
        let (name, data) = shapes::event(&event);
        let event = Event::default().event(name).data(data.to_string());
        Some((Ok::<_, Infallible>(event), subscription))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("here");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // Proxies that gather answers before passing them on (nginx by default)
    // are told not to.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}
