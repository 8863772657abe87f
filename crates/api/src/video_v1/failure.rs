//! How v1 words what goes wrong.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};

use super::hal::Hal;
use crate::Failure;
use crate::failure::{FailedCall, status_schema};

/// What a failed call is answered with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = apiError)]
pub(super) struct ApiError {
    /// When the answer was made.
    #[schema(format = DateTime)]
    timestamp: String,
    #[schema(schema_with = status_schema)]
    status: u16,
    /// The HTTP status in words.
    error: &'static str,
    /// What is wrong.
    message: String,
    /// The path that was called.
    path: String,
    /// Says together with the status which rule refused the call; left out
    /// where no rule has a number. With status 400: 10 no pool, 11 pool empty,
    /// 12 external id taken, 13 no such organisation, 14 no pool there, 20 no
    /// short id, 30 year too long, 40 no such template, 41 another's template,
    /// 50 one of two times, 60 reservation unknown, 70 not to be null,
    /// 80, 90 and 100 address refused, 110 reservation with PINs, 120 key twice.
    /// With status 406: 10 too late to change, 11 too late to delete, 20, 21, 30
    /// and 31 template unusable, 32 second pool template.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = codes)]
    error_code: Option<u8>,
    /// The rule in words; there with the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error_text: Option<String>,
}

fn codes() -> Object {
    let mut codes: Vec<u8> = CODES.iter().map(|(_, code)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .enum_values(Some(codes))
        .build()
}

/// The codes of v2 and what v1 has for them. Two rules may share a number: their
/// statuses differ.
const CODES: [(&str, u8); 24] = [
    ("12", 10),
    ("13", 11),
    ("14", 20),
    ("15", 21),
    ("16", 30),
    ("17", 31),
    ("18", 32),
    ("19", 10),
    ("20", 11),
    ("21", 12),
    ("22", 13),
    ("23", 14),
    ("24", 20),
    ("25", 30),
    ("26", 40),
    ("27", 41),
    ("28", 50),
    ("29", 60),
    ("30", 70),
    ("31", 80),
    ("32", 90),
    ("33", 100),
    ("34", 110),
    ("35", 120),
];

fn code(failure: &Failure) -> Option<u8> {
    let (_, code) = CODES
        .iter()
        .find(|(of_v2, _)| failure.code == Some(of_v2))?;
    Some(*code)
}

/// The error body of v1.
pub(crate) fn wording(failure: &Failure, call: &FailedCall) -> Response {
    let error = failure.status.canonical_reason().unwrap_or_default();
    let message = match (&failure.text, failure.status) {
        (Some(text), _) => text.clone(),
        (None, StatusCode::INTERNAL_SERVER_ERROR) => {
            "The hub failed. Its log says more.".to_owned()
        }
        (None, _) => error.to_owned(),
    };
    let code = code(failure);
    let body = ApiError {
        timestamp: call.at.to_string(),
        status: failure.status.as_u16(),
        error,
        error_text: code.map(|_| message.clone()),
        error_code: code,
        message,
        path: call.path.clone(),
    };
    (failure.status, Hal(body)).into_response()
}

#[cfg(test)]
mod tests {
    use vdx_booking::Error;

    use super::*;

    #[test]
    fn a_rule_has_its_number() {
        for (error, status, number) in [
            (Error::ShortIdExhausted, 400, Some(20)),
            (Error::ExternalIdTaken, 400, Some(12)),
            (Error::NotChangeable, 406, Some(10)),
            (Error::NothingSought, 400, None),
            (Error::Forbidden, 403, None),
        ] {
            let failure = Failure::from(error);
            assert_eq!((failure.status.as_u16(), code(&failure)), (status, number));
        }
    }
}
