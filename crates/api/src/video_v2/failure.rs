//! How v2 words what goes wrong.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_booking::Error;

use super::time;
use crate::Failure;
use crate::failure::FailedCall;

/// What a failed call is answered with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = detailedError)]
pub(super) struct DetailedError {
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
    detailed_error: Option<String>,
    /// A number written as text: 10 input refused, 11 nothing more to say,
    /// 13 too late to delete, 14–17 template unusable, 19 no pool, 20 pool
    /// empty, 21 external id taken, 24 no short id, 25 year too long,
    /// 29 reservation unknown, 31–33 address refused, 34 reservation with PINs,
    /// 35 key twice.
    #[schema(example = "10")]
    detailed_error_code: &'static str,
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
        timestamp: time::format(call.at, &TimeZone::UTC),
        status: failure.status.as_u16(),
        error: failure.status.canonical_reason().unwrap_or_default(),
        path: call.path.clone(),
        detailed_error,
        detailed_error_code: code,
    };
    (failure.status, Json(body)).into_response()
}

/// The input is outside its limits.
pub(super) const INVALID: &str = "10";
/// There is no code for it.
const BASIC: &str = "11";
/// A year has more than four digits.
pub(super) const YEAR: &str = "25";

/// A refused value: `field: reason`.
pub(super) fn invalid(field: &str, reason: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST)
        .code(INVALID)
        .text(format!("{field}: {reason}"))
}

impl From<Error> for Failure {
    // The texts are part of the interface: clients compare them.
    fn from(error: Error) -> Self {
        use Error as E;
        let bad = |code, text: &str| Self::new(StatusCode::BAD_REQUEST).code(code).text(text);
        let refused =
            |code, text: &str| Self::new(StatusCode::NOT_ACCEPTABLE).code(code).text(text);
        match error {
            E::Invalid { field, reason } => invalid(field, reason),
            E::NotFound { resource, field } => Self::new(StatusCode::NOT_FOUND)
                .text(format!("Resource: {resource} in field: {field} not found.")),
            E::Forbidden | E::OrganisationUnknown => Self::new(StatusCode::FORBIDDEN),
            E::NotDeletable => refused(
                "13",
                "Meeting must have status AWAITS_PROVISION (0) in order to be deleted",
            ),
            E::TemplateNumbers => refused(
                "14",
                "The Uri assignment failed due to invalid setup on the template used",
            ),
            E::NumbersExhausted => refused(
                "15",
                "The Uri assignment failed. It was not possible to create a unique. Consider changing the interval on the template",
            ),
            E::TemplateGuestPins => refused(
                "16",
                "The guest pincode assignment failed due to invalid setup on the template used",
            ),
            E::TemplateHostPins => refused(
                "17",
                "The host pincode assignment failed due to invalid setup on the template used",
            ),
            E::NoPool(code) => bad(
                "19",
                &format!("Can not create ad hoc meeting on non ad hoc organization: {code}"),
            ),
            E::PoolEmpty(code) => bad(
                "20",
                &format!(
                    "Unused scheduling information not found for organisation tree for {code}"
                ),
            ),
            E::ExternalIdTaken => bad("21", "ExternalId not unique within organisation."),
            E::ShortIdExhausted => bad("24", "Unable to generate unique shortId. Try again."),
            E::ReservationUnknown => bad(
                "29",
                "ReservationId not owned by organisation or not found.",
            ),
            E::CustomAddressNotAllowed => bad(
                "31",
                "Organisation does not allow setting custom meeting address.",
            ),
            E::AddressTaken => bad("32", "Supplied URI already used"),
            E::AddressCharacters => bad(
                "33",
                "Supplied URI contains invalid characters. Valid characters: [A-Z], [a-z] and [0-9].",
            ),
            E::ReservationWithPin => bad(
                "34",
                "Scheduling info reservation can not be used in combination with guest pin and/or host pin.",
            ),
            E::DuplicateInformationKey => bad("35", "Additional info keys not unique for meeting."),
            other => Self::internal(&other),
        }
    }
}
