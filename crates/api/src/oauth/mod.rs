//! The hub's own token service: OAuth 2.0 client credentials (RFC 6749).

mod credentials;
mod limits;
mod metadata;
mod token;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::failure::{FailedCall, Failure};

pub(crate) use limits::TokenLimits;

/// The operations.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(token::token))
        .routes(routes!(metadata::jwks))
        .routes(routes!(metadata::openid_configuration))
        .routes(routes!(metadata::authorization_server))
}

/// The error body of RFC 6749 section 5.2.
pub(crate) fn wording(failure: &Failure, _: &FailedCall) -> Response {
    let code = failure.code.unwrap_or(match failure.status {
        StatusCode::INTERNAL_SERVER_ERROR => "server_error",
        StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
        _ => "invalid_request",
    });
    let body = match &failure.text {
        Some(text) => json!({ "error": code, "error_description": text }),
        None => json!({ "error": code }),
    };
    let mut response = (failure.status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
