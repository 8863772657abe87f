//! `POST participants/{participant}/calls`: opens the media connection.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_conference::{CallAnswer, SlotWishes};

use super::extract::Oneself;
use super::reply::{Failed, Success, call_failure};
use crate::{Failure, JsonBody};

/// An offer.
#[derive(Deserialize, ToSchema)]
pub(super) struct Offer {
    /// `WEBRTC`.
    call_type: String,
    /// The session description offered.
    sdp: String,
    /// The hub's extension: how many slots the client shows.
    vdx: Option<Slots>,
}

/// How many slots a client wants.
#[derive(Deserialize, ToSchema)]
struct Slots {
    /// Cameras, 1 to 25.
    #[serde(default = "one")]
    video_slots: u8,
    /// Microphones, 1 to 25.
    #[serde(default = "one")]
    audio_slots: u8,
    /// Send H.264 while everybody in the room decodes it.
    #[serde(default)]
    prefer_h264: bool,
}

fn one() -> u8 {
    1
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer {
    call_uuid: String,
    /// The session description answered.
    sdp: String,
}

impl From<CallAnswer> for Answer {
    fn from(answer: CallAnswer) -> Self {
        Self {
            call_uuid: answer.call.to_string(),
            sdp: answer.sdp,
        }
    }
}

/// Opens the media connection; one the participant has is replaced.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Offer,
    responses(
        (status = 200, description = "The answer.", body = Success<Answer>),
        (status = 400, description = "The offer cannot be used.", body = Failed),
        (status = 403, description = "The token is not good.", body = Failed),
        (status = 503, description = "The hub takes no more calls.", body = Failed),
    ),
)]
pub(super) async fn operation(
    Oneself(session): Oneself,
    JsonBody(offer): JsonBody<Offer>,
) -> Result<Success<Answer>, Failure> {
    if !offer.call_type.eq_ignore_ascii_case("WEBRTC") {
        return Err(Failure::new(http::StatusCode::BAD_REQUEST).text("call_type must be WEBRTC"));
    }
    let wishes = offer.vdx.map(|slots| SlotWishes {
        video_slots: slots.video_slots,
        audio_slots: slots.audio_slots,
        prefer_h264: slots.prefer_h264,
    });
    let answer = session
        .open_call(offer.sdp, wishes)
        .await
        .map_err(call_failure)?;
    Ok(Success::new(answer.into()))
}
