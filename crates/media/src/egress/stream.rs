//! One stream to a receiver: its numbers on the wire, the packets that may
//! have to be sent again (RFC 4588), and what its sender reports tell.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::rtp::{Extension, ExtensionMap};

use super::rtcp::{Reception, SenderReport};
use super::source::{Source, Unused};
use crate::frame::PictureIds;

/// Packets kept for retransmission, and for how long.
const MAX_CACHED: usize = 512;
const CACHED_FOR: Duration = Duration::from_secs(1);
/// A packet that is asked for again sooner is on its way already.
const RESEND_PAUSE: Duration = Duration::from_millis(20);
/// A stream without packets for so long is not reported on.
const QUIET: Duration = Duration::from_secs(5);

/// Identifiers of header extensions (RFC 8285) as the receiver wants them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ExtensionIds {
    pub(super) mid: Option<u8>,
    pub(super) transport_wide: Option<u8>,
    pub(super) audio_level: Option<u8>,
    pub(super) orientation: Option<u8>,
}

impl ExtensionIds {
    pub(super) fn of(map: &ExtensionMap) -> Self {
        // The one-byte form, which is written here, ends at 14.
        let id = |extension| map.id_of(extension).filter(|id| (1..=14).contains(id));
        Self {
            mid: id(Extension::RtpMid),
            transport_wide: id(Extension::TransportSequenceNumber),
            audio_level: id(Extension::AudioLevel),
            orientation: id(Extension::VideoOrientation),
        }
    }
}

/// A packet as the receiver shall see it.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) payload_type: u8,
    /// The payload type of its retransmission; `None` = it is not repeated.
    pub(crate) rtx_payload_type: Option<u8>,
    /// Extended sequence number.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// RFC 6464, as on the wire.
    pub(crate) audio_level: Option<u8>,
    /// Coordination of video orientation, as on the wire.
    pub(crate) orientation: Option<u8>,
    pub(crate) payload: Arc<[u8]>,
    /// Ids that differ from those in the payload.
    pub(crate) picture: Option<PictureIds>,
    /// When it reached the hub; what is sent late is of then all the same.
    pub(crate) arrived: Instant,
}

#[derive(Debug)]
struct Cached {
    media: Media,
    first_sent: Instant,
    sent: Instant,
}

/// A stream's header on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'a> {
    pub(super) payload_type: u8,
    pub(super) marker: bool,
    pub(super) padding: bool,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) ssrc: u32,
    pub(super) mid: Option<&'a str>,
    pub(super) transport_wide: Option<u16>,
    pub(super) audio_level: Option<u8>,
    pub(super) orientation: Option<u8>,
}

impl Header<'_> {
    /// Appends the header; gives its length.
    pub(super) fn write(&self, ids: ExtensionIds, out: &mut Vec<u8>) -> usize {
        let start = out.len();
        let padding = if self.padding { 0x20 } else { 0 };
        let marker = if self.marker { 0x80 } else { 0 };
        out.extend([0x90 | padding, marker | self.payload_type]);
        out.extend(self.sequence.to_be_bytes());
        out.extend(self.timestamp.to_be_bytes());
        out.extend(self.ssrc.to_be_bytes());
        out.extend([0xbe, 0xde, 0, 0]);
        let first = out.len();
        let mut extension = |id: Option<u8>, value: &[u8]| {
            // 1 to 16 bytes is what the one-byte form can say.
            if let (Some(id), 1..=16) = (id, value.len()) {
                out.push(id << 4 | (value.len() as u8 - 1));
                out.extend_from_slice(value);
            }
        };
        if let Some(number) = self.transport_wide {
            extension(ids.transport_wide, &number.to_be_bytes());
        }
        if let Some(level) = self.audio_level {
            extension(ids.audio_level, &[level]);
        }
        if let Some(orientation) = self.orientation {
            extension(ids.orientation, &[orientation]);
        }
        if let Some(mid) = self.mid {
            extension(ids.mid, mid.as_bytes());
        }
        out.resize(first + (out.len() - first).next_multiple_of(4), 0);
        let words = ((out.len() - first) / 4) as u8;
        if let Some(place) = out.get_mut(first - 1) {
            *place = words;
        }
        out.len() - start
    }
}

/// One slot's stream.
#[derive(Debug)]
pub(crate) struct SlotSender {
    source: Source,
    rtx: Option<Source>,
    mid: String,
    name: String,
    clock_rate: u32,
    pub(super) ids: ExtensionIds,
    /// The receiver has told that it knows which section the stream belongs to.
    bound: bool,
    rtx_bound: bool,
    next_rtx: u64,
    cache: VecDeque<Cached>,
    packets: u32,
    bytes: u32,
    last: Option<(u32, Instant)>,
    reported: bool,
}

impl SlotSender {
    pub(crate) fn new(
        source: Source,
        rtx: Option<Source>,
        mid: &str,
        name: &str,
        clock_rate: u32,
        extensions: &ExtensionMap,
    ) -> Self {
        Self {
            source,
            rtx,
            mid: mid.to_owned(),
            name: name.to_owned(),
            clock_rate,
            ids: ExtensionIds::of(extensions),
            bound: false,
            rtx_bound: false,
            next_rtx: 1,
            cache: VecDeque::new(),
            packets: 0,
            bytes: 0,
            last: None,
            reported: false,
        }
    }

    /// The stream's source, and that of its retransmissions.
    pub(crate) fn sources(&self) -> (u32, Option<u32>) {
        (self.source.ssrc(), self.rtx.as_ref().map(Source::ssrc))
    }

    /// Takes what a later offer says of the section.
    pub(crate) fn extensions(&mut self, extensions: &ExtensionMap) {
        self.ids = ExtensionIds::of(extensions);
    }

    /// The number of a packet sent for the first time. `None`: it is not.
    pub(super) fn number(&mut self, media: &Media) -> Option<Unused> {
        self.source.take(media.sequence)
    }

    /// The header of a packet sent for the first time.
    pub(super) fn header(&self, media: &Media) -> Header<'_> {
        Header {
            payload_type: media.payload_type,
            marker: media.marker,
            padding: false,
            sequence: media.sequence as u16,
            timestamp: media.timestamp,
            ssrc: self.source.ssrc(),
            mid: (!self.bound).then_some(self.mid.as_str()),
            transport_wide: None,
            audio_level: media.audio_level,
            orientation: media.orientation,
        }
    }

    /// Notes that a packet was sent, and keeps it if it may be asked for again.
    pub(super) fn sent(&mut self, media: Media, now: Instant) {
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(media.payload.len() as u32);
        self.last = Some((media.timestamp, media.arrived));
        while self
            .cache
            .front()
            .is_some_and(|old| now.saturating_duration_since(old.first_sent) > CACHED_FOR)
        {
            self.cache.pop_front();
        }
        if self.rtx.is_some() && media.rtx_payload_type.is_some() {
            if self.cache.len() == MAX_CACHED {
                self.cache.pop_front();
            }
            // Nearly always at the end; a late packet keeps the order.
            let before = |cached: &Cached| cached.media.sequence < media.sequence;
            let at = match self.cache.back().is_none_or(before) {
                true => self.cache.len(),
                false => self.cache.partition_point(before),
            };
            let cached = Cached {
                media,
                first_sent: now,
                sent: now,
            };
            self.cache.insert(at, cached);
        }
    }

    /// A packet that is asked for again, if it is here and not on its way.
    pub(super) fn missing(&mut self, sequence: u16, now: Instant) -> Option<Media> {
        let last = self.cache.back()?.media.sequence;
        let behind = (last as u16).wrapping_sub(sequence);
        let wanted = last.checked_sub(u64::from(behind))?;
        let at = self
            .cache
            .binary_search_by_key(&wanted, |cached| cached.media.sequence)
            .ok()?;
        let cached = self.cache.get_mut(at)?;
        if now.saturating_duration_since(cached.sent) < RESEND_PAUSE {
            return None;
        }
        cached.sent = now;
        Some(cached.media.clone())
    }

    /// The largest of the newest packets of at most `bytes`, to be sent as padding;
    /// what is old the receiver may no longer know.
    pub(super) fn padding(&self, bytes: usize, now: Instant) -> Option<Media> {
        let newest = self.cache.iter().rev().take(32);
        let young =
            |cached: &&Cached| now.saturating_duration_since(cached.first_sent) <= CACHED_FOR;
        newest
            .take_while(young)
            .filter(|cached| cached.media.payload.len() <= bytes)
            .max_by_key(|cached| cached.media.payload.len())
            .map(|cached| cached.media.clone())
    }

    /// The newest packet, whose likes are known to be welcome.
    pub(super) fn newest(&self) -> Option<Media> {
        self.cache.back().map(|cached| cached.media.clone())
    }

    /// The header of a retransmission, and its number.
    pub(super) fn rtx_header(&mut self, media: &Media) -> Option<(Header<'_>, Unused)> {
        let payload_type = media.rtx_payload_type?;
        let number = self.rtx.as_mut()?.take(self.next_rtx)?;
        self.next_rtx += 1;
        let header = Header {
            payload_type,
            marker: media.marker,
            padding: false,
            sequence: number.index() as u16,
            timestamp: media.timestamp,
            ssrc: number.ssrc(),
            mid: (!self.rtx_bound).then_some(self.mid.as_str()),
            transport_wide: None,
            audio_level: None,
            orientation: media.orientation,
        };
        Some((header, number))
    }

    /// Padding on it would be told about.
    pub(crate) fn can_pad(&self) -> bool {
        self.ids.transport_wide.is_some() && !self.cache.is_empty()
    }

    /// Takes a report about the stream.
    pub(crate) fn received(&mut self, report: &Reception) {
        let (ssrc, rtx) = self.sources();
        self.bound |= report.ssrc == ssrc;
        self.rtx_bound |= Some(report.ssrc) == rtx;
    }

    /// A sender report, unless the stream is quiet.
    pub(super) fn report(&mut self, ntp: u64, now: Instant) -> Option<(SenderReport, &str)> {
        let (timestamp, at) = self.last?;
        let since = now.saturating_duration_since(at);
        if since > QUIET {
            return None;
        }
        self.reported = true;
        let ticks = since.as_micros() * u128::from(self.clock_rate) / 1_000_000;
        let report = SenderReport {
            ssrc: self.source.ssrc(),
            ntp,
            timestamp: timestamp.wrapping_add(ticks as u32),
            packets: self.packets,
            bytes: self.bytes,
        };
        Some((report, &self.name))
    }

    /// It sends, and has not been reported on yet.
    pub(super) fn is_news(&self) -> bool {
        self.last.is_some() && !self.reported
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Sources;
    use super::*;

    fn media(sequence: u64, at: Instant) -> Media {
        Media {
            payload_type: 96,
            rtx_payload_type: Some(97),
            sequence,
            timestamp: 9,
            marker: true,
            audio_level: None,
            orientation: None,
            payload: vec![0; 100].into(),
            picture: None,
            arrived: at,
        }
    }

    fn sender() -> SlotSender {
        let mut sources = Sources::default();
        let (source, rtx) = (sources.give(1).unwrap(), sources.give(2));
        SlotSender::new(source, rtx, "m", "name", 90_000, &ExtensionMap::standard())
    }

    #[test]
    fn headers_carry_what_is_agreed_and_end_on_a_word() {
        let header = Header {
            payload_type: 96,
            marker: true,
            padding: false,
            sequence: 0x0102,
            timestamp: 0x0304_0506,
            ssrc: 0x0708_090a,
            mid: Some("ab"),
            transport_wide: Some(0x1122),
            audio_level: None,
            orientation: None,
        };
        let ids = ExtensionIds {
            mid: Some(4),
            transport_wide: Some(3),
            ..ExtensionIds::default()
        };
        let mut out = vec![9];
        assert_eq!(header.write(ids, &mut out), 24);
        let expected = [
            0x90, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xbe, 0xde, 0, 2, 0x31, 0x11, 0x22, 0x41,
            b'a', b'b', 0, 0,
        ];
        assert_eq!(out[1..], expected);
        out.clear();
        assert_eq!(header.write(ExtensionIds::default(), &mut out), 16);
    }

    #[test]
    fn a_packet_is_sent_again_once_a_while_and_not_for_ever() {
        let now = Instant::now();
        let mut sender = sender();
        for sequence in 65_500..65_600 {
            sender.sent(media(sequence, now), now);
        }
        let later = now + Duration::from_millis(30);
        assert_eq!(sender.missing(65_535, now).map(|m| m.sequence), None);
        assert_eq!(
            sender.missing(65_535, later).map(|m| m.sequence),
            Some(65_535)
        );
        assert_eq!(sender.missing(65_535, later).map(|m| m.sequence), None);
        assert_eq!(sender.missing(3, later).map(|m| m.sequence), Some(65_539));
        assert_eq!(sender.missing(200, later).map(|m| m.sequence), None);
        let much_later = now + Duration::from_secs(2);
        sender.sent(media(65_600, now), much_later);
        assert_eq!(sender.cache.len(), 1);
        for sequence in 0..2000 {
            sender.sent(media(70_000 + sequence, now), much_later);
        }
        assert_eq!(sender.cache.len(), MAX_CACHED);
    }

    #[test]
    fn the_section_is_named_until_the_receiver_knows_it() {
        let now = Instant::now();
        let mut sender = sender();
        assert_eq!(sender.header(&media(1, now)).mid, Some("m"));
        let report = |ssrc| Reception {
            ssrc,
            lost: 0,
            highest: 0,
            jitter: 0,
            last_report: 0,
            delay: 0,
        };
        sender.received(&report(2));
        assert_eq!(sender.header(&media(1, now)).mid, Some("m"));
        assert_eq!(sender.rtx_header(&media(1, now)).unwrap().0.mid, None);
        sender.received(&report(1));
        assert_eq!(sender.header(&media(1, now)).mid, None);
    }

    #[test]
    fn reports_tell_the_time_that_passed_and_end_with_the_stream() {
        let now = Instant::now();
        let mut sender = sender();
        assert!(!sender.is_news() && sender.report(1, now).is_none());
        sender.sent(media(1, now), now);
        assert!(sender.is_news());
        let (report, name) = sender.report(1, now + Duration::from_millis(100)).unwrap();
        assert_eq!(
            (report.timestamp, report.packets, report.bytes, name),
            (9009, 1, 100, "name")
        );
        assert!(!sender.is_news());
        assert!(sender.report(1, now + Duration::from_secs(6)).is_none());
    }
}
