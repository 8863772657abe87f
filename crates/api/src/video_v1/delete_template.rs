//! `DELETE /scheduling-templates/{id}`: deletes a template.

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;

use super::access::Administrator;
use super::path::Number;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
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
        (status = 200, description = "It is deleted."),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Administrator(actor): Administrator,
    Number(id): Number,
) -> Result<impl IntoResponse, Failure> {
    hub.booking.delete_template(&actor, id).await?;
    Ok(StatusCode::OK)
}
