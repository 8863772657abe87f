//! `GET /pool`: how pools stand.

use axum::extract::State;
use axum::response::IntoResponse;

use super::access::Reader;
use super::failure::DetailedError;
use super::hal::Hal;
use super::pools::PoolShape;
use super::shapes::Shaper;
use super::version::Version::V2;
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
        (status = 200, description = "The pools, by the codes of their organisations.", body = Vec<PoolShape>, content_type = "application/hal+json"),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
) -> Result<impl IntoResponse, Failure> {
    let pools = hub.booking.pools(&actor).await?;
    let shaper = Shaper::new(&hub.booking, V2);
    let shape = |pool| PoolShape::of(&shaper, pool);
    Ok(Hal(pools.into_iter().map(shape).collect::<Vec<_>>()))
}
