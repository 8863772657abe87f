//! `GET /info`: is the API there, and which build is it.

use axum::Json;
use axum::extract::State;

use super::access::Reader;
use super::failure::DetailedError;
use super::info::InfoShape;
use crate::Hub;

/// Tells which build of the hub answers; good for a first try of a token.
#[utoipa::path(
    get,
    path = "/info",
    tag = "Info",
    responses(
        (status = 200, description = "The API is there.", body = InfoShape),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
    ),
)]
pub(super) async fn operation(State(hub): State<Hub>, _: Reader) -> Json<InfoShape> {
    Json(InfoShape::of(&hub))
}
