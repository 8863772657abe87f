//! What arrives in one receive section.

use std::collections::HashMap;
use std::time::Instant;

use str0m::media::{MediaKind, Mid};
use str0m::rtp::{RtpPacket, Vp8Descriptor};

use crate::continuity::{Continuity, Counts};
use crate::stamp::{PublisherId, Stamp};

/// What a slot received in a window.
#[derive(Debug, Clone)]
pub struct SlotReport {
    /// The section.
    pub mid: Mid,
    /// Sound or picture.
    pub kind: MediaKind,
    /// By the RTP header's sequence numbers: one unbroken stream, whoever is in the slot.
    pub rtp: Counts,
    /// By the publishers' own numbers, all publishers that were in the slot.
    pub source: Counts,
    /// Packets without a stamp, as padding would be.
    pub unstamped: u64,
    /// Whose packet came last.
    pub publisher: Option<PublisherId>,
    /// When the first packet ever came.
    pub first_packet: Option<Instant>,
    /// When the first key frame was complete; pictures only.
    pub first_key_frame: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct SlotWatch {
    mid: Mid,
    kind: MediaKind,
    rtp: Continuity,
    sources: HashMap<PublisherId, Continuity>,
    unstamped: u64,
    publisher: Option<PublisherId>,
    first_packet: Option<Instant>,
    first_key_frame: Option<Instant>,
    /// RTP timestamp of the key frame that is arriving.
    key_frame: Option<u32>,
}

/// More publishers than this in one slot are not followed.
const MAX_SOURCES: usize = 1024;

impl SlotWatch {
    pub(crate) fn new(mid: Mid, kind: MediaKind) -> Self {
        Self {
            mid,
            kind,
            rtp: Continuity::default(),
            sources: HashMap::new(),
            unstamped: 0,
            publisher: None,
            first_packet: None,
            first_key_frame: None,
            key_frame: None,
        }
    }

    pub(crate) fn mid(&self) -> Mid {
        self.mid
    }

    pub(crate) fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Takes a packet into account and gives its stamp.
    pub(crate) fn note(&mut self, packet: &RtpPacket) -> Option<Stamp> {
        self.rtp.note(*packet.seq_no);
        self.first_packet.get_or_insert(packet.timestamp);
        if self.kind == MediaKind::Video && self.first_key_frame.is_none() {
            self.follow_key_frame(packet);
        }
        let Some(stamp) = Stamp::read(&packet.payload) else {
            self.unstamped += 1;
            return None;
        };
        self.publisher = Some(stamp.publisher);
        if self.sources.len() < MAX_SOURCES || self.sources.contains_key(&stamp.publisher) {
            let source = self.sources.entry(stamp.publisher).or_default();
            source.note(u64::from(stamp.sequence));
        }
        Some(stamp)
    }

    pub(crate) fn begin_window(&mut self) {
        self.rtp.begin_window();
        self.sources.values_mut().for_each(Continuity::begin_window);
        self.unstamped = 0;
    }

    pub(crate) fn report(&self) -> SlotReport {
        let mut source = Counts::default();
        for continuity in self.sources.values() {
            source += continuity.counts();
        }
        SlotReport {
            mid: self.mid,
            kind: self.kind,
            rtp: self.rtp.counts(),
            source,
            unstamped: self.unstamped,
            publisher: self.publisher,
            first_packet: self.first_packet,
            first_key_frame: self.first_key_frame,
        }
    }

    fn follow_key_frame(&mut self, packet: &RtpPacket) {
        let descriptor = Vp8Descriptor::parse(&packet.payload);
        if descriptor.is_ok_and(|d| d.starts_keyframe(&packet.payload)) {
            self.key_frame = Some(packet.header.timestamp);
        }
        if packet.header.marker && self.key_frame == Some(packet.header.timestamp) {
            self.first_key_frame = Some(packet.timestamp);
        }
    }
}
