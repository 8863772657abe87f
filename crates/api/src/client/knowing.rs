//! `POST …/calls/{call}/ack` and `…/new_candidate`: things clients say that the
//! hub need not be told. It answers ICE checks from wherever they come (ICE-lite,
//! RFC 8445 section 2.5), and media flows as soon as it can.

use super::extract::OwnCall;
use super::reply::{Failed, Success};

/// The client has the answer.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/ack",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "Noted.", body = Success<bool>),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
    ),
)]
pub(super) async fn ack(_: OwnCall) -> Success<bool> {
    Success::new(true)
}

/// The client found an address of its own.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/new_candidate",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "Not needed.", body = Success<Option<bool>>),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
    ),
)]
pub(super) async fn new_candidate(_: OwnCall) -> Success<Option<bool>> {
    Success::new(None)
}
