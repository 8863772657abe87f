//! VDX API v2: booking.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;

use crate::Hub;
use crate::failure::{FailedCall, Failure};

/// The operations, under `/videoapi/v2`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
}

/// The error body of v2.
pub(crate) fn wording(failure: &Failure, call: &FailedCall) -> Response {
    let code = failure.code.unwrap_or(match failure.status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => "10",
        _ => "11",
    });
    let body = json!({
        "timestamp": call.at.to_string(),
        "status": failure.status.as_u16(),
        "error": failure.status.canonical_reason(),
        "path": call.path,
        "detailed_error": failure.text,
        "detailed_error_code": code,
    });
    (failure.status, Json(body)).into_response()
}
