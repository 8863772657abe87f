//! `POST connection-tests`: a test begins.

use axum::Json;
use axum::extract::State;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use vdx_conference::{TEST_LIFETIME, TestRefused};

use super::super::HubError;
use crate::limits::too_many;
use crate::{Failure, Hub, PeerAddress};

/// A test that began.
#[derive(Serialize, ToSchema)]
#[schema(as = begunConnectionTest)]
pub(super) struct Begun {
    /// What the test is looked up by: 6 letters and digits.
    #[schema(example = "BCDFGH")]
    reference: String,
    /// The address of a room for this test alone, to be entered by the client
    /// API, without a PIN. Whoever knows it is in.
    address: String,
    /// Goes with the results.
    ticket: String,
    /// How long the room is open.
    expires_in_seconds: i64,
}

/// Begins a connection test: makes a room that is like one of a meeting, for the
/// page to join with itself.
#[utoipa::path(
    post,
    path = "/connection-tests",
    tag = "Connection tests",
    responses(
        (status = 200, description = "The test may begin.", body = Begun),
        (status = 429, description = "Too many tests, from this address or from all; `Retry-After` says how long to wait.", body = HubError),
        (status = 503, description = "Too many tests at once, or the hub is full or stopping; `Retry-After` says when to try again.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
) -> Result<Json<Begun>, Failure> {
    hub.test_limits
        .begin(address)
        .map_err(|wait| too_many(wait).text("Too many tests."))?;
    let begun = hub.conferences.begin_test().await.map_err(refusal)?;
    Ok(Json(Begun {
        reference: begun.reference.to_string(),
        address: begun.address.to_string(),
        ticket: begun.ticket,
        expires_in_seconds: TEST_LIFETIME.as_secs(),
    }))
}

fn refusal(refused: TestRefused) -> Failure {
    match refused {
        TestRefused::Busy => Failure::new(StatusCode::SERVICE_UNAVAILABLE)
            .text("No test can be made now.")
            // About as long as a test takes.
            .header(header::RETRY_AFTER, HeaderValue::from_static("30")),
        TestRefused::Store(error) => error.into(),
    }
}
