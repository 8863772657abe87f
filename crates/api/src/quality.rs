//! How good a call is, as several APIs show it.

use serde::Serialize;
use utoipa::ToSchema;
use vdx_conference::quality::{LatestQuality, Rated};
use vdx_domain::QualityRating;

/// One direction of a call in its last five seconds. What is not known, or
/// where too little went to tell, is `null`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = callDirection)]
pub(crate) struct Direction {
    /// `good`, `ok` or `bad`.
    #[schema(value_type = Option<String>)]
    rating: Option<QualityRating>,
    /// Thousands of payload bits a second.
    bitrate_kbps: u64,
    /// Packets lost, in percent.
    loss_percent: Option<f64>,
    /// Interarrival jitter (RFC 3550), in milliseconds.
    jitter_ms: Option<u32>,
    /// Camera pictures a second.
    frame_rate: Option<u32>,
    /// Height of the camera picture in pixels.
    height: Option<u32>,
    /// How long camera pictures stood still, in milliseconds.
    frozen_ms: u64,
    /// Sound that was made up for what was missing, in percent; the client's word.
    concealed_percent: Option<f64>,
}

impl From<&Rated> for Direction {
    fn from(rated: &Rated) -> Self {
        let sample = &rated.sample;
        Self {
            rating: rated.rating,
            bitrate_kbps: sample.bits_per_second / 1000,
            loss_percent: sample.loss_ppm.map(percent),
            jitter_ms: sample.jitter_ms,
            frame_rate: sample.frame_rate,
            height: sample.height,
            frozen_ms: u64::try_from(sample.frozen.as_millis()).unwrap_or(u64::MAX),
            concealed_percent: rated.concealed_ppm.map(percent),
        }
    }
}

/// Both directions of a call, seen from the hub.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = callQuality)]
pub(crate) struct Quality {
    /// The worse direction's.
    #[schema(value_type = Option<String>)]
    rating: Option<QualityRating>,
    /// Round trip between hub and participant, in milliseconds.
    rtt_ms: Option<u64>,
    /// From the participant.
    received: Direction,
    /// To the participant.
    sent: Direction,
}

impl From<&LatestQuality> for Quality {
    fn from(latest: &LatestQuality) -> Self {
        let millis = |rtt: std::time::Duration| u64::try_from(rtt.as_millis()).unwrap_or(u64::MAX);
        Self {
            rating: latest.rating(),
            rtt_ms: latest.rtt.map(millis),
            received: (&latest.received).into(),
            sent: (&latest.sent).into(),
        }
    }
}

/// From millionths, with two digits behind the point.
fn percent(ppm: u32) -> f64 {
    f64::from((ppm + 50) / 100) / 100.0
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percents_have_two_digits() {
        let shown = [0, 49, 50, 12_345, 1_000_000].map(|ppm| percent(ppm).to_string());
        assert_eq!(shown, ["0", "0", "0.01", "1.23", "100"]);
    }
}
