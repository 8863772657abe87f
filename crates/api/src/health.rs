//! Liveness, readiness and counters.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use serde_json::{Value, json};
use vdx_bus::Bus;

use crate::Hub;
use crate::failure::{FailedCall, Failure};

/// How long a part may take to answer before the hub is not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// `/healthz`, `/readyz`, `/metrics`.
pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// The program runs.
async fn alive() -> &'static str {
    "ok\n"
}

/// The program can do its work: each part it needs, and whether it answers;
/// the media engine by each of its threads. Nothing that people wait for goes
/// over the bus, so a bus that is away is told and takes nobody out of service:
/// what it is to be told waits. A full node is told too and stays in service:
/// those who are in it need it.
async fn ready(State(hub): State<Hub>) -> Response {
    let (database, media) = tokio::join!(
        tokio::time::timeout(PATIENCE, hub.db.ping()),
        tokio::time::timeout(PATIENCE, hub.conferences.is_media_alive()),
    );
    let database = database.is_ok_and(|answer| answer.is_ok());
    let media = media.unwrap_or(false);
    let status = if database && media {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let bus = hub.bus.as_ref().map(Bus::is_connected);
    let parts = json!({
        "database": database,
        "media": media,
        "media_threads": media_threads(&hub),
        "bus": bus,
        "capacity": capacity(&hub),
    });
    (status, axum::Json(parts)).into_response()
}

/// Milliseconds since each media thread gave a sign of life.
fn media_threads(hub: &Hub) -> Vec<u64> {
    let threads = hub.conferences.media_threads().into_iter();
    let millis = |silent: Duration| u64::try_from(silent.as_millis()).unwrap_or(u64::MAX);
    threads.map(|life| millis(life.silent_for)).collect()
}

/// Who comes in, and how much of what is scarcest is in use.
fn capacity(hub: &Hub) -> Value {
    let occupancy = hub.conferences.occupancy();
    let (scarcest, used) = occupancy.scarcest();
    json!({
        "doors": occupancy.doors.as_str(),
        "scarcest": scarcest.as_str(),
        "used": (used * 1000.0).round() / 1000.0,
    })
}

async fn metrics(State(hub): State<Hub>) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        hub.metrics.render(),
    )
}

/// Failures of these, and of addresses that belong to no API.
pub(crate) fn wording(failure: &Failure, _: &FailedCall) -> Response {
    let reason = failure.status.canonical_reason().unwrap_or("failed");
    (failure.status, format!("{reason}\n")).into_response()
}
