//! `GET connection-tests/{reference}`: what a test found, for those who help.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::HubError;
use super::super::access::Overseer;
use super::results::Results;
use super::{reference, unknown};
use crate::{Failure, Hub};

/// A connection test.
#[derive(Serialize, ToSchema)]
#[schema(as = connectionTest)]
pub(super) struct Test {
    /// 6 letters and digits.
    #[schema(example = "BCDFGH")]
    reference: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// `null` = the page told nothing: it was closed, or lost the hub.
    #[schema(value_type = Option<Results>)]
    results: Option<Value>,
}

/// What a visitor's connection test found, by the reference that the visitor
/// reads aloud. `docs/connection-test.md` says how to read it.
///
/// Nothing in it says who the visitor is. It is kept for 30 days. Needs the role
/// operator or management-admin.
#[utoipa::path(
    get,
    path = "/connection-tests/{reference}",
    tag = "Connection tests",
    security(("oauth2" = [])),
    params(("reference" = String, Path, description = "The test's reference, in any case, with or without blanks and dashes.")),
    responses(
        (status = 200, description = "The test.", body = Test),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "Not for this caller.", body = HubError),
        (status = 404, description = "There is no such test.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    _: Overseer,
    Path(path): Path<String>,
) -> Result<Json<Test>, Failure> {
    let test = hub.conferences.test(reference(&path)?).await?;
    let test = test.ok_or_else(unknown)?;
    Ok(Json(Test {
        reference: test.reference.to_string(),
        started_at: test.started_at,
        results: test.results,
    }))
}
