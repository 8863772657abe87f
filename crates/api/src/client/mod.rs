//! The client API of the rooms: Pexip client REST API v2.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;

use crate::Hub;
use crate::failure::{FailedCall, Failure};

/// The operations, under `/api/client/v2`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
}

/// The API's failed shape.
pub(crate) fn wording(failure: &Failure, _: &FailedCall) -> Response {
    let reason = failure.status.canonical_reason().unwrap_or("Failed");
    let body = json!({
        "status": "failed",
        "result": failure.text.as_deref().unwrap_or(reason),
    });
    (failure.status, Json(body)).into_response()
}
