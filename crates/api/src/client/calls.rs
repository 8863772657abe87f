//! `POST participants/{participant}/calls`: opens the media connection.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_conference::{CallAnswer, SlotWishes, Way};

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
    /// The hub's extension: how the client takes its call.
    vdx: Option<Wanted>,
}

/// How a client takes its call: with so many slots, or from another client.
#[derive(Deserialize, ToSchema)]
struct Wanted {
    /// The offer is for another client, and of no use to the hub: direct media
    /// or none. The slots are not read then.
    #[serde(default)]
    direct: bool,
    /// Cameras, 1 to 50.
    #[serde(default = "one")]
    video_slots: u8,
    /// Microphones, 1 to 50.
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
    /// The session description answered; empty when the offer was set aside.
    sdp: String,
    /// Direct media: the offer was set aside, and events tell what comes next.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    offer_ignored: bool,
}

impl From<CallAnswer> for Answer {
    fn from(answer: CallAnswer) -> Self {
        Self {
            call_uuid: answer.call.to_string(),
            offer_ignored: answer.sdp.is_none(),
            sdp: answer.sdp.unwrap_or_default(),
        }
    }
}

/// Opens the media connection; one the participant has is replaced.
///
/// Where the client was given `direct_media` by `request_token`, the answer may be
/// another client's, or the offer is set aside until there is another.
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
        (status = 409, description = "The offer is for direct media, and there is none now.", body = Failed),
        (status = 429, description = "Too many offers.", body = Failed),
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
    let way = match offer.vdx {
        None => Way::Either,
        Some(wanted) if wanted.direct => Way::Direct,
        Some(wanted) => Way::Hub(SlotWishes {
            video_slots: wanted.video_slots,
            audio_slots: wanted.audio_slots,
            prefer_h264: wanted.prefer_h264,
        }),
    };
    let answer = session
        .open_call(offer.sdp, way)
        .await
        .map_err(call_failure)?;
    Ok(Success::new(answer.into()))
}
