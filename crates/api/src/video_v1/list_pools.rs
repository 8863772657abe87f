//! `GET /pool`: how pools stand.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_booking::PoolState;

use super::access::Reader;
use super::collections::{Asked, Pools};
use super::hal::Hal;
use super::pools::PoolShape;
use super::refusals::{Forbidden, Unauthorized};
use super::shapes::Shaper;
use super::version::Version::V1;
use crate::{Failure, Hub};

/// The pool of an organisation. Its code has two spellings: that of the other
/// shapes, and the one clients of the original read here.
// No Debug: its rooms hold PINs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = namedPool)]
pub(super) struct NamedPool {
    #[serde(flatten)]
    pool: PoolShape,
    /// The same as `organisationId`.
    #[schema(max_length = 250)]
    organization_id: String,
}

impl NamedPool {
    fn of(shaper: &Shaper<'_>, pool: PoolState) -> Self {
        Self {
            organization_id: pool.level.organisation.0.clone(),
            pool: PoolShape::of(shaper, pool),
        }
    }
}

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
