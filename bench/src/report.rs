//! What a generator measured.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use str0m::media::MediaKind;

use crate::continuity::Counts;
use crate::slot::SlotReport;
use crate::stamp::{PublisherId, Stamp};

/// What one client did. The counts of slots are those of the window; what was
/// sent is counted from the beginning.
#[derive(Debug, Clone)]
pub struct EndpointReport {
    /// Which client.
    pub id: PublisherId,
    /// When ICE and DTLS were through.
    pub connected: Option<Instant>,
    /// Why it is no longer running.
    pub failure: Option<String>,
    /// Opus packets written.
    pub audio_sent: u64,
    /// VP8 packets written.
    pub video_sent: u64,
    /// Every section in which something arrived.
    pub slots: Vec<SlotReport>,
}

impl EndpointReport {
    /// When the first packet of any slot came.
    #[must_use]
    pub fn first_packet(&self) -> Option<Instant> {
        self.slots.iter().filter_map(|slot| slot.first_packet).min()
    }

    /// When the first picture was complete.
    #[must_use]
    pub fn first_key_frame(&self) -> Option<Instant> {
        let frames = self.slots.iter().filter_map(|slot| slot.first_key_frame);
        frames.min()
    }
}

/// What all clients together did since the last window began.
#[derive(Debug, Clone)]
pub struct WindowReport {
    /// How long the window is.
    pub elapsed: Duration,
    /// Every client.
    pub endpoints: Vec<EndpointReport>,
    /// Media packets written.
    pub sent: u64,
    /// Media packets received and decrypted.
    pub received: u64,
    /// Datagrams the kernel would not take: the generator's own losses.
    pub unsent: u64,
    /// Key frames the other side asked for.
    pub key_frames_asked: u64,
    /// From stamping to decryption, in microseconds, 1 µs to 60 s.
    pub latency: Histogram<u64>,
}

impl WindowReport {
    /// The counts of all slots, by the RTP headers' numbers.
    #[must_use]
    pub fn rtp(&self) -> Counts {
        self.sum(|slot| slot.rtp)
    }

    /// The counts of all slots, by the publishers' numbers.
    #[must_use]
    pub fn source(&self) -> Counts {
        self.sum(|slot| slot.source)
    }

    /// The counts of all slots of sound, by the publishers' numbers.
    #[must_use]
    pub fn sound(&self) -> Counts {
        self.sum(|slot| match slot.kind {
            MediaKind::Audio => slot.source,
            MediaKind::Video => Counts::default(),
        })
    }

    fn sum(&self, counts: impl Fn(&SlotReport) -> Counts) -> Counts {
        let mut sum = Counts::default();
        for slot in self.endpoints.iter().flat_map(|e| &e.slots) {
            sum += counts(slot);
        }
        sum
    }
}

/// What the clients of one generator measure together.
#[derive(Debug)]
pub(crate) struct Gauge {
    start: Instant,
    window: Instant,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) unsent: u64,
    pub(crate) key_frames_asked: u64,
    latency: Histogram<u64>,
}

impl Gauge {
    /// Longest latency told apart, in microseconds.
    const LONGEST: u64 = 60_000_000;

    pub(crate) fn new() -> Self {
        let now = Instant::now();
        #[expect(
            clippy::expect_used,
            reason = "the bounds are constants the library accepts"
        )]
        let latency = Histogram::new_with_bounds(1, Self::LONGEST, 3).expect("constant bounds");
        Self {
            start: now,
            window: now,
            sent: 0,
            received: 0,
            unsent: 0,
            key_frames_asked: 0,
            latency,
        }
    }

    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    pub(crate) fn note_latency(&mut self, arrived: Instant, stamp: &Stamp) {
        let after = arrived.saturating_duration_since(self.start);
        let microseconds = after.saturating_sub(stamp.sent).as_micros();
        let microseconds = u64::try_from(microseconds).unwrap_or(u64::MAX);
        self.latency.saturating_record(microseconds.max(1));
    }

    pub(crate) fn report(&self, endpoints: Vec<EndpointReport>) -> WindowReport {
        WindowReport {
            elapsed: self.window.elapsed(),
            endpoints,
            sent: self.sent,
            received: self.received,
            unsent: self.unsent,
            key_frames_asked: self.key_frames_asked,
            latency: self.latency.clone(),
        }
    }

    pub(crate) fn begin_window(&mut self) {
        self.window = Instant::now();
        self.sent = 0;
        self.received = 0;
        self.unsent = 0;
        self.key_frames_asked = 0;
        self.latency.reset();
    }
}
