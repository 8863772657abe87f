//! `GET /scheduling-templates/{id}`: reads a template.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::hal::Hal;
use super::path::Number;
use super::refusals::{BadRequest, Forbidden, NotFound, Unauthorized};
use super::shapes::Shaper;
use super::templates::TemplateShape;
use super::version::Version::V1;
use crate::{Failure, Hub};

/// Reads a template of the caller's organisation.
#[utoipa::path(
    get,
    path = "/scheduling-templates/{id}",
    tag = "Scheduling templates",
    params(("id" = i64, Path, description = "The template's id.")),
    responses(
        (status = 200, description = "The template.", body = TemplateShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Number(id): Number,
) -> Result<impl IntoResponse, Failure> {
    let template = hub.booking.template(&actor, id).await?;
    Ok(Hal(TemplateShape::of(
        &Shaper::new(&hub.booking, V1),
        template,
    )))
}
