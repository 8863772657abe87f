//! What an encoding sent since its last key frame, kept for a moment.
//!
//! A browser makes no key frame within 300 ms of another, however often it is
//! asked, and one that was just made is made for all layers. Who comes right
//! after it would wait for the next; instead it is given what it missed.

use std::time::{Duration, Instant};

use crate::packet::RtpPacket;

/// How long a key frame and what follows it are kept: until another can be had,
/// with the hub's own throttle and the way to the browser.
const KEPT_FOR: Duration = Duration::from_millis(500);
/// Most packets kept: 500 ms of 4 Mbit/s. A longer beginning is none.
const MOST_PACKETS: usize = 256;

/// The packets since a key frame, the first one being its first.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    packets: Vec<RtpPacket>,
}

impl Beginning {
    /// Takes a packet that was forwarded.
    pub(crate) fn keep(&mut self, packet: RtpPacket, starts_key_frame: bool) {
        // Several parameter sets of one picture may all look like a start.
        let frame = packet.header.timestamp;
        let same = |first: &RtpPacket| first.header.timestamp == frame;
        if starts_key_frame && !self.packets.first().is_some_and(same) {
            self.packets.clear();
        } else if self.packets.is_empty() {
            return;
        }
        if self.packets.len() >= MOST_PACKETS || !self.is_young(packet.timestamp) {
            self.packets = Vec::new();
            return;
        }
        self.packets.push(packet);
    }

    /// Whether a receiver can begin with it.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        !self.packets.is_empty() && self.is_young(now)
    }

    /// The packets in the order they came.
    pub(crate) fn packets(&self) -> &[RtpPacket] {
        &self.packets
    }

    /// Frees what is too old to be of use.
    pub(crate) fn drop_old(&mut self, now: Instant) {
        if !self.is_young(now) {
            self.packets = Vec::new();
        }
    }

    fn is_young(&self, now: Instant) -> bool {
        self.packets
            .first()
            .is_none_or(|first| now.saturating_duration_since(first.timestamp) < KEPT_FOR)
    }
}
