//! `GET /pool`: how pools stand.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::collections::{Asked, NamedPool, Pools};
use super::hal::Hal;
use super::refusals::{Forbidden, Unauthorized};
use super::shapes::Shaper;
use super::version::Version::V1;
use crate::{Failure, Hub};

/// How the pools of organisations stand, and their free rooms.
///
/// Provisioners see all pools, planners and administrators those of their
/// organisation and the ones below it, others that of their organisation. Pools
/// of organisations whose rooms are made by events are left out. Of the free
/// rooms the newest 10 000 are told.
#[utoipa::path(
    get,
    path = "/pool",
    tag = "Pools",
    responses(
        (status = 200, description = "The pools, by the codes of their organisations.", body = Pools, content_type = "application/hal+json"),
        Unauthorized, Forbidden,
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    asked: Asked,
) -> Result<impl IntoResponse, Failure> {
    let pools = hub.booking.pools(&actor).await?;
    let shaper = Shaper::new(&hub.booking, V1);
    let shapes = pools.into_iter().map(|pool| NamedPool::of(&shaper, pool));
    Ok(Hal(Pools::new(asked, shapes)))
}
