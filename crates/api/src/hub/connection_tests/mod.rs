//! Connection tests: a visitor tries whether video will work here, and those
//! who help look the result up. `docs/connection-test.md` says how.

mod begin;
mod limits;
mod read;
mod results;
mod tell;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vdx_domain::TestReference;

pub(crate) use limits::TestLimits;

use crate::{Failure, Hub};

/// The operations, under `/api/hub/v1`.
pub(super) fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(begin::operation))
        .routes(routes!(tell::operation, read::operation))
}

/// Reads the reference in a path.
fn reference(text: &str) -> Result<TestReference, Failure> {
    text.parse().map_err(|_| unknown())
}

fn unknown() -> Failure {
    Failure::new(http::StatusCode::NOT_FOUND).text("There is no such test.")
}
