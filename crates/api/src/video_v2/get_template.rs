//! `GET /scheduling-templates/{id}`: reads a template.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::failure::DetailedError;
use super::hal::Hal;
use super::path::Number;
use super::shapes::Shaper;
use super::templates::TemplateShape;
use super::version::Version::V2;
use crate::{Failure, Hub};

/// Reads a template of the caller's organisation.
#[utoipa::path(
    get,
    path = "/scheduling-templates/{id}",
    tag = "Scheduling templates",
    params(("id" = i64, Path, description = "The template's id.")),
    responses(
        (status = 200, description = "The template.", body = TemplateShape, content_type = "application/hal+json"),
        (status = 400, description = "The id is no whole number.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 404, description = "The organisation has no such template.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Number(id): Number,
) -> Result<impl IntoResponse, Failure> {
    let template = hub.booking.template(&actor, id).await?;
    Ok(Hal(TemplateShape::of(
        &Shaper::new(&hub.booking, V2),
        template,
    )))
}
