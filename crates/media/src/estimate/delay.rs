//! Whether queues grow on the way (draft-ietf-rmcat-gcc-02 section 5, with the
//! trend line that took the Kalman filter's place in libwebrtc).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::history::Arrived;

/// Packets sent within so many milliseconds count as one.
const BURST: f64 = 5.0;
const MAX_BURST: f64 = 100.0;
const SMOOTHING: f64 = 0.9;
/// Groups the trend is drawn through.
const WINDOW: usize = 20;
const GAIN: f64 = 4.0;
const MAX_DELTAS: u32 = 60;
/// How long the trend must be too steep, milliseconds.
const OVERUSE_TIME: f64 = 10.0;
const FIRST_THRESHOLD: f64 = 12.5;
const THRESHOLDS: (f64, f64) = (6.0, 600.0);
/// How quickly the threshold follows the trend up and down.
const THRESHOLD_UP: f64 = 0.0087;
const THRESHOLD_DOWN: f64 = 0.039;
/// A trend further off is a leap that says nothing about the threshold.
const MAX_ADAPTION: f64 = 15.0;
/// After a silence so long everything begins anew.
const RESTART: Duration = Duration::from_secs(3);

/// What the queues do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    Normal,
    /// They grow.
    Over,
    /// They drain.
    Under,
}

/// Packets sent as one. Milliseconds.
#[derive(Debug, Clone, Copy)]
struct Group {
    first_sent: f64,
    last_sent: f64,
    first_arrived: f64,
    last_arrived: f64,
}

#[derive(Debug)]
pub(super) struct DelayTrend {
    origin: Option<Instant>,
    current: Option<Group>,
    previous: Option<Group>,
    accumulated: f64,
    smoothed: f64,
    deltas: u32,
    samples: VecDeque<(f64, f64)>,
    threshold: f64,
    threshold_set: Option<f64>,
    over_for: Option<f64>,
    over_count: u32,
    last_trend: f64,
    usage: Usage,
}

impl Default for DelayTrend {
    fn default() -> Self {
        Self {
            origin: None,
            current: None,
            previous: None,
            accumulated: 0.0,
            smoothed: 0.0,
            deltas: 0,
            samples: VecDeque::new(),
            threshold: FIRST_THRESHOLD,
            threshold_set: None,
            over_for: None,
            over_count: 0,
            last_trend: 0.0,
            usage: Usage::Normal,
        }
    }
}

impl DelayTrend {
    /// What the queues do now.
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// Takes an arrival into account, in the order of sending.
    pub(super) fn note(&mut self, packet: &Arrived) {
        let origin = *self.origin.get_or_insert(packet.sent);
        let sent = packet.sent.saturating_duration_since(origin).as_secs_f64() * 1e3;
        let arrived = packet.at as f64 / 1e3;
        let Some(group) = &mut self.current else {
            self.current = Some(Group::of(sent, arrived));
            return;
        };
        if sent - group.last_sent > RESTART.as_secs_f64() * 1e3 {
            *self = Self::default();
            return;
        }
        if sent < group.first_sent {
            return;
        }
        if group.takes(sent, arrived) {
            group.last_sent = group.last_sent.max(sent);
            group.last_arrived = group.last_arrived.max(arrived);
            return;
        }
        let group = *group;
        if let Some(previous) = self.previous {
            let apart_sent = group.last_sent - previous.last_sent;
            let apart_arrived = group.last_arrived - previous.last_arrived;
            if apart_arrived >= 0.0 {
                self.update(apart_arrived - apart_sent, apart_sent, group.last_arrived);
            }
        }
        self.previous = Some(group);
        self.current = Some(Group::of(sent, arrived));
    }

    fn update(&mut self, delta: f64, apart: f64, arrived: f64) {
        self.deltas = (self.deltas + 1).min(1000);
        self.accumulated += delta;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.accumulated;
        self.samples.push_back((arrived, self.smoothed));
        if self.samples.len() > WINDOW {
            self.samples.pop_front();
        }
        let trend = match self.samples.len() {
            WINDOW => slope(&self.samples).unwrap_or(self.last_trend),
            _ => self.last_trend,
        };
        self.detect(trend, apart, arrived);
    }

    fn detect(&mut self, trend: f64, apart: f64, now: f64) {
        if self.deltas < 2 {
            self.usage = Usage::Normal;
            return;
        }
        let modified = f64::from(self.deltas.min(MAX_DELTAS)) * trend * GAIN;
        if modified > self.threshold {
            let over_for = self.over_for.map_or(apart / 2.0, |time| time + apart);
            self.over_for = Some(over_for);
            self.over_count += 1;
            if over_for > OVERUSE_TIME && self.over_count > 1 && trend >= self.last_trend {
                self.over_for = Some(0.0);
                self.over_count = 0;
                self.usage = Usage::Over;
            }
        } else {
            self.over_for = None;
            self.over_count = 0;
            self.usage = match modified < -self.threshold {
                true => Usage::Under,
                false => Usage::Normal,
            };
        }
        self.last_trend = trend;
        self.adapt(modified, now);
    }

    fn adapt(&mut self, modified: f64, now: f64) {
        let last = self.threshold_set.replace(now).unwrap_or(now);
        let size = modified.abs();
        if size > self.threshold + MAX_ADAPTION {
            return;
        }
        let pace = match size < self.threshold {
            true => THRESHOLD_DOWN,
            false => THRESHOLD_UP,
        };
        let time = (now - last).clamp(0.0, 100.0);
        self.threshold += pace * (size - self.threshold) * time;
        self.threshold = self.threshold.clamp(THRESHOLDS.0, THRESHOLDS.1);
    }
}

impl Group {
    fn of(sent: f64, arrived: f64) -> Self {
        Self {
            first_sent: sent,
            last_sent: sent,
            first_arrived: arrived,
            last_arrived: arrived,
        }
    }

    /// Sent together, or queued somewhere and let go together.
    fn takes(&self, sent: f64, arrived: f64) -> bool {
        let apart_arrived = arrived - self.last_arrived;
        let apart_sent = sent - self.last_sent;
        sent - self.first_sent <= BURST
            || apart_sent == 0.0
            || (apart_arrived - apart_sent < 0.0
                && apart_arrived <= BURST
                && arrived - self.first_arrived < MAX_BURST)
    }
}

/// Least squares.
fn slope(samples: &VecDeque<(f64, f64)>) -> Option<f64> {
    let count = samples.len() as f64;
    let mean_x = samples.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = samples.iter().map(|(_, y)| y).sum::<f64>() / count;
    let (mut above, mut below) = (0.0, 0.0);
    for (x, y) in samples {
        above += (x - mean_x) * (y - mean_y);
        below += (x - mean_x) * (x - mean_x);
    }
    (below != 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets every 10 ms, each with `growth` microseconds more queue than the last.
    fn run(trend: &mut DelayTrend, from: u64, count: u64, growth: i64) -> Vec<Usage> {
        let start = Instant::now();
        let mut usages = Vec::new();
        for number in from..from + count {
            let queue = growth * (number - from) as i64;
            trend.note(&Arrived {
                sent: trend.origin.unwrap_or(start) + Duration::from_millis(10 * number),
                at: 10_000 * number as i64 + queue,
                bytes: 1000,
                probe: 0,
            });
            usages.push(trend.usage());
        }
        usages
    }

    #[test]
    fn an_even_way_is_used_normally() {
        let mut trend = DelayTrend::default();
        let usages = run(&mut trend, 0, 300, 0);
        assert!(usages.iter().all(|usage| *usage == Usage::Normal));
    }

    #[test]
    fn growing_queues_are_noticed_within_half_a_second_and_draining_ones_too() {
        let mut trend = DelayTrend::default();
        run(&mut trend, 0, 100, 0);
        let usages = run(&mut trend, 100, 50, 1500);
        assert!(usages.contains(&Usage::Over));
        let usages = run(&mut trend, 150, 50, -1500);
        assert!(usages.contains(&Usage::Under));
    }

    #[test]
    fn jitter_without_a_trend_is_no_overuse() {
        let mut trend = DelayTrend::default();
        let start = Instant::now();
        for number in 0..500u64 {
            let jitter = (number * 7919 % 11) as i64 * 300;
            trend.note(&Arrived {
                sent: start + Duration::from_millis(20 * number),
                at: 20_000 * number as i64 + jitter,
                bytes: 100,
                probe: 0,
            });
            assert_ne!(trend.usage(), Usage::Over, "packet {number}");
        }
    }
}
