//! A packet of a participant, on its way through the hub.

use std::sync::Arc;
use std::time::Instant;

use str0m::rtp::{RtpHeader, SeqNo};

/// Longest datagram that is looked at: nothing longer came over Ethernet in one piece.
pub(crate) const MAX_DATAGRAM: usize = 1500;
/// Longest payload that is passed on, so that it reaches every receiver in one
/// piece: over Ethernet and IPv6 (1500 - 40 - 8 bytes) with the longest RTP header
/// written here, its extensions, the number in front of a retransmission and the
/// seal. What senders make is shorter: browsers keep to 1200 bytes with the header,
/// others to 1400.
pub(crate) const MAX_PAYLOAD: usize = MAX_DATAGRAM - 40 - 8 - (12 + 28 + 2 + 16);

/// What str0m gives, and what is found inside RED, which str0m has no way to make.
#[derive(Debug, Clone)]
pub(crate) struct RtpPacket {
    /// Extended: it does not begin anew at 2^16.
    pub(crate) seq_no: SeqNo,
    pub(crate) header: RtpHeader,
    pub(crate) payload: Arc<[u8]>,
    /// When it arrived.
    pub(crate) timestamp: Instant,
}

/// Where extended sequence numbers begin. str0m begins at 0 and goes on below it as
/// numbers do in a computer, at 2^64, where the first packets arrive in another order
/// than they were sent in; from here there is a round of numbers below.
const FIRST_ROUND: u64 = 1 << 16;

/// The number that a packet has here. What is on the wire, its last 16 bits, stays.
fn extended(seq_no: SeqNo) -> SeqNo {
    seq_no.wrapping_add(FIRST_ROUND).into()
}

impl From<str0m::rtp::RtpPacket> for RtpPacket {
    fn from(packet: str0m::rtp::RtpPacket) -> Self {
        Self {
            seq_no: extended(packet.seq_no),
            header: packet.header,
            payload: packet.payload,
            timestamp: packet.timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_before_the_first_that_arrived_comes_before_it() {
        let before_the_first = u64::MAX - 2;
        let numbers = [before_the_first, u64::MAX, 0, 1, 70_000].map(|seq| *extended(seq.into()));
        assert!(numbers.is_sorted(), "{numbers:?}");
        assert_eq!(numbers[0] % (1 << 16), 65_533, "as on the wire");
    }
}
