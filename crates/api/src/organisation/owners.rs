//! `POST /organisation/uri`: whose addresses are.

use axum::Json;
use axum::extract::State;

use super::access::Admin;
use super::failure::BasicError;
use super::shapes::OwnerShape;
use crate::{Failure, Hub, JsonList};

/// Tells whose addresses are.
///
/// An address belongs to the booked room that is live there, else to the fixed
/// room, else to whoever has its domain, the closest first. Left out are the
/// addresses of nobody, and those of organisations that are neither the
/// caller's nor below it. For meeting-admin.
#[utoipa::path(
    post,
    path = "/organisation/uri",
    tag = "Organisations",
    request_body(content = Vec<String>, description = "Up to 1000 addresses."),
    responses(
        (status = 200, description = "The addresses that are known, in the order they were asked for.", body = Vec<OwnerShape>),
        (status = 400, description = "The body is no list of texts, or too long.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    JsonList(addresses): JsonList<String>,
) -> Result<Json<Vec<OwnerShape>>, Failure> {
    let owners = hub.organisations.owners(&manager, &addresses).await?;
    Ok(Json(owners.into_iter().map(OwnerShape::from).collect()))
}
