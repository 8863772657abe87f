//! Media that looks like a browser's: when packets are due, how big they are
//! and what their payloads begin with.

use std::time::{Duration, Instant};

use crate::stamp::Stamp;

/// What a publisher sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendPlan {
    /// A camera, or none.
    pub video: Option<VideoPlan>,
    /// A microphone: Opus.
    pub audio: bool,
    /// How much sound a packet holds, 10 to 120 ms.
    pub audio_interval: Duration,
}

/// How a camera is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoPlan {
    /// RTP payload, bits a second, on average without key frames. 50,000 to 20,000,000.
    pub bitrate: u32,
    /// Frames a second, 1 to 60.
    pub frame_rate: u32,
    /// Bits a second of a second, smaller encoding (simulcast, RFC 8853); `None` = one encoding.
    pub small: Option<u32>,
}

impl SendPlan {
    /// A consultation between two people: 600 kbit/s at 30 frames a second, and sound.
    pub const CONSULTATION: Self = Self {
        video: Some(VideoPlan {
            bitrate: 600_000,
            frame_rate: 30,
            small: None,
        }),
        audio: true,
        audio_interval: Audio::INTERVAL,
    };

    /// Nothing.
    pub const NOTHING: Self = Self {
        video: None,
        audio: false,
        audio_interval: Audio::INTERVAL,
    };
}

/// One RTP packet to write, but for the stamp at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The payload, with room for the stamp.
    pub payload: Vec<u8>,
    /// RTP timestamp.
    pub timestamp: u32,
    /// The RTP marker bit.
    pub marker: bool,
}

/// Ticks that never drift: the n-th is due n intervals after the first.
#[derive(Debug)]
struct Beat {
    first: Instant,
    interval: Duration,
    count: u32,
}

impl Beat {
    fn due(&self) -> Instant {
        self.first + self.interval * self.count
    }

    /// Drops the ticks that are overdue.
    fn skip_to(&mut self, now: Instant) {
        while self.due() < now {
            self.count += 1;
        }
    }

    /// The number of the tick that is due, skipping those missed by more than
    /// a second, as after the machine was suspended.
    fn take(&mut self, now: Instant) -> Option<u32> {
        if self.due() > now {
            return None;
        }
        while self.due() + Duration::from_secs(1) < now {
            self.count += 1;
        }
        let tick = self.count;
        self.count += 1;
        Some(tick)
    }
}

/// A VP8 camera (RFC 7741).
#[derive(Debug)]
pub struct Video {
    beat: Beat,
    frame_rate: u32,
    mean_frame: usize,
    picture_id: u16,
    key_wanted: bool,
    variation: u32,
}

impl Video {
    const CLOCK: u32 = 90_000;
    /// Most payload bytes of a packet: what fits an Ethernet frame with room for tunnels.
    const MAX_PAYLOAD: usize = 1100;
    /// A key frame is this many times as big as the mean.
    const KEY_FRAME_FACTOR: usize = 6;
    /// Descriptor (4) and key frame header (10).
    const MAX_HEADER: usize = 14;

    /// A camera whose first frame is due at `first`. `seed` varies the frame sizes.
    #[must_use]
    pub fn new(plan: VideoPlan, first: Instant, seed: u32) -> Self {
        let frame_rate = plan.frame_rate.clamp(1, 60);
        let mean_frame = plan.bitrate.clamp(50_000, 20_000_000) / 8 / frame_rate;
        Self {
            beat: Beat {
                first,
                interval: Duration::from_secs(1) / frame_rate,
                count: 0,
            },
            frame_rate,
            mean_frame: mean_frame as usize,
            picture_id: (seed & 0x7fff) as u16,
            key_wanted: true,
            variation: seed | 1,
        }
    }

    /// When the next frame is due.
    #[must_use]
    pub fn due(&self) -> Instant {
        self.beat.due()
    }

    /// Goes on at `now` after a pause, as if the frames between had not been taken.
    pub fn skip_to(&mut self, now: Instant) {
        self.beat.skip_to(now);
    }

    /// Makes the next frame a key frame.
    pub fn want_key_frame(&mut self) {
        self.key_wanted = true;
    }

    /// The packets of the frame that is due at `now`; empty when none is.
    pub fn frame(&mut self, now: Instant) -> Vec<Packet> {
        let Some(tick) = self.beat.take(now) else {
            return Vec::new();
        };
        let key = std::mem::take(&mut self.key_wanted);
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        let timestamp =
            u64::from(tick) * u64::from(Self::CLOCK) / u64::from(self.frame_rate) % (1 << 32);
        let size = self.frame_size(key);
        // Equal shares, as browsers cut their frames.
        let count = size.div_ceil(Self::MAX_PAYLOAD);
        (0..count)
            .map(|index| Packet {
                payload: self.payload(size / count, index == 0, key),
                timestamp: timestamp as u32,
                marker: index + 1 == count,
            })
            .collect()
    }

    fn frame_size(&mut self, key: bool) -> usize {
        if key {
            return self.mean_frame * Self::KEY_FRAME_FACTOR;
        }
        // xorshift: sizes between three quarters and five quarters of the mean.
        self.variation ^= self.variation << 13;
        self.variation ^= self.variation >> 17;
        self.variation ^= self.variation << 5;
        let share = (self.variation % 1000) as usize;
        self.mean_frame * 3 / 4 + self.mean_frame * share / 2000
    }

    fn payload(&self, size: usize, first: bool, key: bool) -> Vec<u8> {
        let mut payload = Vec::with_capacity(size.max(Self::MAX_HEADER + Stamp::LENGTH));
        // X with a 15-bit PictureID; S on the first packet of the frame.
        let start = if first { 0x10 } else { 0 };
        payload.extend([0x80 | start, 0x80]);
        payload.extend((self.picture_id | 0x8000).to_be_bytes());
        if first {
            // Frame tag (RFC 6386, 9.1): bit 0 clear for key frames, bit 4 = shown.
            payload.extend([if key { 0x10 } else { 0x11 }, 0x02, 0x00]);
            if key {
                // Start code, 640 × 360.
                payload.extend([0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
            }
        }
        payload.resize(size.max(payload.len() + Stamp::LENGTH), 0x55);
        payload
    }
}

/// An Opus microphone (RFC 7587): 32 kbit/s in packets of 20 ms.
#[derive(Debug)]
pub struct Audio {
    beat: Beat,
    /// RTP clock ticks of a packet.
    samples: u32,
}

impl Audio {
    /// What browsers put into a packet.
    pub const INTERVAL: Duration = Duration::from_millis(20);
    const TICKS_A_MILLISECOND: u32 = 48;
    /// Bytes of a packet.
    pub const PAYLOAD: usize = 80;
    /// Table of contents byte: CELT, fullband, 20 ms, mono, one frame.
    const CONTENTS: u8 = 31 << 3;

    /// A microphone whose first packet is due at `first`.
    #[must_use]
    pub fn new(first: Instant) -> Self {
        Self::every(Self::INTERVAL, first)
    }

    /// A microphone whose packets, of the usual size, come every `interval`:
    /// 10 to 120 ms. What lies outside is taken as the nearest.
    #[must_use]
    pub fn every(interval: Duration, first: Instant) -> Self {
        let milliseconds = interval.as_millis().clamp(10, 120) as u32;
        Self {
            beat: Beat {
                first,
                interval: Duration::from_millis(milliseconds.into()),
                count: 0,
            },
            samples: milliseconds * Self::TICKS_A_MILLISECOND,
        }
    }

    /// Goes on at `now` after a pause.
    pub fn skip_to(&mut self, now: Instant) {
        self.beat.skip_to(now);
    }

    /// When the next packet is due.
    #[must_use]
    pub fn due(&self) -> Instant {
        self.beat.due()
    }

    /// The packet that is due at `now`.
    pub fn packet(&mut self, now: Instant) -> Option<Packet> {
        let tick = self.beat.take(now)?;
        let mut payload = vec![0x33; Self::PAYLOAD];
        payload[0] = Self::CONTENTS;
        Some(Packet {
            payload,
            timestamp: tick.wrapping_mul(self.samples),
            marker: tick == 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use str0m::rtp::Vp8Descriptor;

    use super::*;

    const PLAN: VideoPlan = VideoPlan {
        bitrate: 600_000,
        frame_rate: 30,
        small: None,
    };

    fn is_key(packet: &Packet) -> bool {
        let descriptor = Vp8Descriptor::parse(&packet.payload).unwrap();
        descriptor.starts_keyframe(&packet.payload)
    }

    #[test]
    fn the_first_frame_and_those_asked_for_are_key_frames() {
        let start = Instant::now();
        let mut video = Video::new(PLAN, start, 1);
        let second = start + Duration::from_secs(1);
        assert!(is_key(&video.frame(second)[0]));
        assert!(!is_key(&video.frame(second)[0]));
        video.want_key_frame();
        let frame = video.frame(second);
        assert!(is_key(&frame[0]));
        assert!(!is_key(&frame[1]));
    }

    #[test]
    fn a_frame_ends_with_the_marker_and_shares_one_timestamp() {
        let start = Instant::now();
        let mut video = Video::new(PLAN, start, 1);
        let frame = video.frame(start);
        assert!(frame.len() > 10, "a key frame takes many packets");
        assert!(frame.iter().all(|p| p.timestamp == frame[0].timestamp));
        let markers: Vec<bool> = frame.iter().map(|p| p.marker).collect();
        assert_eq!(markers.iter().filter(|m| **m).count(), 1);
        assert_eq!(markers.last(), Some(&true));
        assert!(video.frame(start).is_empty(), "one frame a tick");
    }

    #[test]
    fn the_bitrate_is_kept_on_average() {
        let start = Instant::now();
        let mut video = Video::new(PLAN, start, 99);
        video.frame(start);
        let mut bytes = 0;
        for tick in 1..=3000 {
            for packet in video.frame(start + Duration::from_millis(tick * 34)) {
                bytes += packet.payload.len();
            }
        }
        let bitrate = bytes * 8 / 100;
        assert!((540_000..660_000).contains(&bitrate), "{bitrate}");
    }

    #[test]
    fn sound_comes_fifty_times_a_second_without_drift() {
        let start = Instant::now();
        let mut audio = Audio::new(start);
        let packets: Vec<Packet> = (0..1000)
            .filter_map(|millisecond| audio.packet(start + Duration::from_millis(millisecond)))
            .collect();
        assert_eq!(packets.len(), 50);
        assert_eq!(packets[49].timestamp, 49 * 960);
    }

    #[test]
    fn a_long_pause_is_skipped() {
        let start = Instant::now();
        let mut audio = Audio::new(start);
        let later = start + Duration::from_secs(3600);
        let mut count = 0;
        while audio.packet(later).is_some() {
            count += 1;
        }
        assert!(count <= 51, "{count}");
    }
}
