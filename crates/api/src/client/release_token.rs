//! `POST release_token`: leaves.

use axum::extract::Query;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::InRoom;
use super::reply::{Failed, Success, refusal};
use crate::Failure;

/// How somebody leaves.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Leaving {
    /// Ours: the page goes away and may be loaded anew. Its call ends at once, and
    /// it has left unless it asks for its events again within five seconds.
    #[serde(default)]
    vdx_may_return: bool,
}

/// Leaves the room at once. The body, a reason, is not read: a page that is
/// being closed sends what it can, and the token in the query.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/release_token",
    tag = "Coming and going",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token; or in the query."),
        Leaving,
    ),
    responses(
        (status = 200, description = "Left.", body = Success<bool>),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(
    InRoom(session): InRoom,
    Query(leaving): Query<Leaving>,
) -> Result<Success<bool>, Failure> {
    let left = if leaving.vdx_may_return {
        session.step_out()
    } else {
        session.leave()
    };
    left.map_err(refusal)?;
    Ok(Success::new(true))
}
