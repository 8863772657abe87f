//! How the API words what goes wrong.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_accounts::organisations::OrganisationError;

use crate::Failure;
use crate::failure::{FailedCall, status_schema};

/// What a failed call is answered with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = basicError)]
pub(super) struct BasicError {
    /// What is wrong.
    error: String,
    /// The path that was called.
    path: String,
    #[schema(schema_with = status_schema)]
    status: u16,
    /// The HTTP status in words.
    status_text: &'static str,
    /// When the answer was made.
    #[schema(format = DateTime)]
    timestamp: String,
}

/// The error body of the API.
pub(crate) fn wording(failure: &Failure, call: &FailedCall) -> Response {
    let status_text = failure.status.canonical_reason().unwrap_or_default();
    let body = BasicError {
        error: failure
            .text
            .clone()
            .unwrap_or_else(|| status_text.to_owned()),
        path: call.path.clone(),
        status: failure.status.as_u16(),
        status_text,
        timestamp: call.at.to_string(),
    };
    (failure.status, Json(body)).into_response()
}

/// A refused value: `field: reason`.
pub(super) fn invalid(field: &str, reason: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST).text(format!("{field}: {reason}"))
}

impl From<OrganisationError> for Failure {
    fn from(error: OrganisationError) -> Self {
        use OrganisationError as E;
        let status = match &error {
            E::NotFound => StatusCode::NOT_FOUND,
            E::Forbidden => StatusCode::FORBIDDEN,
            E::Invalid { .. }
            | E::ParentUnknown
            | E::CodeTaken
            | E::HistoryKeyTaken
            | E::TreeFull => StatusCode::BAD_REQUEST,
            other => return Self::internal(other),
        };
        Self::new(status).text(error.to_string())
    }
}
