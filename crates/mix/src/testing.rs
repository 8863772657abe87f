//! Tones, and ears for them.

use std::sync::Arc;

use opus::{Application, Channels};

use crate::codec::SAMPLE_RATE;
use crate::types::Packet;

/// A tone that goes on from frame to frame.
pub(crate) struct Tone {
    hertz: f32,
    amplitude: f32,
    at: usize,
}

impl Tone {
    pub(crate) fn new(hertz: f32, amplitude: f32) -> Self {
        Self {
            hertz,
            amplitude,
            at: 0,
        }
    }

    pub(crate) fn samples(&mut self, count: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * f64::from(self.hertz) / f64::from(SAMPLE_RATE);
        let range = self.at..self.at + count;
        self.at += count;
        range
            .map(|n| self.amplitude * (step * n as f64).sin() as f32)
            .collect()
    }
}

/// A participant that sends a tone.
pub(crate) struct Sender {
    encoder: opus::Encoder,
    tone: Tone,
    next: Packet,
}

impl Sender {
    pub(crate) fn new(hertz: f32, amplitude: f32) -> Self {
        let encoder = opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip);
        let mut encoder = encoder.unwrap();
        encoder.set_inband_fec(true).unwrap();
        encoder.set_packet_loss_perc(10).unwrap();
        Self {
            encoder,
            tone: Tone::new(hertz, amplitude),
            next: Packet {
                sequence: 70_000,
                timestamp: u32::MAX - 10_000,
                payload: Arc::from([]),
            },
        }
    }

    /// The next packet, of so many samples.
    pub(crate) fn packet(&mut self, samples: usize) -> Packet {
        let sound = self.tone.samples(samples);
        let payload = self.encoder.encode_vec_float(&sound, 1_276).unwrap();
        let packet = Packet {
            payload: Arc::from(payload),
            ..self.next.clone()
        };
        self.skip(samples);
        packet
    }

    /// Lets time pass in which nothing is sent, and no number used.
    pub(crate) fn pause(&mut self, samples: usize) {
        self.skip(samples);
        self.next.sequence -= 1;
    }

    fn skip(&mut self, samples: usize) {
        let samples = u32::try_from(samples).unwrap();
        self.next.timestamp = self.next.timestamp.wrapping_add(samples);
        self.next.sequence += 1;
    }

    pub(crate) fn packets(&mut self, count: usize) -> Vec<Packet> {
        (0..count).map(|_| self.packet(960)).collect()
    }
}

/// A receiver.
pub(crate) struct Ear(opus::Decoder);

impl Ear {
    pub(crate) fn new() -> Self {
        Self(opus::Decoder::new(SAMPLE_RATE, Channels::Mono).unwrap())
    }

    pub(crate) fn hear(&mut self, payload: &[u8]) -> Vec<f32> {
        let mut samples = vec![0.0; 5_760];
        let decoded = self.0.decode_float(payload, &mut samples, false).unwrap();
        samples.truncate(decoded);
        samples
    }
}

/// The amplitude of a tone in `samples`, by Goertzel's algorithm.
pub(crate) fn amplitude(samples: &[f32], hertz: f32) -> f32 {
    let step = std::f64::consts::TAU * f64::from(hertz) / f64::from(SAMPLE_RATE);
    let coefficient = 2.0 * step.cos();
    let (mut one, mut two) = (0.0_f64, 0.0_f64);
    for sample in samples {
        (one, two) = (f64::from(*sample) + coefficient * one - two, one);
    }
    let power = one * one + two * two - coefficient * one * two;
    (2.0 * power.max(0.0).sqrt() / samples.len() as f64) as f32
}

/// The loudness of the quietest 10 ms.
pub(crate) fn quietest(samples: &[f32]) -> f32 {
    let loudness = |part: &[f32]| {
        let energy: f32 = part.iter().map(|sample| sample * sample).sum();
        (energy / part.len() as f32).sqrt()
    };
    samples
        .chunks_exact(480)
        .map(loudness)
        .fold(f32::INFINITY, f32::min)
}

/// The biggest step between two samples.
pub(crate) fn biggest_step(samples: &[f32]) -> f32 {
    let step = |pair: &[f32]| (pair[1] - pair[0]).abs();
    samples.windows(2).map(step).fold(0.0, f32::max)
}
