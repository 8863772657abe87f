//! The encodings of one source (simulcast layers), how fast each flows, and
//! which of them a receiver gets.

use std::time::{Duration, Instant};

use str0m::media::Rid;

/// Key frames are asked of one encoding at most this often, however many
/// receivers need one, and again after it as long as none came: a request or
/// the key frame may be lost, and browsers ignore requests that follow another
/// within 300 ms.
pub(crate) const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(300);
/// An encoding without packets for so long is not flowing.
const SILENT_AFTER: Duration = Duration::from_millis(1500);
/// Rates are measured over windows of this length.
const RATE_WINDOW: Duration = Duration::from_millis(500);

/// One encoding.
#[derive(Debug)]
pub(crate) struct Encoding {
    pub(crate) ssrc: u32,
    /// Its restriction id (RFC 8851) where the source sends several.
    pub(crate) rid: Option<Rid>,
    last_packet: Instant,
    window_started: Instant,
    window_bytes: u64,
    bits_per_second: Option<u64>,
    key_frame_asked: Option<Instant>,
    key_frame_needed: bool,
}

impl Encoding {
    fn new(ssrc: u32, rid: Option<Rid>, now: Instant) -> Self {
        Self {
            ssrc,
            rid,
            last_packet: now,
            window_started: now,
            window_bytes: 0,
            bits_per_second: None,
            key_frame_asked: None,
            key_frame_needed: false,
        }
    }

    fn count(&mut self, bytes: usize, now: Instant) {
        self.last_packet = now;
        self.window_bytes += bytes as u64;
        let open = now.saturating_duration_since(self.window_started);
        if open >= RATE_WINDOW {
            let millis = u64::try_from(open.as_millis()).unwrap_or(u64::MAX).max(1);
            let rate = self.window_bytes.saturating_mul(8_000) / millis;
            self.bits_per_second = Some(match self.bits_per_second {
                Some(before) => (before + rate) / 2,
                None => rate,
            });
            self.window_started = now;
            self.window_bytes = 0;
        }
    }

    fn flows(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_packet) < SILENT_AFTER
    }
}

/// The encodings of one source of one content.
#[derive(Debug, Default)]
pub(crate) struct Encodings {
    all: Vec<Encoding>,
}

/// Most encodings kept for one source. Browsers send three; more is a fault or
/// an attack, and the longest silent one makes place.
const MAX_ENCODINGS: usize = 8;

impl Encodings {
    /// Counts a packet; `true` when it is the first of its encoding.
    pub(crate) fn count(
        &mut self,
        ssrc: u32,
        rid: Option<Rid>,
        bytes: usize,
        now: Instant,
    ) -> bool {
        if let Some(known) = self.all.iter_mut().find(|e| e.ssrc == ssrc) {
            known.count(bytes, now);
            return false;
        }
        // A source that changes its SSRC replaces the encoding of the same rid.
        self.all.retain(|e| e.rid != rid);
        if self.all.len() >= MAX_ENCODINGS {
            let silent = self
                .all
                .iter()
                .enumerate()
                .min_by_key(|(_, e)| e.last_packet);
            if let Some((index, _)) = silent {
                self.all.remove(index);
            }
        }
        let mut encoding = Encoding::new(ssrc, rid, now);
        encoding.count(bytes, now);
        self.all.push(encoding);
        true
    }

    /// The encodings that flow, slowest first.
    fn flowing(&self, now: Instant) -> Vec<&Encoding> {
        let mut flowing: Vec<&Encoding> = self.all.iter().filter(|e| e.flows(now)).collect();
        flowing.sort_by_key(|e| e.bits_per_second.unwrap_or(0));
        flowing
    }

    /// The highest rate that flows, in bits a second.
    pub(crate) fn highest_rate(&self, now: Instant) -> u64 {
        let rates = self.all.iter().filter(|e| e.flows(now));
        rates.filter_map(|e| e.bits_per_second).max().unwrap_or(0)
    }

    /// The encoding for a receiver with `budget` bits a second for this
    /// picture, which it shows large or not. Keeps `current` unless another is
    /// clearly right.
    pub(crate) fn choose(
        &self,
        budget: u64,
        shown: Shown,
        current: Option<u32>,
        now: Instant,
    ) -> Option<u32> {
        let flowing = self.flowing(now);
        let most = match shown {
            Shown::Large => flowing.len(),
            Shown::Middle => flowing.len().saturating_sub(1).max(1),
            Shown::Small => 1,
        };
        let fits = |encoding: &&&Encoding| {
            let rate = encoding.bits_per_second.unwrap_or(0);
            // Going up needs room to spare, so that the choice does not swing.
            let needed = match current {
                Some(current) if current == encoding.ssrc => rate,
                _ => rate + rate / 5,
            };
            needed <= budget
        };
        let allowed = flowing.get(..most.min(flowing.len()))?;
        let best = allowed.iter().rev().find(fits).or(allowed.first());
        best.map(|encoding| encoding.ssrc)
    }

    /// Notes that somebody needs a key frame; `true` when it must be asked now.
    pub(crate) fn need_key_frame(&mut self, ssrc: u32, now: Instant) -> Option<Option<Rid>> {
        let encoding = self.all.iter_mut().find(|e| e.ssrc == ssrc)?;
        encoding.key_frame_needed = true;
        Self::ask(encoding, now)
    }

    /// The encodings that still owe a key frame, where it is time to ask: the
    /// throttle held the request back, or nothing came of it.
    pub(crate) fn due_key_frames(&mut self, now: Instant) -> Vec<Option<Rid>> {
        let owing = self.all.iter_mut();
        let owing = owing.filter(|e| e.key_frame_needed && e.flows(now));
        owing.filter_map(|e| Self::ask(e, now)).collect()
    }

    /// A key frame came: nobody waits any more.
    pub(crate) fn got_key_frame(&mut self, ssrc: u32) {
        if let Some(encoding) = self.all.iter_mut().find(|e| e.ssrc == ssrc) {
            encoding.key_frame_needed = false;
        }
    }

    fn ask(encoding: &mut Encoding, now: Instant) -> Option<Option<Rid>> {
        let asked = encoding.key_frame_asked;
        let held = asked.is_some_and(|at| now.saturating_duration_since(at) < KEY_FRAME_INTERVAL);
        if held {
            return None;
        }
        encoding.key_frame_asked = Some(now);
        Some(encoding.rid)
    }
}

/// How large a receiver shows a picture, as far as the number of its pictures tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Alone, or a presentation.
    Large,
    /// One of two to four.
    Middle,
    /// One of many.
    Small,
}

impl Shown {
    /// By the number of pictures on the receiver's screen.
    pub(crate) fn among(pictures: usize) -> Self {
        match pictures {
            0 | 1 => Self::Large,
            2..=4 => Self::Middle,
            _ => Self::Small,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_layers(now: Instant) -> Encodings {
        let mut encodings = Encodings::default();
        for step in 0..20u32 {
            let at = now + Duration::from_millis(100) * step;
            encodings.count(1, Some("l".into()), 1_900, at);
            encodings.count(2, Some("m".into()), 6_250, at);
            encodings.count(3, Some("h".into()), 15_000, at);
        }
        encodings
    }

    #[test]
    fn the_best_encoding_that_fits_is_chosen() {
        let start = Instant::now();
        let encodings = three_layers(start);
        let now = start + Duration::from_secs(2);
        let choose = |budget, shown| encodings.choose(budget, shown, None, now);
        assert_eq!(choose(5_000_000, Shown::Large), Some(3));
        assert_eq!(choose(5_000_000, Shown::Middle), Some(2));
        assert_eq!(choose(5_000_000, Shown::Small), Some(1));
        assert_eq!(choose(700_000, Shown::Large), Some(2));
        assert_eq!(choose(10_000, Shown::Large), Some(1), "the least there is");
    }

    #[test]
    fn the_choice_does_not_swing_at_the_edge() {
        let start = Instant::now();
        let encodings = three_layers(start);
        let now = start + Duration::from_secs(2);
        let edge = encodings.highest_rate(now) + 1_000;
        assert_eq!(encodings.choose(edge, Shown::Large, Some(3), now), Some(3));
        assert_eq!(encodings.choose(edge, Shown::Large, Some(2), now), Some(2));
    }

    #[test]
    fn what_does_not_flow_is_not_chosen() {
        let start = Instant::now();
        let encodings = three_layers(start);
        let later = start + Duration::from_secs(10);
        assert_eq!(
            encodings.choose(5_000_000, Shown::Large, Some(3), later),
            None
        );
    }

    #[test]
    fn key_frames_are_asked_once_for_all() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        encodings.count(1, None, 100, start);
        assert_eq!(encodings.need_key_frame(1, start), Some(None));
        assert_eq!(encodings.need_key_frame(1, start), None, "just asked");
        assert!(encodings.due_key_frames(start).is_empty());
        let later = start + KEY_FRAME_INTERVAL;
        assert_eq!(encodings.due_key_frames(later), vec![None], "none came");
        assert!(encodings.due_key_frames(later).is_empty());
        encodings.got_key_frame(1);
        assert!(
            encodings
                .due_key_frames(later + KEY_FRAME_INTERVAL)
                .is_empty()
        );
    }

    #[test]
    fn a_source_that_stopped_is_asked_no_more() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        encodings.count(1, None, 100, start);
        assert_eq!(encodings.need_key_frame(1, start), Some(None));
        assert!(encodings.due_key_frames(start + SILENT_AFTER).is_empty());
    }

    #[test]
    fn a_flood_of_encodings_stays_bounded() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        for ssrc in 0..1000 {
            encodings.count(ssrc, Some(format!("r{ssrc}").as_str().into()), 1, start);
        }
        assert!(encodings.all.len() <= MAX_ENCODINGS);
    }
}
