//! `PUT connection-tests/{reference}`: the page tells what it found.

use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use vdx_conference::TestTold;

use super::super::HubError;
use super::results::Results;
use super::{reference, unknown};
use crate::{Failure, Hub, JsonBody};

/// Keeps what a connection test found, for 30 days. The test is over then.
///
/// Only the page that began the test can, with its ticket, once, and within ten
/// minutes; telling the same again changes nothing.
#[utoipa::path(
    put,
    path = "/connection-tests/{reference}",
    tag = "Connection tests",
    params(
        ("reference" = String, Path, description = "The test's reference."),
        ("ticket" = String, Header, description = "The test's ticket."),
    ),
    request_body = Results,
    responses(
        (status = 204, description = "It is kept."),
        (status = 400, description = "These are no results.", body = HubError),
        (status = 404, description = "There is no such test, or the ticket is not its.", body = HubError),
        (status = 409, description = "Other results were told before.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Path(path): Path<String>,
    headers: HeaderMap,
    JsonBody(results): JsonBody<Results>,
) -> Result<StatusCode, Failure> {
    let reference = reference(&path)?;
    results.check()?;
    let ticket = headers.get("ticket").and_then(|value| value.to_str().ok());
    let ticket = ticket.ok_or_else(unknown)?;
    let results = serde_json::to_value(results).map_err(|error| Failure::internal(&error))?;
    match hub
        .conferences
        .tell_test(reference, ticket, &results)
        .await?
    {
        TestTold::Kept => Ok(StatusCode::NO_CONTENT),
        TestTold::Different => {
            Err(Failure::new(StatusCode::CONFLICT)
                .text("Other results of this test were told before."))
        }
        TestTold::Unknown => Err(unknown()),
    }
}
