//! Sound that survives loss: each packet brings the ones before it along
//! (RED, RFC 2198).
//!
//! What a sender brings along is unpacked where it arrives, so that the rest of
//! the hub sees whole streams of plain packets; towards a receiver whose network
//! loses packets they are packed again. So the losses of the way in and the way
//! out do not add up, and a receiver that knows no RED has the use of its
//! sender's.

use std::collections::VecDeque;
use std::sync::Arc;

use str0m::media::Pt;
use str0m::rtp::ExtensionValues;

use crate::packet::{MAX_PAYLOAD, RtpPacket};

/// Blocks read from one packet; browsers send one or two besides the packet itself.
const MAX_BLOCKS: usize = 8;
/// The longest earlier packet that fits (10 bits).
const MAX_LENGTH: usize = 1023;
/// The furthest back that can be said (14 bits), in ticks of the RTP clock.
const MAX_OFFSET: u32 = (1 << 14) - 1;
/// Packets kept to be brought along.
const MAX_DEPTH: usize = 2;

/// An earlier packet inside another.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    payload_type: u8,
    /// How long before the packet, in ticks of the RTP clock.
    offset: u32,
    payload: &'a [u8],
}

/// Takes a payload apart: the earlier packets, oldest first, and the packet itself.
fn parse(payload: &[u8]) -> Option<(Vec<Block<'_>>, &[u8])> {
    let mut heads = Vec::new();
    let mut rest = payload;
    while rest.first()? & 0x80 != 0 {
        let ([first, a, b, c], after) = rest.split_first_chunk()?;
        let bits = u32::from_be_bytes([0, *a, *b, *c]);
        heads.push((first & 0x7f, bits >> 10, (bits & 0x3ff) as usize));
        rest = after;
        if heads.len() > MAX_BLOCKS {
            return None;
        }
    }
    rest = rest.get(1..)?;
    let mut blocks = Vec::with_capacity(heads.len());
    for (payload_type, offset, length) in heads {
        let (payload, after) = rest.split_at_checked(length)?;
        blocks.push(Block {
            payload_type,
            offset,
            payload,
        });
        rest = after;
    }
    Some((blocks, rest))
}

/// Puts a packet and earlier ones (oldest first, with their offsets) together.
fn build(payload_type: u8, earlier: &[(u32, &[u8])], payload: &[u8]) -> Vec<u8> {
    let lengths: usize = earlier.iter().map(|(_, payload)| 4 + payload.len()).sum();
    let mut bytes = Vec::with_capacity(lengths + 1 + payload.len());
    for (offset, payload) in earlier {
        let bits = offset << 10 | (payload.len() as u32 & 0x3ff);
        let [_, a, b, c] = bits.to_be_bytes();
        bytes.extend([0x80 | payload_type, a, b, c]);
    }
    bytes.push(payload_type);
    for (_, payload) in earlier {
        bytes.extend_from_slice(payload);
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// Which of a sender's packets have come, so that each is passed on once,
/// whether by itself or inside another.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    ssrc: u32,
    highest: Option<u64>,
    /// Bit n: the n-th before the highest has come.
    come: u64,
}

impl Arrivals {
    /// Queues a packet, before it those inside it that were missing. `red`: it
    /// is RED, and this is the payload type of what is inside.
    pub(crate) fn take(
        &mut self,
        mut packet: RtpPacket,
        red: Option<Pt>,
        queue: &mut VecDeque<RtpPacket>,
    ) {
        if self.ssrc != *packet.header.ssrc {
            *self = Self {
                ssrc: *packet.header.ssrc,
                ..Self::default()
            };
        }
        if !self.note(*packet.seq_no) {
            return;
        }
        if let Some(inside) = red {
            let bytes = Arc::clone(&packet.payload);
            let Some((blocks, primary)) = parse(&bytes) else {
                return;
            };
            packet.header.payload_type = inside;
            self.recover(&packet, &blocks, queue);
            packet.payload = Arc::from(primary);
        }
        queue.push_back(packet);
    }

    fn recover(
        &mut self,
        packet: &RtpPacket,
        blocks: &[Block<'_>],
        queue: &mut VecDeque<RtpPacket>,
    ) {
        // The nearest is the packet before; the others are as many before as
        // their offset is a multiple of its.
        let Some(step) = blocks
            .last()
            .map(|block| block.offset)
            .filter(|step| *step > 0)
        else {
            return;
        };
        for block in blocks {
            let back = u64::from(block.offset / step);
            let sequence = packet.seq_no.checked_sub(back);
            let Some(sequence) = sequence.filter(|_| block.offset.is_multiple_of(step)) else {
                continue;
            };
            let is_ours = block.payload_type == *packet.header.payload_type;
            if !is_ours || block.payload.is_empty() || !self.note(sequence) {
                continue;
            }
            let mut earlier = packet.clone();
            earlier.seq_no = sequence.into();
            earlier.header.sequence_number = sequence as u16;
            earlier.header.timestamp = packet.header.timestamp.wrapping_sub(block.offset);
            earlier.header.marker = false;
            // Extensions speak of the packet they came with.
            earlier.header.ext_vals = ExtensionValues::default();
            earlier.payload = Arc::from(block.payload);
            queue.push_back(earlier);
        }
    }

    /// Notes a packet; `false` when it has come before, or is too old to tell.
    fn note(&mut self, sequence: u64) -> bool {
        let Some(highest) = self.highest else {
            // Nothing before the first is missed.
            (self.highest, self.come) = (Some(sequence), u64::MAX);
            return true;
        };
        if let Some(ahead) = sequence.checked_sub(highest).filter(|ahead| *ahead > 0) {
            let shifted = u32::try_from(ahead).ok();
            let come = shifted.and_then(|ahead| self.come.checked_shl(ahead));
            self.come = come.unwrap_or(0) | 1;
            self.highest = Some(sequence);
            return true;
        }
        let bit = u32::try_from(highest - sequence).ok();
        let Some(bit) = bit.and_then(|back| 1u64.checked_shl(back)) else {
            return false;
        };
        let is_new = self.come & bit == 0;
        self.come |= bit;
        is_new
    }
}

/// The last packets written to a receiver's slot, to be brought along.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<Written>);

#[derive(Debug)]
struct Written {
    sequence: u64,
    timestamp: u32,
    payload: Arc<[u8]>,
}

impl History {
    /// Remembers a packet, and gives the payload that brings up to `depth`
    /// earlier ones along; nothing when there are none.
    pub(crate) fn pack(
        &mut self,
        depth: usize,
        payload_type: Pt,
        (sequence, timestamp): (u64, u32),
        payload: &Arc<[u8]>,
    ) -> Option<Vec<u8>> {
        let is_newest = self.0.back().is_none_or(|last| last.sequence < sequence);
        let mut earlier: Vec<(u32, &[u8])> = Vec::new();
        for one in &self.0 {
            let offset = timestamp.wrapping_sub(one.timestamp);
            let is_near = sequence.saturating_sub(one.sequence) <= depth as u64;
            let fits = (1..=MAX_OFFSET).contains(&offset) && one.payload.len() <= MAX_LENGTH;
            if is_newest && is_near && fits {
                earlier.push((offset, &one.payload));
            }
        }
        let nearest = self.0.back().map(|last| last.sequence + 1);
        // Without the one right before, a receiver could not tell which ones these are.
        let packed = (!earlier.is_empty() && nearest == Some(sequence))
            .then(|| build(*payload_type, &earlier, payload))
            .filter(|packed| packed.len() <= MAX_PAYLOAD);
        if is_newest {
            self.0.push_back(Written {
                sequence,
                timestamp,
                payload: Arc::clone(payload),
            });
            if self.0.len() > MAX_DEPTH {
                self.0.pop_front();
            }
        }
        packed
    }
}

/// How many earlier packets a receiver's losses ask for.
#[derive(Debug)]
pub(crate) struct Protection {
    depth: usize,
    /// Reports in a row that spoke of next to no loss.
    calm: u32,
}

/// Above this share of lost packets one earlier packet is brought along.
const LOSSY: f32 = 0.01;
/// Above this two are.
const VERY_LOSSY: f32 = 0.08;
/// Reports (one each five seconds) without loss until the trouble is taken as over.
const CALM_REPORTS: u32 = 3;

impl Default for Protection {
    /// Until a receiver has reported, its network is taken for a bad one.
    fn default() -> Self {
        Self {
            depth: 1,
            calm: CALM_REPORTS - 1,
        }
    }
}

impl Protection {
    /// Takes the share of packets lost on the way to the receiver, 0 to 1.
    pub(crate) fn report(&mut self, loss: f32) {
        let wanted = match loss {
            loss if loss > VERY_LOSSY => 2,
            loss if loss > LOSSY => 1,
            _ => 0,
        };
        if wanted >= self.depth {
            (self.depth, self.calm) = (wanted, 0);
            return;
        }
        self.calm += 1;
        if self.calm >= CALM_REPORTS {
            (self.depth, self.calm) = (wanted, 0);
        }
    }

    /// How many earlier packets to bring along.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_parsed() {
        let built = build(111, &[(1920, &[1, 2, 3]), (960, &[4])], &[5, 6]);
        let (blocks, primary) = parse(&built).unwrap();
        let block = |offset, payload| Block {
            payload_type: 111,
            offset,
            payload,
        };
        assert_eq!(blocks, [block(1920, &[1, 2, 3][..]), block(960, &[4])]);
        assert_eq!(primary, [5, 6]);
        assert_eq!(parse(&[111, 9]).unwrap(), (vec![], &[9][..]));
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let built = build(111, &[(1920, &[1, 2, 3]), (960, &[4])], &[]);
        for length in 0..built.len() {
            assert!(parse(&built[..length]).is_none(), "{length}");
        }
        assert!(parse(&[0xff; 400]).is_none());
    }

    #[test]
    fn each_packet_is_noted_once() {
        let mut arrivals = Arrivals::default();
        assert!(arrivals.note(100));
        assert!(!arrivals.note(99), "nothing before the first");
        assert!(arrivals.note(103));
        assert!(!arrivals.note(103));
        assert!(arrivals.note(101), "late");
        assert!(!arrivals.note(101));
        assert!(arrivals.note(102));
        assert!(arrivals.note(103 + 63));
        assert!(arrivals.note(103 + 200));
        assert!(!arrivals.note(150), "too old to tell");
        assert!(arrivals.note(302));
    }

    #[test]
    fn earlier_packets_are_brought_along_as_far_back_as_asked() {
        let mut history = History::default();
        let payload = |byte: u8| Arc::<[u8]>::from([byte, byte]);
        let mut pack = |depth, n: u64| {
            let numbers = (n, n as u32 * 960);
            let packed = history.pack(depth, 111.into(), numbers, &payload(n as u8));
            packed.map(|bytes| {
                let (blocks, primary) = parse(&bytes).unwrap();
                assert_eq!(primary, [n as u8; 2]);
                let inside = blocks.iter().map(|block| (block.offset, block.payload[0]));
                inside.collect::<Vec<_>>()
            })
        };
        assert_eq!(pack(1, 1), None, "nothing before");
        assert_eq!(pack(0, 2), None);
        assert_eq!(pack(1, 3), Some(vec![(960, 2)]));
        assert_eq!(pack(2, 4), Some(vec![(1920, 2), (960, 3)]));
        assert_eq!(pack(2, 6), None, "the one before was never there");
        assert_eq!(pack(2, 5), None, "late");
        assert_eq!(pack(2, 7), Some(vec![(960, 6)]));
    }

    #[test]
    fn nothing_is_brought_along_that_would_not_fit_a_packet() {
        let mut history = History::default();
        let mut pack = |n: u64, length| {
            let payload = vec![0; length].into();
            let numbers = (n, n as u32 * 960);
            let packed = history.pack(2, 111.into(), numbers, &payload);
            packed.map(|packed| packed.len())
        };
        assert_eq!(pack(1, 1000), None);
        assert_eq!(pack(2, 300), Some(1000 + 300 + 5));
        assert_eq!(pack(3, 300), None, "1000 and 300 beside it");
        assert_eq!(pack(4, 300), Some(3 * 300 + 9));
    }

    #[test]
    fn protection_follows_loss_up_at_once_and_down_when_it_is_over() {
        let mut protection = Protection::default();
        assert_eq!(protection.depth(), 1, "before anything is known");
        protection.report(0.0);
        assert_eq!(protection.depth(), 0);
        protection.report(0.05);
        assert_eq!(protection.depth(), 1);
        protection.report(0.3);
        assert_eq!(protection.depth(), 2);
        for _ in 1..CALM_REPORTS {
            protection.report(0.0);
            assert_eq!(protection.depth(), 2);
        }
        protection.report(0.0);
        assert_eq!(protection.depth(), 0);
    }
}
