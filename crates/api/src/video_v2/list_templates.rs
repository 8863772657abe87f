//! `GET /scheduling-templates`: the templates of the own organisation.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::failure::DetailedError;
use super::hal::Hal;
use super::shapes::Shaper;
use super::templates::TemplateShape;
use super::version::Version::V2;
use crate::{Failure, Hub};

/// The templates of the caller's organisation, oldest first.
///
/// A caller without organisation gets an empty list.
#[utoipa::path(
    get,
    path = "/scheduling-templates",
    tag = "Scheduling templates",
    responses(
        (status = 200, description = "The templates.", body = Vec<TemplateShape>, content_type = "application/hal+json"),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
) -> Result<impl IntoResponse, Failure> {
    let shaper = Shaper::new(&hub.booking, V2);
    let templates = hub.booking.templates(&actor).await?;
    let shapes: Vec<_> = templates
        .into_iter()
        .map(|template| TemplateShape::of(&shaper, template))
        .collect();
    Ok(Hal(shapes))
}
