//! How the API words what goes wrong.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_notify::Error;

use crate::Failure;
use crate::failure::FailedCall;
use crate::limits::too_many;

/// What a failed call is answered with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = smsError)]
pub(super) struct SmsError {
    /// When the answer was made.
    #[schema(format = DateTime)]
    timestamp: String,
    /// The HTTP status.
    status: u16,
    /// The HTTP status in words.
    error: &'static str,
    /// The path that was called.
    path: String,
    /// What is wrong, where there is more to say than the status does.
    #[schema(required)]
    message: Option<String>,
}

/// The error body of the API.
pub(crate) fn wording(failure: &Failure, call: &FailedCall) -> Response {
    let body = SmsError {
        timestamp: call.at.to_string(),
        status: failure.status.as_u16(),
        error: failure.status.canonical_reason().unwrap_or_default(),
        path: call.path.clone(),
        message: failure.text.clone(),
    };
    (failure.status, Json(body)).into_response()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { field, reason } => {
                Self::new(StatusCode::BAD_REQUEST).text(format!("{field}: {reason}"))
            }
            // As the booking API answers what comes too late.
            Error::Over => Self::new(StatusCode::NOT_ACCEPTABLE).text("The meeting is over."),
            Error::TooMany(limit) => {
                too_many(limit.wait).text(format!("There are too many messages {limit}."))
            }
            error => Self::internal(&error),
        }
    }
}
