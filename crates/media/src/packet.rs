//! A packet of a participant, on its way through the hub.

use std::sync::Arc;
use std::time::Instant;

use str0m::rtp::{RtpHeader, SeqNo};

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

impl From<str0m::rtp::RtpPacket> for RtpPacket {
    fn from(packet: str0m::rtp::RtpPacket) -> Self {
        Self {
            seq_no: packet.seq_no,
            header: packet.header,
            payload: packet.payload,
            timestamp: packet.timestamp,
        }
    }
}
