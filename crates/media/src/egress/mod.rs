//! What a call sends: media sealed and numbered here, so that a packet for
//! many receivers costs each of them little more than the sealing. ICE, DTLS
//! and all that comes in are str0m's. Why: docs/decisions/0010-own-egress.md.

pub(crate) mod keys;
mod outbox;
mod rtcp;
mod seal;
mod source;
mod stream;

use std::time::{Duration, Instant};

use str0m::config::CryptoProvider;

#[cfg(feature = "fuzzing")]
pub(crate) use self::outbox::Run;
pub(crate) use self::outbox::{Outbox, Way};
pub(crate) use self::rtcp::{Feedback, Reception};
pub(crate) use self::seal::Seal;
pub(crate) use self::source::Source;
use self::source::Sources;
pub(crate) use self::stream::{Media, SlotSender};
use crate::estimate::{Estimator, Padding};

/// Between two sender reports (RFC 3550 section 6.2 allows more at our rates).
const REPORTS: Duration = Duration::from_secs(1);
/// Longest compound packet of reports.
const MAX_REPORTS: usize = 1150;
/// Bytes of retransmissions that may be sent for each byte of media, and at
/// once: a receiver that asks for everything again gets no flood.
const RESEND_SHARE: f64 = 0.6;
const RESEND_BURST: f64 = 60_000.0;
/// Most payload of a padding packet that repeats nothing (its length is one byte).
const MAX_BLANK: usize = 224;
const MAX_PADDING: usize = 1200;
/// All reports count from here: a moment long before the hub was started, so
/// that no report's time is 0.
const NTP_START: u64 = (1 << 24) + 1;

/// The sending half of one call.
pub(crate) struct Egress {
    seal: Option<Seal>,
    sources: Sources,
    /// Where media goes; ICE decides.
    pub(crate) way: Option<Way>,
    pub(crate) outbox: Outbox,
    pub(crate) estimator: Estimator,
    started: Instant,
    next_reports: Instant,
    resend_allowance: f64,
    plain: Vec<u8>,
}

impl Egress {
    /// `started` is when the hub's clock of sender reports began.
    pub(crate) fn new(started: Instant, now: Instant) -> Self {
        Self {
            seal: None,
            sources: Sources::default(),
            way: None,
            outbox: Outbox::default(),
            estimator: Estimator::default(),
            started,
            next_reports: now,
            resend_allowance: RESEND_BURST,
            plain: Vec::new(),
        }
    }

    /// Takes the keys the handshake has just agreed on.
    pub(crate) fn take_keys(&mut self, provider: &CryptoProvider) {
        if let Some(exported) = keys::take_exported() {
            self.seal = Seal::new(&exported, provider);
        }
    }

    /// Gives out a source to send under. `None` when it was given out before,
    /// whatever became of who had it, or when this call has had too many.
    pub(crate) fn source(&mut self, ssrc: u32) -> Option<Source> {
        self.sources.give(ssrc)
    }

    /// Sends a packet of a slot for the first time. `None`: it cannot be sent now,
    /// or was sent before.
    pub(crate) fn send(&mut self, slot: &mut SlotSender, media: Media, now: Instant) -> Option<()> {
        let way = self.way?;
        let seal = self.seal.as_mut()?;
        let number = slot.number(&media)?;
        let estimator = &mut self.estimator;
        let length = self.outbox.write(way, |out, start| {
            let mut header = slot.header(&media);
            if slot.ids.transport_wide.is_some() {
                let bytes = media.payload.len() + header_guess(&media);
                header.transport_wide = Some(estimator.sent(bytes, now));
            }
            let head = header.write(slot.ids, out);
            write_payload(&media, out);
            seal.rtp(out, start, head, number)?;
            Some(out.len() - start)
        })?;
        self.resend_allowance =
            (self.resend_allowance + length as f64 * RESEND_SHARE).min(RESEND_BURST);
        slot.sent(media, now);
        Some(())
    }

    /// Sends packets again that the receiver misses.
    pub(crate) fn resend(
        &mut self,
        slot: &mut SlotSender,
        first: u16,
        following: u16,
        now: Instant,
    ) {
        for place in 0..17u16 {
            if place > 0 && following >> (place - 1) & 1 == 0 {
                continue;
            }
            let Some(media) = slot.missing(first.wrapping_add(place), now) else {
                continue;
            };
            if self.resend_allowance < media.payload.len() as f64 {
                return;
            }
            self.resend_allowance -= media.payload.len() as f64;
            self.repeat(slot, &media, None, now);
        }
    }

    /// Sends padding on a slot: a packet it has sent before, or nothing but padding.
    pub(crate) fn pad(&mut self, slot: &mut SlotSender, padding: Padding, now: Instant) {
        let bytes = padding.bytes.min(MAX_PADDING);
        if let Some(media) = slot
            .padding(bytes, now)
            .filter(|media| media.payload.len() * 5 >= bytes * 4)
        {
            self.repeat(slot, &media, Some(padding), now);
            return;
        }
        let Some(like) = slot.newest() else {
            return;
        };
        let around = header_guess(&like);
        let packets = bytes.div_ceil(MAX_BLANK + around);
        for _ in 0..packets {
            let blank = (bytes / packets).saturating_sub(around).max(1);
            self.blank(slot, &like, blank, padding, now);
        }
    }

    /// A retransmission (RFC 4588 section 4).
    fn repeat(
        &mut self,
        slot: &mut SlotSender,
        media: &Media,
        padding: Option<Padding>,
        now: Instant,
    ) -> Option<()> {
        let way = self.way?;
        let seal = self.seal.as_mut()?;
        let estimator = &mut self.estimator;
        let ids = slot.ids;
        let (mut header, number) = slot.rtx_header(media)?;
        self.outbox.write(way, |out, start| {
            if ids.transport_wide.is_some() {
                let bytes = media.payload.len() + header_guess(media);
                header.transport_wide = Some(match padding {
                    Some(padding) => estimator.sent_padding(padding, bytes, now),
                    None => estimator.sent(bytes, now),
                });
            }
            let head = header.write(ids, out);
            out.extend((media.sequence as u16).to_be_bytes());
            write_payload(media, out);
            seal.rtp(out, start, head, number)
        })
    }

    /// A packet of `length` bytes of padding, 1 to [`MAX_BLANK`] (RFC 3550 section 5.1).
    fn blank(
        &mut self,
        slot: &mut SlotSender,
        like: &Media,
        length: usize,
        padding: Padding,
        now: Instant,
    ) -> Option<()> {
        let way = self.way?;
        let seal = self.seal.as_mut()?;
        let estimator = &mut self.estimator;
        let ids = slot.ids;
        let (mut header, number) = slot.rtx_header(like)?;
        header.padding = true;
        header.marker = false;
        header.orientation = None;
        self.outbox.write(way, |out, start| {
            if ids.transport_wide.is_some() {
                let bytes = length + header_guess(like);
                header.transport_wide = Some(estimator.sent_padding(padding, bytes, now));
            }
            let head = header.write(ids, out);
            out.resize(out.len() + length - 1, 0);
            out.push(length as u8);
            seal.rtp(out, start, head, number)
        })
    }

    /// Sends sender reports when they are due.
    pub(crate) fn report<'a>(
        &mut self,
        slots: impl Iterator<Item = &'a mut SlotSender>,
        now: Instant,
    ) {
        let due = now >= self.next_reports;
        if due {
            self.next_reports = now + REPORTS;
        }
        let ntp = self.ntp(now);
        for slot in slots {
            if !due && !slot.is_news() {
                continue;
            }
            if let Some((report, name)) = slot.report(ntp, now) {
                if self.plain.len() + rtcp::SenderReport::MAX_LENGTH > MAX_REPORTS {
                    self.send_reports();
                }
                report.write(name, &mut self.plain);
            }
        }
        self.send_reports();
    }

    fn send_reports(&mut self) {
        if let (Some(way), Some(seal), false) = (self.way, &mut self.seal, self.plain.is_empty()) {
            let plain = &self.plain;
            self.outbox.write(way, |out, _| seal.rtcp(plain, out));
        }
        self.plain.clear();
    }

    /// Opens RTCP of the receiver and hands over what it says about what is
    /// sent here; gives whether str0m needs the datagram, too. `None`: it is
    /// not the receiver's, or no keys are there yet.
    pub(crate) fn feedback(
        &mut self,
        datagram: &[u8],
        each: impl FnMut(&mut Estimator, Feedback<'_>),
    ) -> Option<bool> {
        let seal = self.seal.as_mut()?;
        let plain = seal.open_rtcp(datagram)?;
        let (estimator, mut each) = (&mut self.estimator, each);
        Some(rtcp::read(plain, |feedback| each(estimator, feedback)))
    }

    /// The round trip that a report tells of (RFC 3550 section 6.4.1).
    pub(crate) fn round_trip(&self, report: &Reception, now: Instant) -> Option<Duration> {
        if report.last_report == 0 {
            return None;
        }
        let middle = (self.ntp(now) >> 16) as u32;
        let units = middle
            .wrapping_sub(report.last_report)
            .wrapping_sub(report.delay);
        // What lies in the future or took minutes is no round trip.
        (units < 60 << 16).then(|| Duration::from_micros((u64::from(units) * 1_000_000) >> 16))
    }

    fn ntp(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.started);
        let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
        (NTP_START + since.as_secs()) << 32 | fraction
    }
}

/// Reads RTCP in the clear as [`Egress::feedback`] does.
#[cfg(feature = "fuzzing")]
pub(crate) fn try_feedback(plain: &[u8], now: Instant) {
    let mut estimator = Estimator::default();
    for _ in 0..64 {
        estimator.sent(100, now);
    }
    let mut allowance = crate::estimate::Allowance::default();
    rtcp::read(plain, |feedback| match feedback {
        Feedback::Arrivals(body) => estimator.arrivals(body, &mut allowance, now),
        Feedback::Fits(bits) => estimator.receiver_says(bits),
        Feedback::Reception(_) | Feedback::Missing { .. } | Feedback::PictureLost { .. } => {}
    });
}

/// Bytes of a packet beside its payload, near enough for an estimate.
fn header_guess(media: &Media) -> usize {
    12 + 8 + seal::RTP_OVERHEAD + usize::from(media.audio_level.is_some()) * 4
}

fn write_payload(media: &Media, out: &mut Vec<u8>) {
    let at = out.len();
    out.extend_from_slice(&media.payload);
    if let (Some(picture), Some(payload)) = (&media.picture, out.get_mut(at..)) {
        picture.write(payload);
    }
}

#[cfg(test)]
mod tests;
