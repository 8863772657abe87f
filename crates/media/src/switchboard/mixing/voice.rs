//! Whether somebody speaks, packet by packet, and what was said last.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use vdx_domain::CallId;
use vdx_mix::Packet;

use crate::call::KeptPacket;
use crate::packet::RtpPacket;

/// From this level on a packet counts as speech, in dBov (RFC 6464). Speech is
/// at -20 to -40, a quiet room at -60 and below.
const SPEECH: i8 = -55;
/// Payloads up to this size are comfort noise or nothing (DTX), for those who
/// send no levels.
const SILENT_PAYLOAD: usize = 3;
/// How long somebody who pauses still counts as speaking, so that a mix does
/// not come and go between words.
const PAUSE: Duration = Duration::from_secs(1);
/// After so long without a loud packet somebody is between words.
const BETWEEN_WORDS: Duration = Duration::from_millis(60);
/// How long a mix waits for a pause between words to end in: a decoder that
/// goes over to another stream in the middle of a vowel is right again only
/// after some 60 ms, in which the voice would be too quiet.
const WAIT_FOR_PAUSE: Duration = Duration::from_secs(3);
/// Packets remembered of each voice: more than the 80 ms that a decoder needs to
/// begin in the middle (RFC 7845 section 4.6), and what waits in a mixer.
const REMEMBERED: usize = 12;

/// One who may be heard in a shared slot.
#[derive(Debug, Default)]
pub(super) struct Voice {
    last_loud: Option<Instant>,
    packets: VecDeque<KeptPacket>,
}

impl Voice {
    /// Hears how loud a packet is, in dBov where it says so, before it is
    /// remembered.
    pub(super) fn hear(&mut self, level: Option<i8>, payload: usize, at: Instant) -> Heard {
        let loud = match level {
            Some(level) => level >= SPEECH,
            None => payload > SILENT_PAYLOAD,
        };
        let heard = match loud {
            true if self.speaks(at) => Heard::Goes,
            true => Heard::Begins,
            false => Heard::Silent,
        };
        if loud {
            self.last_loud = Some(at);
        }
        heard
    }

    /// Remembers a packet.
    pub(super) fn remember(&mut self, packet: &RtpPacket) {
        if self.packets.len() == REMEMBERED {
            self.packets.pop_front();
        }
        self.packets.push_back(KeptPacket::of(packet));
    }

    /// Whether this one speaks, short pauses aside.
    fn speaks(&self, now: Instant) -> bool {
        self.spoke_within(PAUSE, now)
    }

    fn spoke_within(&self, length: Duration, now: Instant) -> bool {
        let since = |last| now.saturating_duration_since(last);
        self.last_loud.is_some_and(|last| since(last) < length)
    }

    /// The last packets, in the order they came.
    pub(super) fn packets(&self) -> impl DoubleEndedIterator<Item = &KeptPacket> {
        self.packets.iter()
    }

    /// The same for a mixer, in the order they were sent and each once.
    pub(super) fn to_mix(&self) -> Vec<Packet> {
        let mut packets: Vec<Packet> = self.packets.iter().map(kept_to_mix).collect();
        packets.sort_by_key(|packet| packet.sequence);
        packets.dedup_by_key(|packet| packet.sequence);
        packets
    }

    /// When the packet after the last one is to be expected.
    pub(super) fn next_expected(&self) -> Option<Instant> {
        let last = self.packets.back()?;
        let samples = vdx_mix::duration(&last.payload).ok()?;
        let length = Duration::from_secs(1) / vdx_mix::SAMPLE_RATE * u32::try_from(samples).ok()?;
        Some(last.arrived + length)
    }
}

/// What a packet says of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Somebody begins to speak.
    Begins,
    /// Somebody goes on speaking.
    Goes,
    /// Nothing is said.
    Silent,
}

/// Those who may be heard, who spoke last first; and how many of them speak.
/// Of those who did so `before`, one who fell silent still counts while another
/// is in the middle of a word, for a mix must not end there.
pub(super) fn floor(
    voices: &HashMap<CallId, Voice>,
    before: &[CallId],
    now: Instant,
) -> (Vec<CallId>, usize) {
    let mut order: Vec<(CallId, &Voice)> = voices.iter().map(|(id, v)| (*id, v)).collect();
    order.sort_by_key(|(id, voice)| (Reverse(voice.last_loud), *id));
    let in_a_word = order
        .first()
        .is_some_and(|(_, voice)| voice.spoke_within(BETWEEN_WORDS, now));
    let counts = |(id, voice): &&(CallId, &Voice)| {
        let lingers = in_a_word && before.contains(id) && voice.spoke_within(WAIT_FOR_PAUSE, now);
        voice.speaks(now) || lingers
    };
    let speaking = order.iter().take_while(counts).count();
    (order.into_iter().map(|(id, _)| id).collect(), speaking)
}

/// A packet as a mixer takes it.
pub(super) fn packet_to_mix(packet: &RtpPacket) -> Packet {
    Packet {
        sequence: *packet.seq_no,
        timestamp: packet.header.timestamp,
        payload: packet.payload.clone(),
    }
}

fn kept_to_mix(packet: &KeptPacket) -> Packet {
    Packet {
        sequence: packet.sequence,
        timestamp: packet.timestamp,
        payload: packet.payload.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> CallId {
        CallId(uuid::Uuid::from_u128(n))
    }

    /// Two who talk; who speaks is told every 20 ms.
    struct Talk {
        voices: HashMap<CallId, Voice>,
        before: Vec<CallId>,
        now: Instant,
    }

    impl Talk {
        fn new() -> Self {
            Self {
                voices: (1..=2).map(|n| (id(n), Voice::default())).collect(),
                before: Vec::new(),
                now: Instant::now(),
            }
        }

        /// Goes on for `millis`, in which these speak; who counts as speaking
        /// at the end.
        fn go_on(&mut self, millis: u32, speaking: &[u128]) -> Vec<CallId> {
            for _ in 0..millis / 20 {
                self.now += Duration::from_millis(20);
                for (voice, n) in [1, 2].map(|n| (id(n), n)) {
                    let level = if speaking.contains(&n) { -20 } else { -90 };
                    let voice = self.voices.get_mut(&voice).unwrap();
                    voice.hear(Some(level), 80, self.now);
                }
                let (order, count) = floor(&self.voices, &self.before, self.now);
                self.before = order[..count].to_vec();
                self.before.sort_unstable();
            }
            self.before.clone()
        }
    }

    #[test]
    fn one_who_pauses_still_speaks_and_one_who_is_silent_does_not() {
        let mut talk = Talk::new();
        assert!(talk.go_on(200, &[]).is_empty());
        assert_eq!(talk.go_on(20, &[1]), [id(1)], "with the first packet");
        assert_eq!(talk.go_on(960, &[]), [id(1)]);
        assert!(talk.go_on(60, &[]).is_empty());
    }

    #[test]
    fn a_mix_ends_between_words_or_when_no_pause_comes() {
        let mut talk = Talk::new();
        talk.go_on(200, &[1, 2]);
        assert_eq!(talk.go_on(1_500, &[1]), [id(1), id(2)], "in a word");
        assert_eq!(talk.go_on(80, &[]), [id(1)], "between words");
        assert_eq!(talk.go_on(500, &[1]), [id(1)], "and it stays so");

        talk.go_on(200, &[1, 2]);
        assert_eq!(talk.go_on(2_900, &[1]), [id(1), id(2)]);
        assert_eq!(talk.go_on(200, &[1]), [id(1)], "no pause came");
    }

    #[test]
    fn without_levels_what_is_sent_is_speech_unless_it_is_nothing() {
        let now = Instant::now();
        let mut voice = Voice::default();
        assert_eq!(voice.hear(None, 2, now), Heard::Silent);
        assert_eq!(voice.hear(None, 60, now), Heard::Begins);
        assert_eq!(voice.hear(None, 60, now), Heard::Goes);
        assert_eq!(voice.hear(Some(-80), 60, now), Heard::Silent);
    }
}
