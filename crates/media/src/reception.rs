//! What arrives from a participant: how much is missing, and how loud it is.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Streams counted for one call. A browser sends three cameras' layers, sound
/// and a presentation; more is a fault.
const MAX_STREAMS: usize = 32;

/// Sequence numbers seen per stream.
#[derive(Debug, Default)]
pub(crate) struct Receptions {
    streams: HashMap<u32, Reception>,
}

#[derive(Debug)]
struct Reception {
    first: u64,
    highest: u64,
    received: u64,
}

impl Receptions {
    /// Notes a packet that was not seen before.
    pub(crate) fn note(&mut self, ssrc: u32, sequence: u64) {
        if !self.streams.contains_key(&ssrc) && self.streams.len() >= MAX_STREAMS {
            return;
        }
        let stream = self.streams.entry(ssrc).or_insert(Reception {
            first: sequence,
            highest: sequence,
            received: 0,
        });
        stream.first = stream.first.min(sequence);
        stream.highest = stream.highest.max(sequence);
        stream.received += 1;
    }

    /// Packets that never came, not even repeated.
    pub(crate) fn lost(&self) -> u64 {
        let missing = |s: &Reception| (s.highest - s.first + 1).saturating_sub(s.received);
        self.streams.values().map(missing).sum()
    }
}

/// Without a packet for so long a participant is silent.
const SILENT_AFTER: Duration = Duration::from_secs(1);

/// A smoothed level from the audio level extension (RFC 6464).
#[derive(Debug, Default)]
pub(crate) struct Loudness {
    /// In sixteenths, 0 to 127 * 16.
    smoothed: u32,
    last: Option<Instant>,
}

impl Loudness {
    /// Notes a packet's level: 0 dBov (loudest) to -127.
    pub(crate) fn note(&mut self, level: Option<i8>, at: Instant) {
        let level =
            u32::try_from(127 + i32::from(level.unwrap_or(-127)).clamp(-127, 0)).unwrap_or(0);
        let target = level * 16;
        // A voice is noticed within a few packets and fades over half a second.
        self.smoothed = if target > self.smoothed {
            (self.smoothed * 3 + target) / 4
        } else {
            (self.smoothed * 15 + target) / 16
        };
        self.last = Some(at);
    }

    /// 0 (silence) to 127, or `None` when no sound comes at all.
    pub(crate) fn level(&self, now: Instant) -> Option<u8> {
        let last = self.last?;
        let flows = now.saturating_duration_since(last) < SILENT_AFTER;
        flows.then(|| u8::try_from((self.smoothed / 16).min(127)).unwrap_or(127))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_not_lost() {
        let mut receptions = Receptions::default();
        for sequence in [10, 11, 14, 12] {
            receptions.note(1, sequence);
        }
        assert_eq!(receptions.lost(), 1, "13 never came");
        receptions.note(2, 99);
        assert_eq!(receptions.lost(), 1);
    }

    #[test]
    fn a_voice_rises_quickly_and_fades_slowly() {
        let now = Instant::now();
        let mut loudness = Loudness::default();
        assert_eq!(loudness.level(now), None);
        for _ in 0..10 {
            loudness.note(Some(-20), now);
        }
        assert!(loudness.level(now).unwrap() > 95);
        for _ in 0..5 {
            loudness.note(Some(-127), now);
        }
        assert!(loudness.level(now).unwrap() > 60);
        for _ in 0..100 {
            loudness.note(Some(-127), now);
        }
        assert!(loudness.level(now).unwrap() < 10);
        assert_eq!(loudness.level(now + Duration::from_secs(2)), None);
    }
}
