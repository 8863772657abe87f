//! `GET /info`: is the API there, and which build is it.

use axum::Json;
use axum::extract::State;

use super::info::InfoShape;
use crate::Hub;

/// Tells which build of the hub answers. For everybody.
#[utoipa::path(
    get,
    path = "/info",
    tag = "Info",
    security(()),
    responses((status = 200, description = "The API is there.", body = InfoShape)),
)]
pub(super) async fn operation(State(hub): State<Hub>) -> Json<InfoShape> {
    Json(InfoShape::of(&hub))
}
