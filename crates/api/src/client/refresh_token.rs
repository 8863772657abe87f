//! `POST refresh_token`: stays in.

use serde::Serialize;
use utoipa::ToSchema;

use super::extract::InRoom;
use super::reply::{Failed, Success, refusal};
use super::request_token::role_word;
use super::statistics::STATISTICS_INTERVAL_MS;
use crate::Failure;

/// A new token; the old one lasts until its own end.
#[derive(Serialize, ToSchema)]
pub(super) struct Refreshed {
    token: String,
    expires: String,
    role: &'static str,
    /// How often the client is to tell its statistics, in milliseconds.
    client_stats_update_interval: u32,
}

/// Renews the token. Who does not within its life is out.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/refresh_token",
    tag = "Coming and going",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "The new token.", body = Success<Refreshed>),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(InRoom(session): InRoom) -> Result<Success<Refreshed>, Failure> {
    let issued = session.renew().map_err(refusal)?;
    Ok(Success::new(Refreshed {
        token: issued.token,
        expires: issued.expires.to_string(),
        role: role_word(issued.role),
        client_stats_update_interval: STATISTICS_INTERVAL_MS,
    }))
}
