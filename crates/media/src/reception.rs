//! What arrives from a participant: how much of it is missing, how evenly it
//! comes, and how loud it is.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::quality::{DirectionSample, MIN_PACKETS, ppm};
use crate::types::Content;

/// Streams counted for one call. A browser sends three cameras' layers, sound
/// and a presentation; more is a fault.
const MAX_STREAMS: usize = 32;

/// A picture that comes so much later than its predecessors did follows a freeze
/// (W3C webrtc-stats, `freezeCount`: three times the average, or this more).
const FREEZE_BEYOND: Duration = Duration::from_millis(150);
/// A longer gap is a pause that somebody wanted.
const PAUSE: Duration = Duration::from_secs(5);

/// A packet that was not seen before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) content: Content,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u64,
    /// In the stream's own clock.
    pub(crate) timestamp: u32,
    /// The last packet of a picture.
    pub(crate) marker: bool,
    /// Payload bytes.
    pub(crate) bytes: usize,
    pub(crate) at: Instant,
}

/// The streams of one participant.
#[derive(Debug, Default)]
pub(crate) struct Receptions {
    streams: HashMap<u32, Reception>,
}

#[derive(Debug)]
struct Reception {
    content: Content,
    first: u64,
    highest: u64,
    received: u64,
    timing: Timing,
    pictures: Pictures,
    sample: Window,
}

/// What came since the last sample.
#[derive(Debug, Default)]
struct Window {
    bytes: u64,
    /// Sequence number and loss at the last sample.
    highest: u64,
    missing: u64,
}

impl Receptions {
    /// Notes a packet.
    pub(crate) fn note(&mut self, packet: Arrival) {
        if !self.streams.contains_key(&packet.ssrc) && self.streams.len() >= MAX_STREAMS {
            return;
        }
        let stream = self
            .streams
            .entry(packet.ssrc)
            .or_insert_with(|| Reception {
                content: packet.content,
                first: packet.sequence,
                highest: packet.sequence,
                received: 0,
                timing: Timing::default(),
                pictures: Pictures::default(),
                sample: Window {
                    highest: packet.sequence.saturating_sub(1),
                    ..Window::default()
                },
            });
        let in_order = stream.received == 0 || packet.sequence > stream.highest;
        stream.first = stream.first.min(packet.sequence);
        stream.highest = stream.highest.max(packet.sequence);
        stream.received += 1;
        stream.sample.bytes += packet.bytes as u64;
        if in_order {
            stream.timing.note(&packet);
        }
        if packet.marker && packet.content != Content::Audio {
            stream.pictures.complete(packet.at);
        }
    }

    /// A key frame of a stream says how large its pictures are.
    pub(crate) fn picture_height(&mut self, ssrc: u32, height: u16) {
        if let Some(stream) = self.streams.get_mut(&ssrc) {
            stream.pictures.height = height;
        }
    }

    /// Packets that never came, not even repeated.
    pub(crate) fn lost(&self) -> u64 {
        self.streams.values().map(Reception::missing).sum()
    }

    /// What came since the last sample, `span` ago.
    pub(crate) fn sample(&mut self, span: Duration) -> DirectionSample {
        let mut losses: HashMap<Content, (u64, u64)> = HashMap::new();
        let mut bytes = 0;
        let mut sample = DirectionSample::default();
        let mut frozen: Option<Duration> = None;
        for stream in self.streams.values_mut() {
            let taken = stream.take();
            bytes += taken.bytes;
            let (expected, lost) = losses.entry(stream.content).or_default();
            *expected += taken.expected;
            *lost += taken.lost;
            if taken.expected > 0 {
                sample.jitter_ms = sample.jitter_ms.max(stream.timing.jitter_ms());
            }
            if stream.content == Content::Main && taken.pictures > 0 {
                let rate = per_second(taken.pictures, span);
                sample.frame_rate = sample.frame_rate.max(Some(rate));
                let height = u32::from(stream.pictures.height);
                sample.height = sample.height.max((height > 0).then_some(height));
                // Layers pause one by one, so the one that ran best counts.
                frozen = Some(frozen.map_or(taken.frozen, |least| least.min(taken.frozen)));
            }
        }
        sample.bits_per_second = bits_per_second(bytes, span);
        sample.frozen = frozen.unwrap_or_default();
        sample.loss_ppm = losses
            .values()
            .filter(|(expected, _)| *expected >= MIN_PACKETS)
            .map(|(expected, lost)| ppm(*lost, *expected))
            .max();
        sample
    }
}

struct Taken {
    bytes: u64,
    expected: u64,
    lost: u64,
    pictures: u32,
    frozen: Duration,
}

impl Reception {
    fn missing(&self) -> u64 {
        (self.highest - self.first + 1).saturating_sub(self.received)
    }

    fn take(&mut self) -> Taken {
        let missing = self.missing();
        let taken = Taken {
            bytes: self.sample.bytes,
            expected: self.highest - self.sample.highest,
            // What was missing before may have come since.
            lost: missing.saturating_sub(self.sample.missing),
            pictures: std::mem::take(&mut self.pictures.count),
            frozen: std::mem::take(&mut self.pictures.frozen),
        };
        self.sample = Window {
            bytes: 0,
            highest: self.highest,
            missing,
        };
        taken
    }
}

/// How evenly packets come (RFC 3550 section 6.4.1).
#[derive(Debug, Default)]
struct Timing {
    last: Option<(Instant, u32)>,
    /// In sixteenths of a microsecond.
    jitter: u64,
    clock_rate: u32,
}

impl Timing {
    fn note(&mut self, packet: &Arrival) {
        self.clock_rate = packet.content.clock_rate();
        if let Some((at, timestamp)) = self.last {
            // The packets of one picture leave together: only the first counts.
            if timestamp == packet.timestamp {
                return;
            }
            let arrived = micros(packet.at.saturating_duration_since(at));
            let ticks = u64::from(packet.timestamp.wrapping_sub(timestamp));
            let sent = ticks * 1_000_000 / u64::from(self.clock_rate);
            // A leap is a pause or another source, not jitter.
            if sent < micros(PAUSE) && arrived < micros(PAUSE) {
                self.jitter = self.jitter + arrived.abs_diff(sent) - (self.jitter + 8) / 16;
            }
        }
        self.last = Some((packet.at, packet.timestamp));
    }

    fn jitter_ms(&self) -> Option<u32> {
        self.last?;
        u32::try_from(self.jitter / 16_000).ok()
    }
}

/// The pictures of one stream.
#[derive(Debug, Default)]
struct Pictures {
    height: u16,
    last: Option<Instant>,
    /// Microseconds between pictures.
    usual_gap: Option<u64>,
    count: u32,
    frozen: Duration,
}

impl Pictures {
    fn complete(&mut self, at: Instant) {
        self.count += 1;
        if let Some(last) = self.last {
            let gap = at.saturating_duration_since(last);
            if gap < PAUSE {
                self.note_gap(gap);
            }
        }
        self.last = Some(at);
    }

    fn note_gap(&mut self, gap: Duration) {
        let now = micros(gap);
        if let Some(usual) = self.usual_gap {
            let freeze = (usual + micros(FREEZE_BEYOND)).max(usual * 3);
            if now > freeze {
                self.frozen += gap;
                return;
            }
        }
        self.usual_gap = Some(self.usual_gap.map_or(now, |usual| (usual * 7 + now) / 8));
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Rounded to the nearest whole number.
pub(crate) fn per_second(count: u32, span: Duration) -> u32 {
    let micros = micros(span).max(1);
    u32::try_from((u64::from(count) * 1_000_000 + micros / 2) / micros).unwrap_or(u32::MAX)
}

/// Bits of so many bytes in a second.
pub(crate) fn bits_per_second(bytes: u64, span: Duration) -> u64 {
    bytes.saturating_mul(8_000_000) / micros(span).max(1)
}

/// Without a packet for so long a participant is silent.
const SILENT_AFTER: Duration = Duration::from_secs(1);

/// A smoothed level from the audio level extension (RFC 6464).
#[derive(Debug, Default)]
pub(crate) struct Loudness {
    /// In sixteenths, 0 to 127 * 16.
    smoothed: u32,
    last: Option<Instant>,
}

impl Loudness {
    /// Notes a packet's level: 0 dBov (loudest) to -127.
    pub(crate) fn note(&mut self, level: Option<i8>, at: Instant) {
        let level =
            u32::try_from(127 + i32::from(level.unwrap_or(-127)).clamp(-127, 0)).unwrap_or(0);
        let target = level * 16;
        // A voice is noticed within a few packets and fades over half a second.
        self.smoothed = if target > self.smoothed {
            (self.smoothed * 3 + target) / 4
        } else {
            (self.smoothed * 15 + target) / 16
        };
        self.last = Some(at);
    }

    /// 0 (silence) to 127, or `None` when no sound comes at all.
    pub(crate) fn level(&self, now: Instant) -> Option<u8> {
        let last = self.last?;
        let flows = now.saturating_duration_since(last) < SILENT_AFTER;
        flows.then(|| u8::try_from((self.smoothed / 16).min(127)).unwrap_or(127))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(sequence: u64, at: Instant) -> Arrival {
        Arrival {
            content: Content::Audio,
            ssrc: 1,
            sequence: 1_000 + sequence,
            timestamp: u32::try_from(sequence * 960).unwrap(),
            marker: false,
            bytes: 100,
            at,
        }
    }

    fn picture(number: u64, at: Instant) -> Arrival {
        Arrival {
            content: Content::Main,
            ssrc: 2,
            sequence: number,
            timestamp: u32::try_from(number * 3000).unwrap(),
            marker: true,
            bytes: 1000,
            at,
        }
    }

    #[test]
    fn what_is_repeated_is_not_lost() {
        let mut receptions = Receptions::default();
        let now = Instant::now();
        for sequence in [10, 11, 14, 12] {
            receptions.note(sound(sequence, now));
        }
        assert_eq!(receptions.lost(), 1, "13 never came");
        receptions.note(Arrival {
            ssrc: 2,
            ..sound(99, now)
        });
        assert_eq!(receptions.lost(), 1);
    }

    #[test]
    fn a_sample_tells_what_came_since_the_last() {
        let mut receptions = Receptions::default();
        let start = Instant::now();
        let at = |number: u64| start + Duration::from_millis(20 * number);
        let span = Duration::from_secs(1);
        for number in (0..50).filter(|number| number % 10 != 3) {
            receptions.note(sound(number, at(number)));
        }
        let sample = receptions.sample(span);
        assert_eq!(sample.loss_ppm, Some(100_000));
        assert_eq!(sample.bits_per_second, 45 * 100 * 8);
        assert_eq!(sample.jitter_ms, Some(0));
        assert_eq!(sample.frame_rate, None);
        for number in 50..100 {
            receptions.note(sound(number, at(number)));
        }
        assert_eq!(receptions.sample(span).loss_ppm, Some(0));
        // Too few packets to tell a share.
        for number in (100..110).filter(|number| *number != 105) {
            receptions.note(sound(number, at(number)));
        }
        assert_eq!(receptions.sample(span).loss_ppm, None);
        assert_eq!(receptions.sample(span), DirectionSample::default());
    }

    #[test]
    fn uneven_packets_make_jitter() {
        let mut receptions = Receptions::default();
        let start = Instant::now();
        for number in 0..500 {
            let late = if number % 2 == 0 { 0 } else { 12 };
            let at = start + Duration::from_millis(20 * number + late);
            receptions.note(sound(number, at));
        }
        let jitter = receptions.sample(Duration::from_secs(10)).jitter_ms;
        // Each gap differs by 12 ms from the one that was sent.
        assert!((10..=13).contains(&jitter.unwrap()), "{jitter:?}");
    }

    #[test]
    fn a_gap_between_pictures_is_a_freeze_and_a_long_one_a_pause() {
        let mut receptions = Receptions::default();
        let mut at = Instant::now();
        let mut number = 0;
        let mut flow = |receptions: &mut Receptions, pictures: u32, gap_ms: u64| {
            at += Duration::from_millis(gap_ms);
            for _ in 0..pictures {
                receptions.note(picture(number, at));
                number += 1;
                at += Duration::from_millis(33);
            }
        };
        flow(&mut receptions, 30, 0);
        receptions.picture_height(2, 720);
        let sample = receptions.sample(Duration::from_secs(1));
        assert_eq!((sample.frame_rate, sample.height), (Some(30), Some(720)));
        assert_eq!(sample.frozen, Duration::ZERO);
        flow(&mut receptions, 30, 700);
        let frozen = receptions.sample(Duration::from_secs(1)).frozen;
        assert_eq!(frozen, Duration::from_millis(733));
        flow(&mut receptions, 30, 6_000);
        assert_eq!(
            receptions.sample(Duration::from_secs(1)).frozen,
            Duration::ZERO
        );
    }

    /// What `docs/quality.md` says of costs. Run with `--release -- --ignored
    /// --nocapture`.
    #[test]
    #[ignore = "measures"]
    fn cost_of_counting_and_sampling() {
        const CALLS: u32 = 600;
        let mut calls: Vec<Receptions> = (0..CALLS).map(|_| Receptions::default()).collect();
        let start = Instant::now();
        let mut packets = 0;
        // Five seconds of sound and of three layers, a packet each 20 ms.
        for number in 0..250 {
            let at = start + Duration::from_millis(20 * number);
            for call in &mut calls {
                call.note(sound(number, at));
                for ssrc in 2..5 {
                    let layer = Arrival {
                        ssrc,
                        ..picture(number, at)
                    };
                    call.note(layer);
                    packets += 1;
                }
                packets += 1;
            }
        }
        let counted = start.elapsed();
        let sampling = Instant::now();
        let span = Duration::from_secs(5);
        let bits: u64 = calls
            .iter_mut()
            .map(|call| call.sample(span).bits_per_second)
            .sum();
        let sampled = sampling.elapsed();
        println!("counting a packet: {:?}", counted / packets);
        println!(
            "sampling {CALLS} calls: {sampled:?}, {:?} each",
            sampled / CALLS
        );
        assert!(bits > 0);
        // A thousandth of the time between two samples.
        assert!(sampled < Duration::from_millis(5), "{sampled:?}");
    }

    #[test]
    fn a_voice_rises_quickly_and_fades_slowly() {
        let now = Instant::now();
        let mut loudness = Loudness::default();
        assert_eq!(loudness.level(now), None);
        for _ in 0..10 {
            loudness.note(Some(-20), now);
        }
        assert!(loudness.level(now).unwrap() > 95);
        for _ in 0..5 {
            loudness.note(Some(-127), now);
        }
        assert!(loudness.level(now).unwrap() > 60);
        for _ in 0..100 {
            loudness.note(Some(-127), now);
        }
        assert!(loudness.level(now).unwrap() < 10);
        assert_eq!(loudness.level(now + Duration::from_secs(2)), None);
    }
}
