//! Sound that can be heard: clients that send a tone in real Opus, and tapes of
//! what clients received.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Result;
use opus::{Application, Channels};
use parking_lot::Mutex;
use str0m::rtp::RtpPacket;

const SAMPLE_RATE: u32 = 48_000;
/// Samples of a packet: 20 ms.
const FRAME: u32 = 960;
/// How loud a tone is, of full scale.
const AMPLITUDE: f64 = 0.25;
/// What a microphone says of itself (RFC 6464): the tone's level, and silence.
const SPEAKING: i8 = -15;
const SILENT: i8 = -127;
/// Most bytes of a packet.
const MAX_PAYLOAD: usize = 400;

/// A microphone in which somebody hums a tone, or is silent.
#[derive(Debug)]
pub struct Voice {
    encoder: opus::Encoder,
    hertz: f64,
    at: u64,
    speaks: Arc<AtomicBool>,
    sent: Sent,
}

/// The payloads that a voice has sent.
#[derive(Debug, Clone, Default)]
pub struct Sent(Arc<Mutex<HashSet<Vec<u8>>>>);

impl Sent {
    /// Whether this was sent.
    #[must_use]
    pub fn has(&self, payload: &[u8]) -> bool {
        self.0.lock().contains(payload)
    }

    fn note(&self, payload: &[u8]) {
        let mut sent = self.0.lock();
        if sent.len() < LENGTH {
            sent.insert(payload.to_vec());
        }
    }
}

impl Voice {
    /// A tone of `hertz` while `speaks` is set.
    ///
    /// # Errors
    /// When libopus gives no encoder.
    pub fn new(hertz: f64, speaks: Arc<AtomicBool>) -> Result<Self> {
        Ok(Self {
            encoder: opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?,
            hertz,
            at: 0,
            speaks,
            sent: Sent::default(),
        })
    }

    /// What it sends from now on, as others can look it up.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.sent.clone()
    }

    /// The next 20 ms, and how loud they are in dBov.
    pub(crate) fn packet(&mut self) -> Result<(Vec<u8>, i8)> {
        let speaks = self.speaks.load(Ordering::Relaxed);
        let amplitude = if speaks { AMPLITUDE } else { 0.0 };
        let step = std::f64::consts::TAU * self.hertz / f64::from(SAMPLE_RATE);
        let sound = |n: u32| (amplitude * (step * (self.at + u64::from(n)) as f64).sin()) as f32;
        let samples: Vec<f32> = (0..FRAME).map(sound).collect();
        self.at += u64::from(FRAME);
        let payload = self.encoder.encode_vec_float(&samples, MAX_PAYLOAD)?;
        self.sent.note(&payload);
        Ok((payload, if speaks { SPEAKING } else { SILENT }))
    }
}

/// A packet of sound as a client received it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The extended sequence number.
    pub sequence: u64,
    /// At 48 kHz.
    pub timestamp: u32,
    /// When it came.
    pub arrived: Instant,
    /// Opus.
    pub payload: Arc<[u8]>,
}

/// The sound that a client received, in the order it came.
#[derive(Debug, Clone, Default)]
pub struct Tape(Arc<Mutex<Vec<Heard>>>);

/// Packets that are kept, ten minutes of sound.
const LENGTH: usize = 30_000;

impl Tape {
    pub(crate) fn note(&self, packet: &RtpPacket) {
        let mut heard = self.0.lock();
        if heard.len() < LENGTH {
            heard.push(Heard {
                sequence: *packet.seq_no,
                timestamp: packet.header.timestamp,
                arrived: packet.timestamp,
                payload: Arc::clone(&packet.payload),
            });
        }
    }

    /// What is on the tape from the `first` packet on.
    #[must_use]
    pub fn from(&self, first: usize) -> Vec<Heard> {
        self.0.lock().iter().skip(first).cloned().collect()
    }

    /// Packets on the tape.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Whether nothing was heard yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
