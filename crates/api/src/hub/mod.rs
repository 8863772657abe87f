//! The hub's own API, for what VDX's lack.

mod links;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::failure::{FailedCall, Failure};

/// The operations, under `/api/hub/v1`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new().routes(routes!(links::operation))
}

/// `{"error": code, "message": text}`.
pub(crate) fn wording(failure: &Failure, _: &FailedCall) -> Response {
    let reason = failure.status.canonical_reason().unwrap_or("Failed");
    let code = failure
        .code
        .map_or_else(|| reason.to_lowercase().replace(' ', "_"), str::to_owned);
    let body = json!({
        "error": code,
        "message": failure.text.as_deref().unwrap_or(reason),
    });
    (failure.status, Json(body)).into_response()
}
