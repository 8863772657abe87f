//! `POST message` and `participants/{participant}/message`: chat.

use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use vdx_conference::state::{MessageBody, MessageKind};

use super::extract::{InRoom, Target};
use super::reply::{Failed, Success, refusal};
use crate::{Failure, JsonBody};

/// A message.
#[derive(Deserialize, ToSchema)]
pub(super) struct Written {
    /// `text/plain` for people, `application/json` for programs.
    #[serde(rename = "type")]
    kind: String,
    /// The message, 1 to 8192 bytes.
    payload: String,
}

impl Written {
    fn read(self) -> Result<MessageBody, Failure> {
        let bad = |why: &str| Failure::new(StatusCode::BAD_REQUEST).text(why);
        let kind = match self.kind.split(';').next().unwrap_or_default().trim() {
            "text/plain" => MessageKind::Text,
            "application/json" => MessageKind::Json,
            _ => return Err(bad("type must be text/plain or application/json")),
        };
        MessageBody::new(kind, self.payload).map_err(|why| bad(&why.to_string()))
    }
}

/// Writes to everybody else who is inside.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/message",
    tag = "Chat",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Written,
    responses(
        (status = 200, description = "Sent.", body = Success<bool>),
        (status = 400, description = "No such type, or empty, or too long.", body = Failed),
        (status = 403, description = "No chat, waiting, or the token is not good.", body = Failed),
        (status = 429, description = "Too many messages: one a second, ten at once.", body = Failed),
    ),
)]
pub(super) async fn to_all(
    InRoom(session): InRoom,
    JsonBody(written): JsonBody<Written>,
) -> Result<Success<bool>, Failure> {
    session
        .send_message(None, written.read()?)
        .map_err(refusal)?;
    Ok(Success::new(true))
}

/// Writes to one.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/message",
    tag = "Chat",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "To whom."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Written,
    responses(
        (status = 200, description = "Sent.", body = Success<bool>),
        (status = 400, description = "No such type, or empty, or too long.", body = Failed),
        (status = 403, description = "No chat, nobody there, waiting, or the token is not good.", body = Failed),
        (status = 429, description = "Too many messages: one a second, ten at once.", body = Failed),
    ),
)]
pub(super) async fn to_one(
    Target(session, target): Target,
    JsonBody(written): JsonBody<Written>,
) -> Result<Success<bool>, Failure> {
    session
        .send_message(Some(target), written.read()?)
        .map_err(refusal)?;
    Ok(Success::new(true))
}
