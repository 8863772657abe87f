//! What rate fits (draft-ietf-rmcat-gcc-02 sections 5.5 and 6): upwards slowly
//! while queues stay short, down to what arrives when they grow, and down when
//! much gets lost.

use std::time::{Duration, Instant};

use super::delay::Usage;

/// Bits a second below which an estimate never goes: a voice.
pub(super) const LEAST: f64 = 40_000.0;
const MOST: f64 = 50e6;
/// What is left of the arriving rate when queues grow.
const BACK_OFF: f64 = 0.85;
const GROWTH_A_SECOND: f64 = 1.08;
/// Nothing is known of rates much above what arrives.
const AHEAD: f64 = 1.5;
const AHEAD_BITS: f64 = 10_000.0;
/// Until the delay of a change shows, another change says nothing.
const RESPONSE: Duration = Duration::from_millis(100);
const LOW_LOSS: f64 = 0.02;
const HIGH_LOSS: f64 = 0.10;
/// Packets, and time, over which a share of losses means something.
const LOSS_PACKETS: u32 = 20;
const LOSS_TIME: Duration = Duration::from_millis(250);
const LOSS_PAUSE: Duration = Duration::from_millis(300);
/// On a way that lost much and has become clean, the rate before is tried
/// again this much faster.
const RECOVERY_A_SECOND: f64 = 1.6;

/// Bits a second that arrive, over a sliding time of the receiver's clock.
#[derive(Debug, Default)]
pub(super) struct Throughput {
    bins: [u32; Self::BINS],
    /// Number of the newest bin.
    newest: Option<i64>,
    first: Option<i64>,
}

impl Throughput {
    /// Half a second.
    const BINS: usize = 20;
    /// Those that count as just now.
    const RECENT: usize = 8;
    /// Microseconds of a bin.
    const BIN: i64 = 25_000;

    pub(super) fn note(&mut self, at: i64, bytes: u16) {
        let bin = at.div_euclid(Self::BIN);
        self.first.get_or_insert(bin);
        let newest = *self.newest.get_or_insert(bin);
        let passed = usize::try_from(bin - newest).unwrap_or(0).min(Self::BINS);
        for step in 1..=passed as i64 {
            if let Some(old) = self.bins.get_mut(place(newest + step)) {
                *old = 0;
            }
        }
        if passed == Self::BINS {
            self.bins = [0; Self::BINS];
        }
        self.newest = Some(newest.max(bin));
        let now = newest.max(bin);
        if now - bin < Self::BINS as i64
            && let Some(slot) = self.bins.get_mut(place(bin))
        {
            *slot = slot.saturating_add(u32::from(bytes) * 8);
        }
    }

    /// Over half a second. `None` until so much has been seen.
    pub(super) fn bits(&self) -> Option<f64> {
        self.over(Self::BINS)
    }

    /// Over a fifth of a second: while a queue grows, what its way carries, however
    /// little was sent before.
    pub(super) fn recent(&self) -> Option<f64> {
        self.over(Self::RECENT)
    }

    fn over(&self, bins: usize) -> Option<f64> {
        let newest = self.newest?;
        let seen = newest - self.first?;
        let last = (0..bins as i64).filter_map(|back| self.bins.get(place(newest - back)));
        let sum: f64 = last.copied().map(f64::from).sum();
        // The newest bin is not over.
        (seen >= bins as i64 && sum > 0.0)
            .then(|| sum * 1e6 / (Self::BIN as f64 * (bins as f64 - 0.5)))
    }
}

fn place(bin: i64) -> usize {
    bin.rem_euclid(Throughput::BINS as i64) as usize
}

/// The rate that queues allow.
#[derive(Debug)]
pub(super) struct DelayRate {
    pub(super) bits: f64,
    growing: bool,
    changed: Option<Instant>,
    backed_off: Option<Instant>,
    /// Where the queues grew: mean and variance of the arriving rate, kbit/s.
    pub(super) limit: Option<(f64, f64)>,
}

impl DelayRate {
    pub(super) fn new(bits: f64) -> Self {
        Self {
            bits,
            growing: true,
            changed: None,
            backed_off: None,
            limit: None,
        }
    }

    pub(super) fn update(
        &mut self,
        usage: Usage,
        arriving: Option<f64>,
        rtt: Duration,
        now: Instant,
    ) {
        match usage {
            Usage::Over => self.back_off(arriving, rtt, now),
            Usage::Under => self.growing = false,
            Usage::Normal if !self.growing => {
                self.growing = true;
                self.changed = Some(now);
            }
            Usage::Normal => self.grow(arriving, rtt, now),
        }
        self.bits = self.bits.clamp(LEAST, MOST);
    }

    /// When the estimate was lowered last because queues grew.
    pub(super) fn backed_off(&self) -> Option<Instant> {
        self.backed_off
    }

    fn grow(&mut self, arriving: Option<f64>, rtt: Duration, now: Instant) {
        let since = now.saturating_duration_since(self.changed.replace(now).unwrap_or(now));
        let seconds = since.as_secs_f64().min(1.0);
        if let (Some(rate), Some((mean, variance))) = (arriving, self.limit)
            && rate / 1e3 > mean + 3.0 * (variance * mean).sqrt()
        {
            // The way has become wider.
            self.limit = None;
        }
        let wish = match self.limit {
            Some(_) => {
                self.bits + (self.packet() / (rtt + RESPONSE).as_secs_f64()).max(4_000.0) * seconds
            }
            None => (self.bits * GROWTH_A_SECOND.powf(seconds)).max(self.bits + 1_000.0 * seconds),
        };
        let most = arriving.map_or(self.bits, |rate| AHEAD * rate + AHEAD_BITS);
        self.bits = wish.min(most).max(self.bits);
    }

    /// Bits of a packet of usual size at this rate.
    fn packet(&self) -> f64 {
        let frame = self.bits / 30.0;
        let packets = (frame / (1200.0 * 8.0)).ceil();
        frame / packets.max(1.0)
    }

    fn back_off(&mut self, arriving: Option<f64>, rtt: Duration, now: Instant) {
        let pause = rtt.clamp(Duration::from_millis(10), Duration::from_millis(200));
        let lately = self
            .backed_off
            .is_some_and(|at| now.saturating_duration_since(at) < pause);
        let rate = arriving.unwrap_or(self.bits);
        if lately && rate > self.bits * 0.5 {
            return;
        }
        self.bits = self.bits.min(rate * BACK_OFF);
        self.note_limit(rate / 1e3);
        self.backed_off = Some(now);
        self.changed = Some(now);
        self.growing = false;
    }

    fn note_limit(&mut self, kilobits: f64) {
        let (mean, variance) = self.limit.unwrap_or((kilobits, 0.4));
        // Far below what was taken for the limit: it is another way now.
        let mean = match kilobits < mean - 3.0 * (variance * mean).sqrt() {
            true => kilobits,
            false => 0.95 * mean + 0.05 * kilobits,
        };
        let error = mean - kilobits;
        let variance = 0.95 * variance + 0.05 * error * error / mean.max(1.0);
        self.limit = Some((mean, variance.clamp(0.4, 2.5)));
    }
}

/// The rate that losses allow.
#[derive(Debug, Default)]
pub(super) struct LossRate {
    limit: Option<f64>,
    /// The estimate before losses lowered it.
    before: Option<f64>,
    expected: u32,
    lost: u32,
    since: Option<Instant>,
    lowered: Option<Instant>,
}

impl LossRate {
    /// Bits a second, when losses limit at all.
    pub(super) fn limit(&self) -> Option<f64> {
        self.limit
    }

    /// Raises the limit to what a probe has proven.
    pub(super) fn prove(&mut self, bits: f64) {
        self.limit = self.limit.map(|limit| limit.max(bits));
    }

    /// When losses lowered the estimate last.
    pub(super) fn lowered(&self) -> Option<Instant> {
        self.lowered
    }

    pub(super) fn update(
        &mut self,
        lost: u32,
        arrived: u32,
        estimate: f64,
        rtt: Duration,
        now: Instant,
    ) {
        self.expected += lost + arrived;
        self.lost += lost;
        let since = *self.since.get_or_insert(now);
        let span = now.saturating_duration_since(since);
        if self.expected < LOSS_PACKETS || span < LOSS_TIME {
            return;
        }
        let share = f64::from(self.lost) / f64::from(self.expected);
        (self.expected, self.lost, self.since) = (0, 0, Some(now));
        if share > HIGH_LOSS {
            let pause = LOSS_PAUSE + rtt.min(LOSS_PAUSE);
            let lately = self
                .lowered
                .is_some_and(|at| now.saturating_duration_since(at) < pause);
            if !lately {
                self.before = Some(self.before.unwrap_or(estimate).max(estimate));
                self.limit = Some((estimate * (1.0 - share / 2.0)).max(LEAST));
                self.lowered = Some(now);
            }
        } else if share < LOW_LOSS
            && let Some(limit) = self.limit
        {
            let below = self.before.is_some_and(|before| limit < before);
            let pace = match below {
                true => RECOVERY_A_SECOND,
                false => GROWTH_A_SECOND,
            };
            let risen = limit * pace.powf(span.as_secs_f64().min(1.0));
            let over = self.before.is_none_or(|before| risen > before * 2.0);
            self.limit = (!over).then_some(risen);
            if over {
                self.before = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(50);

    #[test]
    fn throughput_is_what_arrived_in_half_a_second() {
        let mut throughput = Throughput::default();
        for number in 0..200 {
            throughput.note(number * 10_000, 1250);
        }
        let bits = throughput.bits().unwrap();
        assert!((900_000.0..1_100_000.0).contains(&bits), "{bits}");
        // A second of silence is over, and so is what came before it.
        throughput.note(3_000_000, 1250);
        assert!(throughput.bits().unwrap() < 25_000.0);
    }

    #[test]
    fn growing_queues_bring_the_rate_below_what_arrives_once_a_round_trip() {
        let mut rate = DelayRate::new(2e6);
        let now = Instant::now();
        rate.update(Usage::Over, Some(1e6), RTT, now);
        assert_eq!(rate.bits, 850_000.0);
        rate.update(
            Usage::Over,
            Some(900_000.0),
            RTT,
            now + Duration::from_millis(20),
        );
        assert_eq!(rate.bits, 850_000.0);
        rate.update(
            Usage::Over,
            Some(900_000.0),
            RTT,
            now + Duration::from_millis(60),
        );
        assert_eq!(rate.bits, 765_000.0);
    }

    #[test]
    fn it_grows_but_not_far_beyond_what_arrives() {
        let mut rate = DelayRate::new(500_000.0);
        let start = Instant::now();
        for step in 0..100 {
            let at = start + Duration::from_millis(100 * step);
            rate.update(Usage::Normal, Some(600_000.0), RTT, at);
        }
        assert!(
            (900_000.0..=910_000.0).contains(&rate.bits),
            "{}",
            rate.bits
        );
        rate.update(Usage::Normal, Some(100_000.0), RTT, start);
        assert!(rate.bits >= 900_000.0, "sending little proves nothing");
    }

    #[test]
    fn losses_limit_and_a_clean_way_recovers() {
        let mut loss = LossRate::default();
        let start = Instant::now();
        let mut estimate = 1e6;
        for step in 0..20 {
            let at = start + Duration::from_millis(300 * step);
            loss.update(30, 70, estimate, RTT, at);
            estimate = loss.limit().map_or(estimate, |limit| limit.min(1e6));
        }
        assert!(estimate < 300_000.0, "{estimate}");
        for step in 20..40 {
            let at = start + Duration::from_millis(300 * step);
            loss.update(0, 100, estimate, RTT, at);
            estimate = loss.limit().map_or(1e6, |limit| limit.min(1e6));
        }
        assert!(estimate > 900_000.0, "{estimate}");
    }

    #[test]
    fn a_few_losses_change_nothing() {
        let mut loss = LossRate::default();
        let start = Instant::now();
        for step in 0..50 {
            loss.update(5, 95, 1e6, RTT, start + Duration::from_millis(300 * step));
        }
        assert_eq!(loss.limit(), None);
    }
}
