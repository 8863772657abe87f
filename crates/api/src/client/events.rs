//! `GET events`: everything that changes, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Query;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde::Deserialize;
use vdx_conference::EventId;

use super::extract::InRoom;
use super::reply::{Failed, refusal};
use super::shapes;
use crate::Failure;

/// How often something is said while nothing happens, so that neither end nor
/// anything between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a client says that cannot set headers.
#[derive(Deserialize)]
struct LastEvent {
    last_event_id: Option<String>,
}

/// The last event a client heard before its stream broke: in the header that
/// browsers send by themselves, or in the query where a client makes a new
/// stream. What is no id of ours means that everything is told anew.
fn last_event(headers: &HeaderMap, uri: &Uri) -> Option<EventId> {
    if let Some(id) = headers.get("last-event-id") {
        return id.to_str().ok()?.parse().ok();
    }
    let Query(query) = Query::<LastEvent>::try_from_uri(uri).ok()?;
    query.last_event_id?.parse().ok()
}

/// Listens to the room.
///
/// Begins with the whole state. A client whose stream broke goes on where it was
/// when it gives the id of the last event it heard, for half a minute and 256
/// events; else it is told the whole state again. A newer stream of the same
/// participant ends an older one.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/events",
    tag = "Who is there",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Query, description = "The participant's token; or in the header."),
        ("last_event_id" = Option<String>, Query, description = "The last event heard; or in the header `Last-Event-ID`."),
    ),
    responses(
        (status = 200, description = "The events.", content_type = "text/event-stream", body = String),
        (status = 403, description = "The token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn operation(
    InRoom(session): InRoom,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let last = last_event(&headers, &uri);
    let subscription = session.subscribe(last).map_err(refusal)?;
    let events = stream::unfold(subscription, async |mut subscription| {
        let told = subscription.next().await?;
        let (name, data) = shapes::event(&told.event);
        let event = Event::default()
            .id(told.id.to_string())
            .event(name)
            .data(data.to_string());
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
