//! `POST /scheduling-templates`: makes a template.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Administrator;
use super::hal::Hal;
use super::refusals::{BadRequest, Forbidden, NotAcceptable, Unauthorized};
use super::shapes::Shaper;
use super::templates::{TemplateBody, TemplateShape};
use super::version::Version::V1;
use crate::{Failure, Hub, JsonBody};

/// Makes a template of the caller's organisation.
///
/// A new default template makes the one before an ordinary one. Ranges that no
/// number or PIN can be drawn from are kept as they are; the booking that needs
/// one is refused. For meeting-admin.
#[utoipa::path(
    post,
    path = "/scheduling-templates",
    tag = "Scheduling templates",
    request_body = TemplateBody,
    responses(
        (status = 200, description = "The template.", body = TemplateShape, content_type = "application/hal+json"),
        BadRequest, Unauthorized, Forbidden, NotAcceptable,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Administrator(actor): Administrator,
    JsonBody(body): JsonBody<TemplateBody>,
) -> Result<impl IntoResponse, Failure> {
    let request = body.into_request()?;
    let template = hub.booking.create_template(&actor, request).await?;
    Ok(Hal(TemplateShape::of(
        &Shaper::new(&hub.booking, V1),
        template,
    )))
}
