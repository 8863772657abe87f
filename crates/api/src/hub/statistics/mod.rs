//! Figures for those who run the hub and those who manage an organisation: how
//! good calls are and were, and how many take part. `docs/quality.md` defines
//! them.

mod access;
mod calls;
mod month;
mod participants;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;

/// The operations, under `/api/hub/v1`.
pub(super) fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(month::operation))
        .routes(routes!(participants::operation))
        .routes(routes!(calls::operation))
}
