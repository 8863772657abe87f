//! How v2 words what goes wrong.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::time;
use super::version::Version::V2;
use crate::Failure;
use crate::failure::{FailedCall, status_schema};
use crate::video::refusal::{BASIC, INVALID};

/// What a failed call is answered with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = detailedError)]
pub(super) struct DetailedError {
    /// When the answer was made.
    #[schema(format = DateTime)]
    timestamp: String,
    #[schema(schema_with = status_schema)]
    status: u16,
    /// The HTTP status in words.
    error: &'static str,
    /// The path that was called.
    path: String,
    /// What is wrong, where there is more to say than the status does.
    #[schema(required)]
    detailed_error: Option<String>,
    /// A number written as text: 10 input refused, 11 nothing more to say,
    /// 12 too late to change, 13 too late to delete, 14–17 template unusable,
    /// 18 second pool template, 19 no pool, 20 pool empty, 21 external id taken,
    /// 22 no such organisation, 23 no pool there, 24 no short id, 25 year too
    /// long, 26 no such template, 27 another's template, 28 one of two times,
    /// 29 reservation unknown, 30 not to be null, 31–33 address refused,
    /// 34 reservation with PINs, 35 key twice, 36 nothing to search by.
    #[schema(schema_with = codes)]
    detailed_error_code: &'static str,
}

/// The codes of the API.
fn codes() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some((10..=36).map(|code| code.to_string())))
        .build()
}

/// The error body of v2.
pub(crate) fn wording(failure: &Failure, call: &FailedCall) -> Response {
    let code = failure.code.unwrap_or(match failure.status {
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => INVALID,
        _ => BASIC,
    });
    let detailed_error = failure.text.clone().or_else(|| {
        (failure.status == StatusCode::INTERNAL_SERVER_ERROR)
            .then(|| "Unexpected exception caught. The hub's log says more.".to_owned())
    });
    let body = DetailedError {
        timestamp: time::format(V2, call.at, &TimeZone::UTC),
        status: failure.status.as_u16(),
        error: failure.status.canonical_reason().unwrap_or_default(),
        path: call.path.clone(),
        detailed_error,
        detailed_error_code: code,
    };
    (failure.status, Json(body)).into_response()
}
