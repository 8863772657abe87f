//! Liveness, readiness and counters.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use serde_json::json;

use crate::Hub;
use crate::failure::{FailedCall, Failure};

/// How long the database may take to answer before the hub is not ready.
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

/// The program can do its work: each part it needs, and whether it answers.
async fn ready(State(hub): State<Hub>) -> Response {
    let database = tokio::time::timeout(PATIENCE, hub.db.ping())
        .await
        .is_ok_and(|answer| answer.is_ok());
    let status = if database {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, axum::Json(json!({ "database": database }))).into_response()
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
