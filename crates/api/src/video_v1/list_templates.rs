//! `GET /scheduling-templates`: the templates of the own organisation.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::collections::{Asked, Templates};
use super::hal::Hal;
use super::refusals::{Forbidden, Unauthorized};
use super::shapes::Shaper;
use super::templates::TemplateShape;
use super::version::Version::V1;
use crate::{Failure, Hub};

/// The templates of the caller's organisation, oldest first.
///
/// A caller without organisation gets an empty list.
#[utoipa::path(
    get,
    path = "/scheduling-templates",
    tag = "Scheduling templates",
    responses(
        (status = 200, description = "The templates.", body = Templates, content_type = "application/hal+json"),
        Unauthorized, Forbidden,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    asked: Asked,
) -> Result<impl IntoResponse, Failure> {
    let shaper = Shaper::new(&hub.booking, V1);
    let templates = hub.booking.templates(&actor).await?;
    let shapes = templates
        .into_iter()
        .map(|template| TemplateShape::of(&shaper, template));
    Ok(Hal(Templates::new(asked, shapes)))
}
