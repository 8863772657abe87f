//! The hub's own API, for what VDX's lack.

mod access;
mod connection_tests;
mod host_link;
mod links;
mod look_ups;
mod sms_reports;
mod statistics;
mod themes;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use connection_tests::TestLimits;
pub(crate) use look_ups::LookUpLimit;

use crate::Hub;
use crate::failure::{FailedCall, Failure};

/// The operations, under `/api/hub/v1`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(links::operation))
        .routes(routes!(host_link::operation))
        .routes(routes!(sms_reports::operation))
        .merge(connection_tests::routes())
        .merge(statistics::routes())
        .merge(themes::routes())
}

/// What a failed call is answered with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = hubError)]
struct HubError {
    /// A word for programs.
    error: String,
    /// A sentence for developers.
    message: String,
}

/// The error body of the API.
pub(crate) fn wording(failure: &Failure, _: &FailedCall) -> Response {
    let reason = failure.status.canonical_reason().unwrap_or("Failed");
    let code = failure
        .code
        .map_or_else(|| reason.to_lowercase().replace(' ', "_"), str::to_owned);
    let body = HubError {
        error: code,
        message: failure.text.as_deref().unwrap_or(reason).to_owned(),
    };
    (failure.status, Json(body)).into_response()
}
