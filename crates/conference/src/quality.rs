//! How good calls are: the rule that rates a sample, and the summary that a
//! call record keeps. `docs/quality.md` has the thresholds and their sources.

use std::time::Duration;

use vdx_domain::QualityRating;
use vdx_media::{CallSample, DirectionSample};
use vdx_store::{DirectionQuality, LegQuality};

/// From which share on, in millionths, something is ok, and from which bad.
#[derive(Debug, Clone, Copy)]
struct Marks {
    ok: u32,
    bad: u32,
}

/// Packets lost: Pexip Infinity's "perceived call quality" (1 %, 3 %).
const LOST: Marks = Marks {
    ok: 10_000,
    bad: 30_000,
};
/// Sound made up for what was missing: as heard, the same as a lost packet.
const CONCEALED: Marks = LOST;
/// Pictures that stand still: a tenth of a second in five, and half a second.
const FROZEN: Marks = Marks {
    ok: 20_000,
    bad: 100_000,
};

/// A stay shorter than this is not rated.
pub const SHORTEST_RATED: Duration = Duration::from_secs(20);

impl Marks {
    fn rate(self, share: u32) -> QualityRating {
        if share >= self.bad {
            QualityRating::Bad
        } else if share >= self.ok {
            QualityRating::Ok
        } else {
            QualityRating::Good
        }
    }
}

/// What a client tells of what it received since it last told. All of it is
/// the client's word, and counts for its own call alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientReport {
    /// Share of the sound that was made up for what was missing, in millionths.
    pub concealed_ppm: Option<u32>,
    /// How much of the time the picture that stood still longest did, in millionths.
    pub frozen_ppm: Option<u32>,
    /// Pictures a second of the quickest camera received.
    pub frame_rate: Option<u32>,
    /// Height of the largest camera picture received.
    pub height: Option<u32>,
    /// Height of the camera picture sent.
    pub sent_height: Option<u32>,
    /// Packets received since the call began: that a direct path carries media is
    /// known by nothing else.
    pub packets_received: Option<u64>,
}

/// One direction of a call as it was last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rated {
    /// `None` where too little went to tell.
    pub rating: Option<QualityRating>,
    /// What the hub saw; pictures sent are the client's word.
    pub sample: DirectionSample,
    /// Share of the sound that was made up, in millionths; the client's word.
    pub concealed_ppm: Option<u32>,
}

/// A call as it was in its last sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LatestQuality {
    /// Round trip between hub and participant, as it was last known.
    pub rtt: Option<Duration>,
    /// From the participant.
    pub received: Rated,
    /// To the participant.
    pub sent: Rated,
}

impl LatestQuality {
    /// The worse direction's.
    #[must_use]
    pub fn rating(&self) -> Option<QualityRating> {
        self.received.rating.max(self.sent.rating)
    }
}

/// The quality of a participant's stay so far.
#[derive(Debug, Clone, Default)]
pub struct StayQuality {
    latest: Option<LatestQuality>,
    report: Option<ClientReport>,
    rtt: Mean,
    received: Sum,
    sent: Sum,
}

impl StayQuality {
    /// Takes in a sample, with what the client told since the one before.
    pub fn add(&mut self, sample: &CallSample) -> LatestQuality {
        let report = self.report.take().unwrap_or_default();
        let received = DirectionSample {
            height: sample.received.height.or(report.sent_height),
            ..sample.received
        };
        let frozen = report.frozen_ppm.map_or(Duration::ZERO, |share| {
            sample.span.saturating_mul(share.min(1_000_000)) / 1_000_000
        });
        let sent = DirectionSample {
            height: report.height.or(sample.sent.height),
            frame_rate: report.frame_rate.or(sample.sent.frame_rate),
            frozen,
            ..sample.sent
        };
        let before = self.latest.and_then(|latest| latest.rtt);
        let latest = LatestQuality {
            rtt: sample.rtt.or(before),
            received: Rated {
                rating: rate(&received, &ClientReport::default()),
                sample: received,
                concealed_ppm: None,
            },
            sent: Rated {
                rating: rate(&sent, &report),
                sample: sent,
                concealed_ppm: report.concealed_ppm,
            },
        };
        if let Some(rtt) = sample.rtt {
            self.rtt.add(whole_millis(rtt));
        }
        self.received.add(&latest.received, sample.span);
        self.sent.add(&latest.sent, sample.span);
        self.latest = Some(latest);
        latest
    }

    /// A client told how it receives.
    pub fn report(&mut self, report: ClientReport) {
        self.report = Some(report);
    }

    /// The call ended: there is nothing current to show.
    pub fn call_ended(&mut self) {
        (self.latest, self.report) = (None, None);
    }

    /// As it was last; `None` before the first sample of a call.
    #[must_use]
    pub fn latest(&self) -> Option<&LatestQuality> {
        self.latest.as_ref()
    }

    /// What the call record keeps.
    #[must_use]
    pub fn summary(&self) -> LegQuality {
        let (received, sent) = (self.received.summary(), self.sent.summary());
        LegQuality {
            rating: overall(&received).max(overall(&sent)),
            rtt_average_ms: self.rtt.average(),
            rtt_worst_ms: self.rtt.average().map(|_| self.rtt.most),
            received,
            sent,
        }
    }
}

/// Rates one sample of one direction: the worst of what is known counts.
fn rate(sample: &DirectionSample, report: &ClientReport) -> Option<QualityRating> {
    if sample.bits_per_second == 0 {
        return None;
    }
    let lost = sample.loss_ppm.map(|share| LOST.rate(share));
    let concealed = report.concealed_ppm.map(|share| CONCEALED.rate(share));
    let frozen = report.frozen_ppm.map(|share| FROZEN.rate(share));
    lost.max(concealed).max(frozen)
}

/// Rates a direction of a whole stay by the mean of its samples, as Pexip
/// Infinity does: good counts 1, ok 2, bad 3, halves round up.
fn overall(direction: &DirectionQuality) -> Option<QualityRating> {
    let rated = u64::from(direction.rated_seconds());
    if rated < SHORTEST_RATED.as_secs() {
        return None;
    }
    let points = u64::from(direction.good_seconds)
        + 2 * u64::from(direction.ok_seconds)
        + 3 * u64::from(direction.bad_seconds);
    Some(if 2 * points >= 5 * rated {
        QualityRating::Bad
    } else if 2 * points >= 3 * rated {
        QualityRating::Ok
    } else {
        QualityRating::Good
    })
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: u64,
    count: u64,
    most: u32,
}

impl Mean {
    fn add(&mut self, value: u32) {
        self.sum += u64::from(value);
        self.count += 1;
        self.most = self.most.max(value);
    }

    fn average(&self) -> Option<u32> {
        let average = (self.sum + self.count / 2).checked_div(self.count)?;
        Some(u32::try_from(average).unwrap_or(u32::MAX))
    }
}

/// One direction of a stay, summed up.
#[derive(Debug, Clone, Default)]
struct Sum {
    /// In the order of the ratings.
    rated: [Duration; 3],
    bits: u64,
    flowed: Duration,
    loss_worst_ppm: u32,
    jitter: Mean,
    frame_rate: Mean,
    height: u32,
    frozen: Duration,
    concealed: Mean,
}

impl Sum {
    fn add(&mut self, rated: &Rated, span: Duration) {
        let sample = &rated.sample;
        if sample.bits_per_second == 0 {
            return;
        }
        if let Some(rating) = rated.rating {
            self.rated[rating as usize] += span;
        }
        let millis = u64::from(whole_millis(span));
        self.bits += sample.bits_per_second.saturating_mul(millis) / 1000;
        self.flowed += span;
        self.loss_worst_ppm = self.loss_worst_ppm.max(sample.loss_ppm.unwrap_or(0));
        self.height = self.height.max(sample.height.unwrap_or(0));
        self.frozen += sample.frozen;
        for (mean, value) in [
            (&mut self.jitter, sample.jitter_ms),
            (&mut self.frame_rate, sample.frame_rate),
            (&mut self.concealed, rated.concealed_ppm),
        ] {
            if let Some(value) = value {
                mean.add(value);
            }
        }
    }

    fn summary(&self) -> DirectionQuality {
        let seconds = |rating: QualityRating| whole_seconds(self.rated[rating as usize]);
        let flowed = u64::from(whole_millis(self.flowed)).max(1);
        DirectionQuality {
            good_seconds: seconds(QualityRating::Good),
            ok_seconds: seconds(QualityRating::Ok),
            bad_seconds: seconds(QualityRating::Bad),
            bits_average: u32::try_from(self.bits.saturating_mul(1000) / flowed)
                .unwrap_or(u32::MAX),
            loss_worst_ppm: self.loss_worst_ppm,
            jitter_average_ms: self.jitter.average().unwrap_or(0),
            jitter_worst_ms: self.jitter.most,
            frame_rate_average: self.frame_rate.average().unwrap_or(0),
            picture_height: self.height,
            frozen_ms: whole_millis(self.frozen),
            concealed_ppm: self.concealed.average().unwrap_or(0),
        }
    }
}

fn whole_millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().saturating_add(500) / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use QualityRating::{Bad, Good, Ok};

    fn lossy(loss_ppm: Option<u32>) -> DirectionSample {
        DirectionSample {
            bits_per_second: 600_000,
            loss_ppm,
            jitter_ms: Some(4),
            ..DirectionSample::default()
        }
    }

    fn sample(received: DirectionSample, sent: DirectionSample) -> CallSample {
        CallSample {
            span: Duration::from_secs(5),
            rtt: Some(Duration::from_millis(30)),
            received,
            sent,
        }
    }

    #[test]
    fn one_percent_lost_is_ok_and_three_are_bad() {
        for (loss, rating) in [
            (0, Good),
            (9_999, Good),
            (10_000, Ok),
            (29_999, Ok),
            (30_000, Bad),
            (1_000_000, Bad),
        ] {
            let mut stay = StayQuality::default();
            let latest = stay.add(&sample(lossy(Some(loss)), lossy(None)));
            assert_eq!(latest.received.rating, Some(rating), "{loss}");
            assert_eq!(latest.sent.rating, None, "nobody told");
            assert_eq!(latest.rating(), Some(rating));
        }
    }

    #[test]
    fn what_the_client_hears_and_sees_counts_once_for_what_it_is_sent() {
        let mut stay = StayQuality::default();
        let fine = sample(lossy(Some(0)), lossy(Some(0)));
        for (report, rating) in [
            (ClientReport::default(), Good),
            (
                ClientReport {
                    concealed_ppm: Some(10_000),
                    ..ClientReport::default()
                },
                Ok,
            ),
            (
                ClientReport {
                    frozen_ppm: Some(100_000),
                    ..ClientReport::default()
                },
                Bad,
            ),
        ] {
            stay.report(report);
            let latest = stay.add(&fine);
            assert_eq!(latest.sent.rating, Some(rating), "{report:?}");
            assert_eq!(latest.received.rating, Some(Good));
        }
        assert_eq!(stay.add(&fine).sent.rating, Some(Good), "told once");
        let summary = stay.summary();
        assert_eq!(summary.sent.frozen_ms, 500);
        assert_eq!(summary.sent.concealed_ppm, 10_000);
    }

    #[test]
    fn where_nothing_flows_nothing_is_rated() {
        let mut stay = StayQuality::default();
        let latest = stay.add(&sample(lossy(Some(0)), DirectionSample::default()));
        assert_eq!(latest.sent.rating, None);
        let summary = stay.summary();
        assert_eq!(summary.sent, DirectionQuality::default());
        assert_eq!(summary.received.good_seconds, 5);
        assert_eq!(summary.rtt_average_ms, Some(30));
    }

    #[test]
    fn a_stay_is_rated_by_its_worse_direction_from_twenty_seconds_on() {
        let rated = |good: u32, ok: u32, bad: u32| {
            overall(&DirectionQuality {
                good_seconds: good,
                ok_seconds: ok,
                bad_seconds: bad,
                ..DirectionQuality::default()
            })
        };
        assert_eq!(rated(19, 0, 0), None);
        assert_eq!(rated(20, 0, 0), Some(Good));
        assert_eq!(rated(51, 49, 0), Some(Good));
        assert_eq!(rated(50, 50, 0), Some(Ok));
        assert_eq!(rated(76, 0, 24), Some(Good));
        assert_eq!(rated(75, 0, 25), Some(Ok));
        assert_eq!(rated(0, 50, 50), Some(Bad));
        assert_eq!(rated(25, 0, 75), Some(Bad));
        let mut stay = StayQuality::default();
        for _ in 0..4 {
            stay.add(&sample(lossy(Some(0)), lossy(Some(50_000))));
        }
        assert_eq!(stay.summary().rating, Some(Bad));
    }
}
