//! The encodings of one source (simulcast layers): how large they are, how fast
//! each flows, which of them somebody needs, and when a key frame is asked for.

use std::time::{Duration, Instant};

use str0m::media::Rid;

use crate::allocation::Offered;
use crate::beginning::Beginning;
use crate::packet::RtpPacket;

/// Key frames are asked of one encoding at most this often, however many
/// receivers need one, and again after it as long as none came: a request or
/// the key frame may be lost, and browsers ignore requests that follow another
/// within 300 ms.
pub(crate) const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(300);
/// An encoding without packets for so long is not flowing.
const SILENT_AFTER: Duration = Duration::from_millis(1500);
/// Rates are measured over windows of this length.
const RATE_WINDOW: Duration = Duration::from_millis(500);
/// A window counts this part in the rate, which so follows within 2 s: neither a
/// key frame nor a quiet moment makes a layer look like another.
const RATE_PART: u64 = 4;
/// What a packet weighs beside its payload: RTP header, extensions, SRTP tag.
const PACKET_OVERHEAD: u64 = 40;
/// Rows of the largest layer where its size cannot be read.
const USUAL_HEIGHT: u16 = 720;
/// What a layer that was never measured is taken to need, bits a second a row.
const USUAL_BITS: u64 = 1_500;
/// How long a layer that nobody needs any more goes on: who looks away for a
/// moment, or is shown small for one, shall not wait for it.
const REST_AFTER: Duration = Duration::from_secs(5);
/// How often a sender that was told which layers are needed is told again, in
/// case it did not learn of it.
const TELL_AGAIN: Duration = Duration::from_secs(5);

/// One encoding.
#[derive(Debug)]
struct Encoding {
    ssrc: u32,
    /// Its restriction id (RFC 8851) where the source sends several.
    rid: Option<Rid>,
    /// Rows of its last key frame.
    height: Option<u16>,
    last_packet: Instant,
    /// The highest extended sequence number so far.
    newest: Option<u64>,
    window_started: Instant,
    window_bytes: u64,
    bits_per_second: Option<u64>,
    key_frame_asked: Option<Instant>,
    key_frame_needed: bool,
    beginning: Beginning,
    needed_at: Instant,
}

impl Encoding {
    fn new(ssrc: u32, rid: Option<Rid>, now: Instant) -> Self {
        Self {
            ssrc,
            rid,
            height: None,
            last_packet: now,
            newest: None,
            window_started: now,
            window_bytes: 0,
            bits_per_second: None,
            key_frame_asked: None,
            key_frame_needed: false,
            beginning: Beginning::default(),
            needed_at: now,
        }
    }

    /// `true` for a packet that none has come before that belongs behind it.
    fn count(&mut self, sequence: u64, bytes: usize, now: Instant) -> bool {
        if !self.flows(now) {
            self.window_started = now;
            self.window_bytes = 0;
        }
        self.last_packet = now;
        self.window_bytes += bytes as u64 + PACKET_OVERHEAD;
        let open = now.saturating_duration_since(self.window_started);
        if open >= RATE_WINDOW {
            let millis = u64::try_from(open.as_millis()).unwrap_or(u64::MAX).max(1);
            let rate = self.window_bytes.saturating_mul(8_000) / millis;
            self.bits_per_second = Some(match self.bits_per_second {
                Some(before) => (before * (RATE_PART - 1) + rate) / RATE_PART,
                None => rate,
            });
            self.window_started = now;
            self.window_bytes = 0;
        }
        let in_order = self.newest.is_none_or(|newest| sequence > newest);
        self.newest = self.newest.max(Some(sequence));
        in_order
    }

    fn flows(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_packet) < SILENT_AFTER
    }

    /// What encodings are ordered by: rows where they are known of all, else rates.
    fn size(&self, sized: bool) -> (Option<u16>, Option<u64>) {
        (self.height.filter(|_| sized), self.bits_per_second)
    }
}

/// What a packet is to its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The encoding begins to flow.
    pub(crate) begins: bool,
    /// None has come before it that belongs behind it.
    pub(crate) in_order: bool,
}

/// The encodings of one source of one content.
#[derive(Debug, Default)]
pub(crate) struct Encodings {
    all: Vec<Encoding>,
    /// The names the source has announced, smallest first as a rule.
    announced: Vec<Rid>,
    told: Option<(Vec<Rid>, Instant)>,
}

/// Most encodings kept for one source. Browsers send three; more is a fault or
/// an attack, and the longest silent one makes place.
const MAX_ENCODINGS: usize = 8;

impl Encodings {
    /// Notes which encodings the source may send (RFC 8853).
    pub(crate) fn announce(&mut self, names: impl IntoIterator<Item = Rid>) {
        self.announced = names.into_iter().take(MAX_ENCODINGS).collect();
    }

    /// Counts a packet with this extended sequence number.
    pub(crate) fn count(
        &mut self,
        ssrc: u32,
        rid: Option<Rid>,
        sequence: u64,
        bytes: usize,
        now: Instant,
    ) -> Counted {
        if let Some(known) = self.all.iter_mut().find(|e| e.ssrc == ssrc) {
            let begins = !known.flows(now);
            let in_order = known.count(sequence, bytes, now);
            return Counted { begins, in_order };
        }
        let mut encoding = Encoding::new(ssrc, rid, now);
        // A source that changes its SSRC replaces the encoding of the same rid.
        if let Some(index) = self.all.iter().position(|e| e.rid == rid) {
            let before = self.all.remove(index);
            encoding.height = before.height;
            encoding.bits_per_second = before.bits_per_second;
        }
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
        let in_order = encoding.count(sequence, bytes, now);
        self.all.push(encoding);
        Counted {
            begins: true,
            in_order,
        }
    }

    /// What is known of the encodings, smallest first, also of those that rest.
    pub(crate) fn offered(&self, now: Instant) -> Vec<Offered> {
        let mut known: Vec<&Encoding> = self.all.iter().collect();
        let sized = self.are_sized();
        known.sort_by_key(|e| e.size(sized));
        let count = known.len();
        let offered = |(index, encoding): (usize, &Encoding)| {
            // As browsers make them, each has half the rows of the next.
            let height = encoding
                .height
                .unwrap_or(USUAL_HEIGHT >> (count - 1 - index));
            let usual = u64::from(height) * USUAL_BITS;
            Offered {
                ssrc: encoding.ssrc,
                height,
                rate: encoding.bits_per_second.unwrap_or(usual),
                flows: encoding.flows(now),
            }
        };
        known.into_iter().enumerate().map(offered).collect()
    }

    /// Whether the rows of all encodings are known, so that they can be compared.
    fn are_sized(&self) -> bool {
        self.all.iter().all(|e| e.height.is_some())
    }

    /// Bits a second of all that flows.
    pub(crate) fn rate(&self, now: Instant) -> Option<u64> {
        let flowing = self.all.iter().filter(|e| e.flows(now));
        flowing.map(|e| e.bits_per_second).sum()
    }

    /// The encoding a packet of which came last, if it flows.
    pub(crate) fn newest(&self, now: Instant) -> Option<u32> {
        let flowing = self.all.iter().filter(|e| e.flows(now));
        flowing.max_by_key(|e| e.last_packet).map(|e| e.ssrc)
    }

    /// Whether the source has announced an encoding that never came.
    fn is_announced_only(&self, rid: Rid) -> bool {
        self.all.iter().all(|e| e.rid != Some(rid))
    }

    /// Notes that a receiver needs the encoding.
    pub(crate) fn need(&mut self, ssrc: u32, now: Instant) {
        if let Some(encoding) = self.all.iter_mut().find(|e| e.ssrc == ssrc) {
            encoding.needed_at = now;
        }
    }

    /// Notes that a receiver must be able to have the smallest encoding.
    pub(crate) fn need_smallest(&mut self, now: Instant) {
        let sized = self.are_sized();
        if let Some(smallest) = self.all.iter_mut().min_by_key(|e| e.size(sized)) {
            smallest.needed_at = now;
        }
    }

    /// The names of the encodings that are needed, where the source has to be
    /// told: they are others than it was told before, or it was told long ago.
    /// `larger` says that somebody wants a larger one than any that is known.
    pub(crate) fn tell_needed(&mut self, larger: bool, now: Instant) -> Option<Vec<Rid>> {
        let recent = |at: Instant| now.saturating_duration_since(at) < REST_AFTER;
        let needed: Vec<Rid> = self
            .announced
            .iter()
            .copied()
            .filter(|rid| {
                let mut known = self.all.iter().filter(|e| e.rid == Some(*rid));
                known.any(|e| recent(e.needed_at)) || (larger && self.is_announced_only(*rid))
            })
            .collect();
        let again = match &self.told {
            Some((told, at)) if *told == needed => now.saturating_duration_since(*at) >= TELL_AGAIN,
            Some(_) => true,
            // A source sends everything until it is told.
            None => needed.len() < self.announced.len(),
        };
        again.then(|| {
            self.told = Some((needed.clone(), now));
            needed
        })
    }

    /// Notes that somebody needs a key frame; which encoding to ask for it,
    /// where it must be asked now.
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
    pub(crate) fn got_key_frame(&mut self, ssrc: u32, height: Option<u16>) {
        if let Some(encoding) = self.all.iter_mut().find(|e| e.ssrc == ssrc) {
            encoding.key_frame_needed = false;
            encoding.height = height.or(encoding.height);
        }
    }

    /// Keeps a packet for those who come a moment too late for its key frame.
    pub(crate) fn keep(&mut self, packet: RtpPacket, starts_key_frame: bool) {
        let ssrc = *packet.header.ssrc;
        if let Some(encoding) = self.all.iter_mut().find(|e| e.ssrc == ssrc) {
            encoding.beginning.keep(packet, starts_key_frame);
        }
    }

    /// Lends what was kept of an encoding; to be given back.
    pub(crate) fn take_beginning(&mut self, ssrc: u32, now: Instant) -> Option<Beginning> {
        let encoding = self.all.iter_mut().find(|e| e.ssrc == ssrc)?;
        let beginning = std::mem::take(&mut encoding.beginning);
        beginning.is_fresh(now).then_some(beginning)
    }

    /// Takes back what was lent.
    pub(crate) fn give_beginning(&mut self, ssrc: u32, beginning: Beginning) {
        if let Some(encoding) = self.all.iter_mut().find(|e| e.ssrc == ssrc) {
            encoding.beginning = beginning;
        }
    }

    /// Drops what is kept for nobody any more.
    pub(crate) fn tidy(&mut self, now: Instant) {
        for encoding in &mut self.all {
            encoding.beginning.drop_old(now);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rids(names: &[&str]) -> Vec<Rid> {
        names.iter().map(|name| Rid::from(*name)).collect()
    }

    fn three_layers(now: Instant) -> Encodings {
        let mut encodings = Encodings::default();
        encodings.announce(rids(&["l", "m", "h"]));
        for step in 0..20u32 {
            let at = now + Duration::from_millis(100) * step;
            encodings.count(3, Some("h".into()), 0, 15_000, at);
            encodings.count(1, Some("l".into()), 0, 1_900, at);
            encodings.count(2, Some("m".into()), 0, 6_250, at);
        }
        encodings
    }

    #[test]
    fn layers_are_told_apart_by_size_and_where_it_is_unknown_by_rate() {
        let start = Instant::now();
        let mut encodings = three_layers(start);
        let now = start + Duration::from_secs(2);
        let told = |encodings: &Encodings, now| {
            let offered = encodings.offered(now);
            offered
                .iter()
                .map(|o| (o.ssrc, o.height))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&encodings, now), [(1, 180), (2, 360), (3, 720)]);
        for (ssrc, height) in [(1, 270), (2, 540), (3, 1080)] {
            encodings.got_key_frame(ssrc, Some(height));
        }
        // A large picture in which nothing moves is still the large one.
        for step in 20..80u32 {
            let at = start + Duration::from_millis(100) * step;
            encodings.count(3, Some("h".into()), 0, 100, at);
            encodings.count(1, Some("l".into()), 0, 1_900, at);
        }
        let now = start + Duration::from_secs(8);
        assert_eq!(told(&encodings, now), [(1, 270), (2, 540), (3, 1080)]);
        let flows: Vec<bool> = encodings.offered(now).iter().map(|o| o.flows).collect();
        assert_eq!(flows, [true, false, true], "the middle one rests");
    }

    #[test]
    fn an_encoding_begins_when_it_is_new_or_was_silent() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        assert!(encodings.count(1, None, 0, 100, start).begins);
        assert!(!encodings.count(1, None, 0, 100, start).begins);
        assert!(
            encodings
                .count(1, None, 0, 100, start + SILENT_AFTER)
                .begins
        );
        assert_eq!(
            encodings.offered(start)[0].rate,
            720 * 1_500,
            "not measured yet"
        );
    }

    #[test]
    fn a_packet_behind_which_others_belong_that_came_is_late() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        let mut in_order = |ssrc, sequence| {
            let rid = Rid::from(format!("r{ssrc}").as_str());
            let counted = encodings.count(ssrc, Some(rid), sequence, 100, start);
            counted.in_order
        };
        let told = [(1, 9), (1, 10), (1, 12), (1, 11), (2, 5), (1, 13)];
        let told = told.map(|(ssrc, sequence)| in_order(ssrc, sequence));
        assert_eq!(told, [true, true, true, false, true, true]);
    }

    #[test]
    fn a_layer_nobody_needs_is_told_to_rest_after_a_while_and_to_come_back_at_once() {
        let start = Instant::now();
        let mut encodings = three_layers(start);
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(
            encodings.tell_needed(false, at(1)),
            None,
            "all of them at first"
        );
        for second in 2..7 {
            encodings.need(1, at(second));
        }
        assert_eq!(encodings.tell_needed(false, at(6)), Some(rids(&["l"])));
        assert_eq!(encodings.tell_needed(false, at(7)), None, "told already");
        encodings.need(3, at(7));
        assert_eq!(encodings.tell_needed(false, at(7)), Some(rids(&["l", "h"])));
        encodings.need(3, at(12));
        encodings.need(1, at(12));
        assert_eq!(
            encodings.tell_needed(false, at(12)),
            Some(rids(&["l", "h"])),
            "again"
        );
        assert_eq!(
            encodings.tell_needed(false, at(20)),
            Some(Vec::new()),
            "nobody looks"
        );
        for ssrc in 1..4 {
            encodings.need(ssrc, at(21));
        }
        assert_eq!(
            encodings.tell_needed(false, at(21)),
            Some(rids(&["l", "m", "h"]))
        );
        for ssrc in 1..4 {
            encodings.need(ssrc, at(25));
        }
        assert_eq!(encodings.tell_needed(false, at(25)), None);
        assert_eq!(
            encodings.tell_needed(false, at(26)),
            Some(rids(&["l", "m", "h"])),
            "it may not have learned that it is to send everything"
        );
    }

    #[test]
    fn a_layer_that_never_came_is_needed_where_no_other_is_large_enough() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        encodings.announce(rids(&["l", "h"]));
        encodings.count(1, Some("l".into()), 0, 100, start);
        assert_eq!(encodings.tell_needed(true, start), None, "all");
        assert_eq!(encodings.tell_needed(false, start), Some(rids(&["l"])));
        assert_eq!(encodings.tell_needed(true, start), Some(rids(&["l", "h"])));
    }

    #[test]
    fn key_frames_are_asked_once_for_all() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        encodings.count(1, None, 0, 100, start);
        assert_eq!(encodings.need_key_frame(1, start), Some(None));
        assert_eq!(encodings.need_key_frame(1, start), None, "just asked");
        assert!(encodings.due_key_frames(start).is_empty());
        let later = start + KEY_FRAME_INTERVAL;
        assert_eq!(encodings.due_key_frames(later), vec![None], "none came");
        assert!(encodings.due_key_frames(later).is_empty());
        encodings.got_key_frame(1, None);
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
        encodings.count(1, None, 0, 100, start);
        assert_eq!(encodings.need_key_frame(1, start), Some(None));
        assert!(encodings.due_key_frames(start + SILENT_AFTER).is_empty());
    }

    #[test]
    fn a_flood_of_encodings_stays_bounded() {
        let start = Instant::now();
        let mut encodings = Encodings::default();
        for ssrc in 0..1000 {
            encodings.count(ssrc, Some(format!("r{ssrc}").as_str().into()), 0, 1, start);
        }
        assert!(encodings.all.len() <= MAX_ENCODINGS);
        assert_eq!(encodings.offered(start).len(), MAX_ENCODINGS);
    }
}
