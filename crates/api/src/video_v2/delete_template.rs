//! `DELETE /scheduling-templates/{id}`: deletes a template.

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;

use super::access::Administrator;
use super::failure::DetailedError;
use super::path::Number;
use crate::{Failure, Hub};

/// Deletes a template of the caller's organisation.
///
/// Rooms made from it stay. For meeting-admin.
#[utoipa::path(
    delete,
    path = "/scheduling-templates/{id}",
    tag = "Scheduling templates",
    params(("id" = i64, Path, description = "The template's id.")),
    responses(
        (status = 204, description = "It is deleted."),
        (status = 400, description = "The id is no whole number.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "The organisation has no such template.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Administrator(actor): Administrator,
    Number(id): Number,
) -> Result<impl IntoResponse, Failure> {
    hub.booking.delete_template(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
