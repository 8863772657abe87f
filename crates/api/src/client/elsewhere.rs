//! What rooms of today have and this hub does not have yet. Clients are told so
//! in words: at the door (`breakout_rooms: false`), and when they ask.

use axum::Router;
use axum::routing::any;
use http::StatusCode;

use super::extract::InRoom;
use super::reply::refusal;
use crate::{Failure, Hub};

/// Breakout rooms, whatever is asked of them.
const BREAKOUTS: [&str; 6] = [
    "/conferences/{alias}/breakouts",
    "/conferences/{alias}/breakouts/{*rest}",
    "/conferences/{alias}/participants/breakout",
    "/conferences/{alias}/breakoutbuzz",
    "/conferences/{alias}/clearbreakoutbuzz",
    "/conferences/{alias}/leavebreakout",
];

/// They are in no document: there is nothing to be had.
pub(super) fn routes() -> Router<Hub> {
    let breakouts = BREAKOUTS.into_iter().fold(Router::new(), |router, path| {
        router.route(path, any(breakout))
    });
    breakouts.route("/conferences/{alias}/dial", axum::routing::post(dial))
}

async fn breakout(_: InRoom) -> Failure {
    Failure::new(StatusCode::NOT_FOUND).text("This hub has no breakout rooms")
}

/// Calling out needs a bridge to other networks.
async fn dial(InRoom(session): InRoom) -> Failure {
    match session.check_host() {
        Ok(()) => Failure::new(StatusCode::NOT_FOUND).text("This hub does not dial out"),
        Err(refused) => refusal(refused),
    }
}
