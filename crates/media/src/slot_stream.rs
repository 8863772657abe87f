//! The unbroken stream that a receiver sees in one slot, made of packets from
//! whoever is in the slot now.
//!
//! Sequence numbers, timestamps and VP8 picture ids go on where the last source
//! stopped (RFC 3550 section 5.1, RFC 7741 section 4.2), so a receiver notices
//! nothing when the source changes. A video source changes only at a key frame;
//! until it comes the old source goes on.
//!
//! What a source leaves out of its numbers is left out of the slot's, so that a
//! receiver misses what it misses; but only so much. A receiver guesses the upper
//! bits of a number from the last that it got (RFC 3711 section 3.3.1), and who
//! made it guess wrong would end the slot for all sources that come after.

use std::time::{Duration, Instant};

use str0m::rtp::Vp8Descriptor;
use vdx_domain::CallId;

use crate::frame::{PictureIds, VideoHead};

/// One encoding of one source: what can be forwarded into a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Layer {
    /// Who sends it.
    pub(crate) source: CallId,
    /// Under which SSRC. Simulcast layers differ by it.
    pub(crate) ssrc: u32,
}

impl Layer {
    /// A mix, which is no stream of anybody and so has no SSRC.
    pub(crate) fn of_mix(mix: CallId) -> Self {
        Self {
            source: mix,
            ssrc: 0,
        }
    }
}

/// An incoming packet as far as rewriting is concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming<'a> {
    pub(crate) layer: Layer,
    /// Extended sequence number.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    /// For video.
    pub(crate) head: Option<&'a VideoHead>,
    /// When it reached the hub.
    pub(crate) arrived: Instant,
}

/// What the packet is rewritten to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rewritten {
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) picture: Option<PictureIds>,
    /// The packet is the first of its source in this slot.
    pub(crate) switched: bool,
}

/// An instant that two sources share, where one of them goes on with what the
/// other was bringing: a mix with a voice that is in it, or the other way round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joint {
    /// Who was in the slot.
    pub(crate) from: CallId,
    /// The instant, in its timestamps.
    pub(crate) at: u32,
    /// Who goes on.
    pub(crate) to: CallId,
    /// The same instant, in the timestamps of `to`.
    pub(crate) is: u32,
}

/// How long an old source goes on while the new one's key frame is awaited.
const OLD_SOURCE_GOES_ON: Duration = Duration::from_secs(1);

/// Most numbers that are left out at once, and how many each packet allows to be
/// left out again. Of 2^15 that a receiver can miss in a row and still guess right,
/// these take less than a third while it misses 700 packets.
const MOST_LEFT_OUT: u64 = 3_000;
const LEFT_OUT_A_PACKET: u64 = 8;

/// The state of one slot.
#[derive(Debug)]
pub(crate) struct SlotStream {
    clock_rate: u32,
    wanted: Option<Layer>,
    wanted_since: Option<Instant>,
    current: Option<Mapping>,
    joint: Option<Joint>,
    last: Last,
    /// How many numbers may be left out.
    slack: u64,
}

/// How the current source's numbers map to the slot's.
#[derive(Debug, Clone, Copy)]
struct Mapping {
    layer: Layer,
    /// The first sequence number forwarded; older ones are late and dropped.
    first_in: u64,
    /// What `first_in` became.
    first_out: u64,
    timestamp_offset: u32,
    picture_offset: u16,
    tl0_offset: u8,
}

/// The newest numbers the receiver has seen.
#[derive(Debug, Clone, Copy)]
struct Last {
    sequence: u64,
    timestamp: u32,
    arrived: Option<Instant>,
    picture_id: u16,
    tl0_pic_idx: u8,
}

impl SlotStream {
    /// An empty slot. `first_sequence` must be below 2^15, so that the receiver
    /// starts with a roll-over counter of 0 (RFC 3711 section 3.3.1).
    pub(crate) fn new(clock_rate: u32, first_sequence: u16) -> Self {
        Self {
            clock_rate,
            wanted: None,
            wanted_since: None,
            current: None,
            joint: None,
            last: Last {
                sequence: u64::from(first_sequence & 0x7fff),
                timestamp: u32::from(first_sequence).wrapping_mul(7919),
                arrived: None,
                picture_id: first_sequence & 0x7fff,
                tl0_pic_idx: 0,
            },
            slack: MOST_LEFT_OUT,
        }
    }

    /// Says what shall be in the slot. `None` empties it at once.
    pub(crate) fn want(&mut self, layer: Option<Layer>, now: Instant) {
        if layer.is_none() {
            self.current = None;
        }
        if self.wanted != layer {
            self.wanted = layer;
            self.wanted_since = layer.map(|_| now);
        }
    }

    /// Forgets who is, shall be and was expected in the slot. Its numbers go on.
    pub(crate) fn clear(&mut self) {
        self.wanted = None;
        self.wanted_since = None;
        self.current = None;
        self.joint = None;
    }

    /// Says where a coming source goes on with what the current one brings, so
    /// that nothing is left out or heard twice, whatever time passes between.
    pub(crate) fn join(&mut self, joint: Joint) {
        self.joint = Some(joint);
    }

    /// Stops the current source when it is not allowed any more or the wait
    /// for the wanted one has been long enough.
    pub(crate) fn expire(&mut self, still_here: impl Fn(CallId) -> bool, now: Instant) {
        let waited = self
            .wanted_since
            .map(|since| now.saturating_duration_since(since));
        let gone = self
            .current
            .is_some_and(|current| !still_here(current.layer.source));
        let other_source = self.current.map(|c| c.layer.source) != self.wanted.map(|w| w.source);
        if gone || (other_source && waited.is_some_and(|waited| waited > OLD_SOURCE_GOES_ON)) {
            self.current = None;
        }
    }

    /// The layer that is awaited: its key frame is needed.
    pub(crate) fn awaiting(&self) -> Option<Layer> {
        let current = self.current.map(|current| current.layer);
        self.wanted.filter(|wanted| Some(*wanted) != current)
    }

    /// The layer that is forwarded now.
    pub(crate) fn forwarding(&self) -> Option<Layer> {
        self.current.map(|current| current.layer)
    }

    /// Rewrites a packet, or `None` when it has no place in this slot.
    pub(crate) fn forward(&mut self, packet: &Incoming<'_>) -> Option<Rewritten> {
        let switched = self.begins_here(packet);
        if switched {
            self.current = Some(self.mapping(packet));
            self.wanted_since = None;
            self.joint = None;
        }
        let mut mapping = self
            .current
            .filter(|current| current.layer == packet.layer)?;
        let sequence = self.number(&mut mapping, packet.sequence)?;
        self.current = Some(mapping);
        let timestamp = packet.timestamp.wrapping_add(mapping.timestamp_offset);
        let picture = packet
            .head
            .and_then(|head| head.vp8)
            .and_then(|descriptor| mapping.picture(&descriptor));
        self.remember(packet, &mapping, sequence, timestamp);
        Some(Rewritten {
            sequence,
            timestamp,
            picture,
            switched,
        })
    }

    /// The number of a packet in the slot; `None` for one from before its source
    /// was in it. Where too many were left out the source is taken to begin anew,
    /// behind one number that stays out, by which the receiver learns of it.
    fn number(&mut self, mapping: &mut Mapping, incoming: u64) -> Option<u64> {
        let sequence = mapping.outgoing(incoming)?;
        let Some(ahead) = sequence.checked_sub(self.last.sequence + 1) else {
            return Some(sequence);
        };
        let left_out = if ahead <= self.slack {
            ahead
        } else {
            mapping.first_in = incoming;
            mapping.first_out = self.last.sequence + 2;
            1
        };
        let slack = self.slack.saturating_sub(left_out) + LEFT_OUT_A_PACKET;
        self.slack = slack.min(MOST_LEFT_OUT);
        Some(self.last.sequence + 1 + left_out)
    }

    fn begins_here(&self, packet: &Incoming<'_>) -> bool {
        self.awaiting() == Some(packet.layer)
            && packet.head.is_none_or(|head| head.starts_key_frame)
    }

    fn mapping(&self, packet: &Incoming<'_>) -> Mapping {
        let descriptor = packet.head.and_then(|head| head.vp8);
        let elapsed = self.last.arrived.map_or(1, |last| {
            let elapsed = packet.arrived.saturating_duration_since(last).as_micros();
            // Hours at most between two packets of a slot: fits after the modulo.
            let ticks = elapsed * u128::from(self.clock_rate) / 1_000_000;
            u32::try_from(ticks & u128::from(u32::MAX >> 1))
                .unwrap_or(1)
                .max(1)
        });
        let timestamp = self
            .joined(packet)
            .unwrap_or_else(|| self.last.timestamp.wrapping_add(elapsed));
        let picture_id = descriptor.and_then(|d| d.picture_id()).unwrap_or(0);
        let tl0 = descriptor.and_then(|d| d.tl0_pic_idx()).unwrap_or(0);
        Mapping {
            layer: packet.layer,
            first_in: packet.sequence,
            first_out: self.last.sequence + 1,
            timestamp_offset: timestamp.wrapping_sub(packet.timestamp),
            picture_offset: self
                .last
                .picture_id
                .wrapping_add(1)
                .wrapping_sub(picture_id),
            tl0_offset: self.last.tl0_pic_idx.wrapping_add(1).wrapping_sub(tl0),
        }
    }

    /// The timestamp of a packet that goes on where the current source is.
    fn joined(&self, packet: &Incoming<'_>) -> Option<u32> {
        let (joint, current) = (self.joint?, self.current?);
        let fits = joint.from == current.layer.source && joint.to == packet.layer.source;
        let since = packet.timestamp.wrapping_sub(joint.is);
        let timestamp = joint
            .at
            .wrapping_add(since)
            .wrapping_add(current.timestamp_offset);
        let ahead = timestamp.wrapping_sub(self.last.timestamp).cast_signed() > 0;
        (fits && ahead).then_some(timestamp)
    }

    fn remember(
        &mut self,
        packet: &Incoming<'_>,
        mapping: &Mapping,
        sequence: u64,
        timestamp: u32,
    ) {
        if sequence < self.last.sequence {
            return;
        }
        self.last.sequence = sequence;
        self.last.timestamp = timestamp;
        self.last.arrived = Some(packet.arrived);
        if let Some(descriptor) = packet.head.and_then(|head| head.vp8) {
            if let Some(id) = descriptor.picture_id() {
                self.last.picture_id = id.wrapping_add(mapping.picture_offset) & 0x7fff;
            }
            if let Some(tl0) = descriptor.tl0_pic_idx() {
                self.last.tl0_pic_idx = tl0.wrapping_add(mapping.tl0_offset);
            }
        }
    }
}

impl Mapping {
    /// What a number of the source becomes.
    fn outgoing(&self, incoming: u64) -> Option<u64> {
        let ahead = incoming.checked_sub(self.first_in)?;
        self.first_out.checked_add(ahead)
    }

    /// The VP8 ids as the receiver must see them, or `None` where the payload
    /// has none.
    fn picture(&self, descriptor: &Vp8Descriptor) -> Option<PictureIds> {
        let id = descriptor.picture_id();
        let tl0 = descriptor.tl0_pic_idx();
        (id.is_some() || tl0.is_some()).then(|| PictureIds {
            picture: id.map(|id| id.wrapping_add(self.picture_offset) & 0x7fff),
            tl0: tl0.map(|tl0| tl0.wrapping_add(self.tl0_offset)),
        })
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use str0m::format::Codec;

    use super::*;

    fn layer(source: u128, ssrc: u32) -> Layer {
        Layer {
            source: CallId(uuid(source)),
            ssrc,
        }
    }

    fn uuid(n: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(n)
    }

    fn vp8(key: bool, picture: u16, tl0: u8) -> (Vec<u8>, VideoHead) {
        let [high, low] = (picture | 0x8000).to_be_bytes();
        let payload = vec![0x90, 0xe0, high, low, tl0, 0x20, u8::from(!key), 0, 0];
        let head = VideoHead::read(Codec::Vp8, &payload).unwrap();
        assert_eq!(head.starts_key_frame, key);
        (payload, head)
    }

    struct Feed {
        at: Instant,
        stream: SlotStream,
    }

    impl Feed {
        fn new() -> Self {
            Self {
                at: Instant::now(),
                stream: SlotStream::new(90_000, 1000),
            }
        }

        fn video(
            &mut self,
            layer: Layer,
            sequence: u64,
            timestamp: u32,
            key: bool,
        ) -> Option<Rewritten> {
            self.at += Duration::from_millis(33);
            let picture = u16::try_from(sequence % 0x8000).unwrap();
            let (_, head) = vp8(key, picture, u8::try_from(sequence % 256).unwrap());
            self.stream.forward(&Incoming {
                layer,
                sequence,
                timestamp,
                head: Some(&head),
                arrived: self.at,
            })
        }
    }

    #[test]
    fn video_begins_at_a_key_frame() {
        let mut feed = Feed::new();
        let a = layer(1, 11);
        feed.stream.want(Some(a), feed.at);
        assert_eq!(feed.video(a, 500, 9_000, false), None);
        assert_eq!(feed.stream.awaiting(), Some(a));
        let first = feed.video(a, 501, 12_000, true).unwrap();
        assert!(first.switched);
        assert_eq!(first.sequence, 1001);
        assert_eq!(feed.stream.awaiting(), None);
        let second = feed.video(a, 502, 15_000, false).unwrap();
        assert_eq!(second.sequence, 1002);
        assert_eq!(second.timestamp.wrapping_sub(first.timestamp), 3_000);
    }

    #[test]
    fn a_new_source_goes_on_where_the_old_one_stopped() {
        let mut feed = Feed::new();
        let (a, b) = (layer(1, 11), layer(2, 22));
        feed.stream.want(Some(a), feed.at);
        let old = feed.video(a, 65_535, 4_000_000_000, true).unwrap();
        feed.stream.want(Some(b), feed.at);
        assert_eq!(feed.video(b, 7, 1, false), None, "waits for the key frame");
        let old = feed
            .video(a, 65_536, 4_000_003_000, false)
            .map_or(old, |next| {
                assert_eq!(next.sequence, old.sequence + 1, "the old source goes on");
                next
            });
        let new = feed.video(b, 8, 3_001, true).unwrap();
        assert_eq!(new.sequence, old.sequence + 1);
        let step = new.timestamp.wrapping_sub(old.timestamp);
        assert!(
            (2_900..=3_100).contains(&step),
            "33 ms at 90 kHz, not {step}"
        );
        assert_eq!(feed.video(a, 65_537, 4_000_006_000, false), None);
    }

    #[test]
    fn reordered_packets_keep_their_place_and_late_ones_are_dropped() {
        let mut feed = Feed::new();
        let a = layer(1, 11);
        feed.stream.want(Some(a), feed.at);
        let first = feed.video(a, 100, 0, true).unwrap();
        assert_eq!(
            feed.video(a, 103, 0, false).unwrap().sequence,
            first.sequence + 3
        );
        assert_eq!(
            feed.video(a, 101, 0, false).unwrap().sequence,
            first.sequence + 1
        );
        assert_eq!(feed.video(a, 99, 0, false), None);
    }

    #[test]
    fn an_emptied_slot_forwards_nothing_at_once() {
        let mut feed = Feed::new();
        let a = layer(1, 11);
        feed.stream.want(Some(a), feed.at);
        feed.video(a, 1, 0, true).unwrap();
        feed.stream.want(None, feed.at);
        assert_eq!(feed.video(a, 2, 0, true), None);
    }

    #[test]
    fn an_old_source_does_not_outstay() {
        let mut feed = Feed::new();
        let (a, b) = (layer(1, 11), layer(2, 22));
        feed.stream.want(Some(a), feed.at);
        feed.video(a, 1, 0, true).unwrap();
        feed.stream.want(Some(b), feed.at);
        feed.stream
            .expire(|_| true, feed.at + Duration::from_millis(900));
        assert!(feed.stream.forwarding().is_some());
        feed.stream
            .expire(|_| true, feed.at + Duration::from_millis(1100));
        assert!(feed.stream.forwarding().is_none());
    }

    #[test]
    fn a_source_that_left_stops_at_once() {
        let mut feed = Feed::new();
        let a = layer(1, 11);
        feed.stream.want(Some(a), feed.at);
        feed.video(a, 1, 0, true).unwrap();
        feed.stream.expire(|source| source != a.source, feed.at);
        assert!(feed.stream.forwarding().is_none());
    }

    fn sound(layer: Layer, sequence: u64, timestamp: u32, arrived: Instant) -> Incoming<'static> {
        Incoming {
            layer,
            sequence,
            timestamp,
            head: None,
            arrived,
        }
    }

    #[test]
    fn sound_needs_no_key_frame() {
        let at = Instant::now();
        let mut stream = SlotStream::new(48_000, 5);
        let a = layer(1, 11);
        stream.want(Some(a), at);
        assert!(stream.forward(&sound(a, 40, 960, at)).unwrap().switched);
    }

    #[test]
    fn a_source_that_goes_on_with_anothers_sound_keeps_its_time_exactly() {
        let at = Instant::now();
        let late = at + Duration::from_millis(33);
        let mut stream = SlotStream::new(48_000, 5);
        let (voice, mix) = (layer(1, 11), layer(9, 0));
        stream.want(Some(voice), at);
        let first = stream.forward(&sound(voice, 40, 7_000, at)).unwrap();
        stream.want(Some(mix), at);
        stream.join(Joint {
            from: voice.source,
            at: 7_960,
            to: mix.source,
            is: 500,
        });
        let second = stream.forward(&sound(mix, 1, 500, late)).unwrap();
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(960));
        assert_eq!(second.sequence, first.sequence + 1);
        // And back, from a packet that had come long before.
        stream.want(Some(voice), late);
        stream.join(Joint {
            from: mix.source,
            at: 1_460,
            to: voice.source,
            is: 8_920,
        });
        let third = stream.forward(&sound(voice, 42, 8_920, at)).unwrap();
        assert_eq!(third.timestamp, second.timestamp.wrapping_add(960));
        assert_eq!(third.sequence, second.sequence + 1);
    }

    #[test]
    fn a_joint_never_takes_a_slot_back_in_time() {
        let at = Instant::now();
        let mut stream = SlotStream::new(48_000, 5);
        let (voice, mix) = (layer(1, 11), layer(9, 0));
        stream.want(Some(voice), at);
        let first = stream.forward(&sound(voice, 40, 7_000, at)).unwrap();
        stream.want(Some(mix), at);
        stream.join(Joint {
            from: voice.source,
            at: 5_000,
            to: mix.source,
            is: 500,
        });
        let later = at + Duration::from_millis(20);
        let second = stream.forward(&sound(mix, 1, 500, later)).unwrap();
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(960));
    }
}
