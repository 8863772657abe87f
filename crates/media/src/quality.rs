//! How a call goes: samples of what came and went.

use std::time::Duration;

use crate::reception::{bits_per_second, per_second};
use crate::types::Content;

/// How often a call is sampled.
pub const SAMPLE_INTERVAL: Duration = Duration::from_secs(5);

/// With fewer packets of a content in a sample, one that is lost says nothing
/// of the rest.
pub(crate) const MIN_PACKETS: u64 = 25;

/// How a call went in one [`SAMPLE_INTERVAL`], seen from the hub.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallSample {
    /// How long a time the sample is of.
    pub span: Duration,
    /// Round trip between hub and participant, when reports of the participant
    /// tell it (RFC 3550 section 6.4.1).
    pub rtt: Option<Duration>,
    /// From the participant.
    pub received: DirectionSample,
    /// To the participant.
    pub sent: DirectionSample,
}

/// How one direction of a call went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectionSample {
    /// Payload bits a second; zero when nothing went.
    pub bits_per_second: u64,
    /// Share of packets lost, in millionths, of the content that lost most.
    /// Received: what never came, not even repeated. Sent: what the participant
    /// reports (RFC 3550), before anything is repeated. `None` where too few
    /// packets went to tell.
    pub loss_ppm: Option<u32>,
    /// The largest interarrival jitter of the streams (RFC 3550 section 6.4.1).
    pub jitter_ms: Option<u32>,
    /// Camera pictures a second, of the stream that has most.
    pub frame_rate: Option<u32>,
    /// Height of the largest camera picture, where it is known.
    pub height: Option<u32>,
    /// How long camera pictures stood still. Sent: only the participant knows.
    pub frozen: Duration,
}

/// What was written into one slot since the last sample.
#[derive(Debug, Default)]
pub(crate) struct SentWindow {
    bytes: u64,
    pictures: u32,
}

impl SentWindow {
    pub(crate) fn note(&mut self, bytes: usize, marker: bool) {
        self.bytes += bytes as u64;
        self.pictures += u32::from(marker);
    }
}

/// What a participant reports of one stream it receives.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reported {
    /// All its life.
    pub(crate) lost: u64,
    highest: u64,
    jitter_ms: u32,
    /// As far as the last sample told.
    told: (u64, u64),
}

impl Reported {
    /// Takes in a report: packets lost so far, the highest sequence number that
    /// came, and jitter in ticks of the content's clock.
    pub(crate) fn note(&mut self, content: Content, lost: u64, highest: u64, jitter: u32) {
        if self.highest == 0 {
            self.told = (lost, highest);
        }
        // Duplicates lower a receiver's count; it starts anew with its stream.
        self.lost = self.lost.max(lost);
        self.highest = self.highest.max(highest);
        let ticks = u64::from(jitter) * 1000;
        self.jitter_ms = u32::try_from(ticks / u64::from(content.clock_rate())).unwrap_or(u32::MAX);
    }

    /// Packets lost and expected since the last sample.
    fn take(&mut self) -> (u64, u64) {
        let (lost, highest) = std::mem::replace(&mut self.told, (self.lost, self.highest));
        let expected = self.highest - highest;
        ((self.lost - lost).min(expected), expected)
    }
}

/// Puts the windows and reports of a call's slots together.
pub(crate) fn sent_sample<'a>(
    slots: impl Iterator<Item = (Content, &'a mut SentWindow, &'a mut Reported)>,
    span: Duration,
) -> DirectionSample {
    let mut sample = DirectionSample::default();
    let mut bytes = 0;
    let mut losses: [(u64, u64); 3] = [(0, 0); 3];
    for (content, window, reported) in slots {
        let window = std::mem::take(window);
        bytes += window.bytes;
        if content == Content::Main && window.pictures > 0 {
            let rate = per_second(window.pictures, span);
            sample.frame_rate = sample.frame_rate.max(Some(rate));
        }
        let (lost, expected) = reported.take();
        let sums = &mut losses[content as usize];
        *sums = (sums.0 + lost, sums.1 + expected);
        if window.bytes > 0 && expected > 0 {
            sample.jitter_ms = sample.jitter_ms.max(Some(reported.jitter_ms));
        }
    }
    sample.bits_per_second = bits_per_second(bytes, span);
    sample.loss_ppm = losses
        .iter()
        .filter(|(_, expected)| *expected >= MIN_PACKETS)
        .map(|(lost, expected)| ppm(*lost, *expected))
        .max();
    sample
}

/// A share in millionths; of nothing it is 0.
pub(crate) fn ppm(part: u64, whole: u64) -> u32 {
    let share = part.saturating_mul(1_000_000).checked_div(whole);
    u32::try_from(share.unwrap_or(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_that_loses_most_counts() {
        let span = Duration::from_secs(5);
        let mut windows = [(); 3].map(|()| SentWindow::default());
        let mut reports = [Reported::default(); 3];
        reports[0].note(Content::Audio, 7, 1_000, 480);
        reports[1].note(Content::Main, 100, 60_000, 900);
        let contents = [Content::Audio, Content::Main, Content::Main];
        let take = |windows: &mut [SentWindow; 3], reports: &mut [Reported; 3]| {
            let slots = contents.into_iter().zip(windows).zip(reports);
            sent_sample(
                slots.map(|((content, window), report)| (content, window, report)),
                span,
            )
        };
        let first = take(&mut windows, &mut reports);
        assert_eq!(first.loss_ppm, None, "a first report has nothing before it");
        for window in &mut windows {
            for _ in 0..150 {
                window.note(1_000, true);
            }
        }
        reports[0].note(Content::Audio, 7 + 25, 1_250, 480);
        reports[1].note(Content::Main, 100 + 5, 61_000, 900);
        let sample = take(&mut windows, &mut reports);
        assert_eq!(sample.loss_ppm, Some(100_000));
        assert_eq!(sample.jitter_ms, Some(10));
        assert_eq!(sample.frame_rate, Some(30));
        assert_eq!(sample.bits_per_second, 3 * 150 * 8_000 / 5);
        assert_eq!(take(&mut windows, &mut reports), DirectionSample::default());
    }

    #[test]
    fn a_count_that_goes_back_is_no_loss() {
        let mut reported = Reported::default();
        reported.note(Content::Audio, 10, 100, 0);
        reported.note(Content::Audio, 8, 200, 0);
        assert_eq!(reported.take(), (0, 100));
        reported.note(Content::Audio, 1_000_000, 300, 0);
        assert_eq!(
            reported.take(),
            (100, 100),
            "more than was sent cannot be lost"
        );
    }
}
