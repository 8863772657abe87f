//! Trying out whether more would fit: for a moment more is sent than media
//! needs, and the rate at which it arrives counts
//! (draft-ietf-rmcat-gcc-02 leaves it open; this is libwebrtc's way).

use std::time::{Duration, Instant};

use super::history::Arrived;

/// Packets of a probe, evenly spread.
const PACKETS: u32 = 6;
const GAP: Duration = Duration::from_millis(3);
/// Above about 3 Mbit/s its packets follow each other faster instead of growing.
const LARGEST: f64 = 1200.0;
/// How much more than the estimate is tried, and at most where so much is needed.
const STEP: f64 = 2.0;
const NEEDED_STEP: f64 = 3.0;
/// Between two probes, and after the way proved too narrow.
const PAUSE: Duration = Duration::from_secs(4);
const LONG_PAUSE: Duration = Duration::from_secs(20);
/// How long its packets may take to be told about.
const PATIENCE: Duration = Duration::from_secs(1);
/// Packets that must have arrived for a result.
const ENOUGH: usize = 5;
/// A rate of arrival this much below that of sending is the way's own.
const SATURATED: f64 = 0.9;
const SATURATED_SHARE: f64 = 0.95;

/// A packet to send now beside media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Padding {
    /// About how many bytes.
    pub(crate) bytes: usize,
    pub(super) probe: u8,
}

#[derive(Debug, Default)]
pub(super) struct Prober {
    running: Option<Running>,
    last_number: u8,
    ended: Option<Instant>,
    /// Probes in a row that found nothing.
    futile: u32,
    arrived: Vec<Arrived>,
}

#[derive(Debug)]
struct Running {
    number: u8,
    packet: usize,
    gap: Duration,
    begun: Instant,
    sent: u32,
    next: Option<Instant>,
}

impl Prober {
    /// When [`Self::next`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        let running = self.running.as_ref()?;
        Some(running.next.unwrap_or(running.begun + PATIENCE))
    }

    /// The number of the probe media counts to now; 0 = none.
    pub(super) fn current(&self) -> u8 {
        let sending = self.running.as_ref().filter(|r| r.next.is_some());
        sending.map_or(0, |running| running.number)
    }

    /// Begins a probe if one is worth it: more is wished for than is thought to
    /// fit, and the way was not found too narrow lately.
    pub(super) fn consider(
        &mut self,
        estimate: f64,
        (needed, desired): (f64, f64),
        lowered: Option<Instant>,
        now: Instant,
    ) {
        let pause = match self.futile {
            0 => PAUSE,
            _ => LONG_PAUSE.min(PAUSE * 2 * self.futile),
        };
        let lately = |at: Option<Instant>, pause| {
            at.is_some_and(|at| now.saturating_duration_since(at) < pause)
        };
        if self.running.is_some()
            || desired <= estimate
            || lately(self.ended, pause)
            || lately(lowered, PAUSE)
        {
            return;
        }
        let step = needed.clamp(estimate * STEP, estimate * NEEDED_STEP);
        let rate = step.min(desired * 1.1);
        let bytes = (rate * GAP.as_secs_f64() / 8.0).min(LARGEST);
        self.last_number = self.last_number.checked_add(1).unwrap_or(1);
        self.arrived.clear();
        self.running = Some(Running {
            number: self.last_number,
            packet: bytes as usize,
            gap: Duration::from_secs_f64(bytes * 8.0 / rate),
            begun: now,
            sent: 0,
            next: Some(now),
        });
    }

    /// The next packet, when it is due.
    pub(super) fn next(&mut self, now: Instant) -> Option<Padding> {
        let running = self.running.as_mut()?;
        let Some(next) = running.next else {
            if now >= running.begun + PATIENCE {
                self.end(now, false);
            }
            return None;
        };
        if now < next {
            return None;
        }
        running.sent += 1;
        running.next = (running.sent < PACKETS).then_some(next + running.gap);
        Some(Padding {
            bytes: running.packet,
            probe: running.number,
        })
    }

    /// Takes an arrival into account; a rate when the probe has proven one.
    pub(super) fn note(&mut self, packet: &Arrived, estimate: f64, now: Instant) -> Option<f64> {
        let number = self.running.as_ref()?.number;
        if packet.probe != number {
            return None;
        }
        self.arrived.push(*packet);
        if self.arrived.len() < ENOUGH {
            return None;
        }
        let proven = self.rate().filter(|rate| *rate > estimate);
        let sent_all = self.running.as_ref().is_some_and(|r| r.next.is_none());
        if sent_all {
            self.end(now, proven.is_some());
            return proven;
        }
        None
    }

    fn end(&mut self, now: Instant, useful: bool) {
        self.running = None;
        self.ended = Some(now);
        self.futile = if useful {
            0
        } else {
            self.futile.saturating_add(1)
        };
        self.arrived.clear();
    }

    /// The slower of the rates of sending and of arrival.
    fn rate(&self) -> Option<f64> {
        let bits: f64 = self.arrived.iter().map(|p| f64::from(p.bytes) * 8.0).sum();
        let first_sent = self.arrived.iter().map(|p| p.sent).min()?;
        let last_sent = self.arrived.iter().max_by_key(|p| p.sent)?;
        let first_arrived = self.arrived.iter().min_by_key(|p| p.at)?;
        let last_arrived = self.arrived.iter().map(|p| p.at).max()?;
        let sending = last_sent.sent.saturating_duration_since(first_sent);
        let arriving = (last_arrived - first_arrived.at) as f64 / 1e6;
        if sending.is_zero() || arriving <= 0.0 {
            return None;
        }
        let bits_of = |packet: &Arrived| f64::from(packet.bytes) * 8.0;
        let sent = (bits - bits_of(last_sent)) / sending.as_secs_f64();
        let arrived = (bits - bits_of(first_arrived)) / arriving;
        Some(match arrived < SATURATED * sent {
            true => SATURATED_SHARE * arrived,
            false => sent.min(arrived),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a probe over a way of `capacity` bits a second.
    fn probe(prober: &mut Prober, estimate: f64, capacity: f64) -> Option<f64> {
        let start = Instant::now();
        prober.consider(estimate, (0.0, 5e6), None, start);
        let mut now = start;
        let mut busy_until = 0.0;
        let mut result = None;
        let mut packets = Vec::new();
        while let Some(due) = prober.due().filter(|_| prober.current() != 0) {
            now = due;
            let padding = prober.next(now)?;
            let sent = now.duration_since(start).as_secs_f64();
            busy_until = f64::max(busy_until, sent) + padding.bytes as f64 * 8.0 / capacity;
            packets.push(Arrived {
                sent: now,
                at: (busy_until * 1e6) as i64,
                bytes: padding.bytes as u16,
                probe: padding.probe,
            });
        }
        for packet in &packets {
            result = result.or(prober.note(packet, estimate, now));
        }
        result
    }

    #[test]
    fn a_wide_way_proves_twice_the_estimate() {
        let rate = probe(&mut Prober::default(), 1e6, 100e6).unwrap();
        assert!((1_800_000.0..2_200_000.0).contains(&rate), "{rate}");
    }

    #[test]
    fn what_is_needed_is_tried_even_where_that_is_more() {
        let rate_of = |needed| {
            let mut prober = Prober::default();
            prober.consider(1e6, (needed, 5e6), None, Instant::now());
            let running = prober.running.unwrap();
            running.packet as f64 * 8.0 / running.gap.as_secs_f64()
        };
        for (needed, rate) in [(1.2e6, 2e6), (2.5e6, 2.5e6), (4e6, 3e6)] {
            let tried: f64 = rate_of(needed);
            assert!((tried / rate - 1.0).abs() < 0.01, "{tried} for {needed}");
        }
    }

    #[test]
    fn a_narrow_way_proves_what_it_carries() {
        let rate = probe(&mut Prober::default(), 1e6, 1.3e6).unwrap();
        assert!((1_100_000.0..1_350_000.0).contains(&rate), "{rate}");
        assert_eq!(probe(&mut Prober::default(), 1e6, 0.8e6), None);
    }

    #[test]
    fn probing_pauses_and_gives_up_for_longer_when_it_finds_nothing() {
        let mut prober = Prober::default();
        probe(&mut prober, 1e6, 0.8e6);
        let later = |seconds| Instant::now() + Duration::from_secs(seconds);
        prober.consider(1e6, (0.0, 5e6), None, later(5));
        assert_eq!(prober.due(), None);
        prober.consider(1e6, (0.0, 5e6), None, later(9));
        assert!(prober.due().is_some());
        let mut satisfied = Prober::default();
        satisfied.consider(1e6, (0.0, 0.9e6), None, later(0));
        assert_eq!(satisfied.due(), None);
    }

    #[test]
    fn a_probe_that_nobody_tells_about_ends() {
        let mut prober = Prober::default();
        let start = Instant::now();
        prober.consider(1e6, (0.0, 5e6), None, start);
        let mut sent = 0;
        while let Some(due) = prober.due() {
            sent += usize::from(prober.next(due).is_some());
        }
        assert_eq!(sent, PACKETS as usize);
        assert_eq!(prober.current(), 0);
    }
}
