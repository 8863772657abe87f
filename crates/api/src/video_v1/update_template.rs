//! `PUT /scheduling-templates/{id}`: replaces a template.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Administrator;
use super::hal::Hal;
use super::path::Number;
use super::refusals::{BadRequest, Forbidden, NotAcceptable, NotFound, Unauthorized};
use super::shapes::Shaper;
use super::templates::{TemplateBody, TemplateShape};
use super::version::Version::V1;
use crate::{Failure, Hub, JsonBody};

/// Replaces a template of the caller's organisation.
///
/// What is left out has its default again. Rooms made from the template before
/// stay as they are. For meeting-admin.
#[utoipa::path(
    put,
    path = "/scheduling-templates/{id}",
    tag = "Scheduling templates",
    params(("id" = i64, Path, description = "The template's id.")),
    request_body = TemplateBody,
    responses(
        (status = 200, description = "The template.", body = TemplateShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotFound, NotAcceptable,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Administrator(actor): Administrator,
    Number(id): Number,
    JsonBody(body): JsonBody<TemplateBody>,
) -> Result<impl IntoResponse, Failure> {
    let request = body.into_request()?;
    let template = hub.booking.update_template(&actor, id, request).await?;
    Ok(Hal(TemplateShape::of(
        &Shaper::new(&hub.booking, V1),
        template,
    )))
}
