//! `POST …/calls/{call}/statistics`: a client tells how it receives and sends.

use serde::Deserialize;
use utoipa::ToSchema;
use vdx_conference::quality::ClientReport;

use super::extract::OwnCall;
use super::reply::{Failed, Success, refusal};
use crate::{Failure, JsonBody};

/// How often clients are asked to tell: as often as the hub samples.
pub(super) const STATISTICS_INTERVAL_MS: u32 = 5_000;
/// Higher pictures and more of them a second there are not.
const MOST_HEIGHT: u32 = 8_192;
const MOST_FRAME_RATE: f64 = 240.0;

/// What a client tells. Of what today's clients send, the hub reads what it
/// cannot see itself.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct Statistics {
    audio: Option<Received>,
    video: Option<Stream>,
    presentation: Option<Received>,
    /// The hub's extension.
    vdx: Option<Perceived>,
}

/// Any other stream.
#[derive(Debug, Deserialize, ToSchema)]
struct Received {
    /// Packets received since the call began.
    rx_packets_received: Option<f64>,
}

/// A camera stream, received (`rx`) and sent (`tx`).
#[derive(Debug, Deserialize, ToSchema)]
struct Stream {
    /// Packets received since the call began.
    rx_packets_received: Option<f64>,
    /// Pictures a second.
    rx_fps: Option<f64>,
    /// Such as `1280x720`.
    rx_resolution: Option<String>,
    /// Such as `1280x720`.
    tx_resolution: Option<String>,
}

/// What somebody hears and sees, since the client last told.
#[derive(Debug, Deserialize, ToSchema)]
struct Perceived {
    /// Share of the sound that was made up for what was missing and not silent:
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    concealed: Option<f64>,
    /// Share of the time in which the picture that stood still longest did: 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    frozen: Option<f64>,
}

/// Tells how the client receives and sends.
///
/// Each report is of the time since the one before. It is rated with what the
/// hub sees and shown to hosts; it changes nothing in the call. What is out of
/// bounds is taken as the nearest that is not.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/statistics",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Statistics,
    responses(
        (status = 200, description = "Noted.", body = Success<Option<bool>>),
        (status = 400, description = "The body cannot be read.", body = Failed),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(
    OwnCall(session, call): OwnCall,
    JsonBody(statistics): JsonBody<Statistics>,
) -> Result<Success<Option<bool>>, Failure> {
    session
        .report_quality(call, statistics.into())
        .map_err(refusal)?;
    Ok(Success::new(None))
}

impl From<Statistics> for ClientReport {
    fn from(told: Statistics) -> Self {
        let video = told.video.as_ref();
        let height = |text: Option<&String>| text.and_then(|text| height(text));
        let vdx = told.vdx.as_ref();
        let packets = [
            told.audio.as_ref().and_then(|one| one.rx_packets_received),
            video.and_then(|one| one.rx_packets_received),
            told.presentation
                .as_ref()
                .and_then(|one| one.rx_packets_received),
        ];
        Self {
            packets_received: sum(packets),
            concealed_ppm: vdx.and_then(|vdx| vdx.concealed).map(ppm),
            frozen_ppm: vdx.and_then(|vdx| vdx.frozen).map(ppm),
            frame_rate: video.and_then(|video| video.rx_fps).map(frame_rate),
            height: height(video.and_then(|video| video.rx_resolution.as_ref())),
            sent_height: height(video.and_then(|video| video.tx_resolution.as_ref())),
        }
    }
}

/// The second number of `1280x720`.
fn height(resolution: &str) -> Option<u32> {
    let (_, height) = resolution.split_once('x')?;
    let height: u32 = height.parse().ok()?;
    (height > 0).then(|| height.min(MOST_HEIGHT))
}

/// All packets of which anything was said.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float is cut to what the integer holds"
)]
fn sum(packets: [Option<f64>; 3]) -> Option<u64> {
    let said = packets.into_iter().flatten();
    said.map(|packets| packets as u64)
        .reduce(u64::saturating_add)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and a million"
)]
fn ppm(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 1e6).round() as u32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and a few hundred"
)]
fn frame_rate(rate: f64) -> u32 {
    rate.clamp(0.0, MOST_FRAME_RATE).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(body: &str) -> ClientReport {
        serde_json::from_str::<Statistics>(body).unwrap().into()
    }

    #[test]
    fn what_todays_clients_send_is_understood() {
        let body = r#"{
            "audio": { "rx_bitrate": 32.1, "rx_codec": "opus", "rx_packets_received": 250 },
            "video": { "rx_packets_received": 40, "rx_fps": 29.7, "rx_resolution": "1280x720", "tx_resolution": "640x360" },
            "presentation": {}
        }"#;
        let wanted = ClientReport {
            frame_rate: Some(30),
            height: Some(720),
            sent_height: Some(360),
            packets_received: Some(290),
            ..ClientReport::default()
        };
        assert_eq!(report(body), wanted);
        assert_eq!(report("{}"), ClientReport::default());
    }

    #[test]
    fn what_is_out_of_bounds_is_taken_as_the_nearest() {
        let body = r#"{
            "audio": { "rx_packets_received": -7 },
            "video": { "rx_fps": -3, "rx_resolution": "1x999999", "tx_resolution": "0x0" },
            "vdx": { "concealed": 7.5, "frozen": -1e300 }
        }"#;
        let wanted = ClientReport {
            concealed_ppm: Some(1_000_000),
            frozen_ppm: Some(0),
            frame_rate: Some(0),
            height: Some(MOST_HEIGHT),
            sent_height: None,
            packets_received: Some(0),
        };
        assert_eq!(report(body), wanted);
        for resolution in ["", "x", "720", "ax b", "1x-5", "1x99999999999"] {
            assert_eq!(height(resolution), None, "{resolution}");
        }
    }
}
