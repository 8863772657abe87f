//! Opus (RFC 6716) at 48 kHz, one channel: the only place that knows libopus.
//!
//! A packet of two channels is mixed down by the decoder. What a participant
//! sends is never trusted: a packet is measured before it is decoded, and one
//! that is longer than [`LONGEST`] or [`MAX_PAYLOAD`] is refused, so that the
//! work and the memory for each are bounded.

use opus::{Application, Bitrate, Channels, Signal};

/// Samples a second, and the rate of RTP timestamps of Opus (RFC 7587 section 4.1).
pub const SAMPLE_RATE: u32 = 48_000;
/// Samples of what the mixer makes at a time: 20 ms.
pub const FRAME: usize = 960;
/// Samples of the longest packet there is: 120 ms (RFC 6716 section 3.2.5).
pub const LONGEST: usize = 5_760;
/// Samples of the shortest frame there is, of which all lengths are multiples: 2.5 ms.
pub(crate) const SHORTEST: usize = 120;
/// Most bytes of a packet that is looked at: what fits a datagram.
pub const MAX_PAYLOAD: usize = 1_500;

/// Bits a second of a mix: speech of full bandwidth with room for a second voice.
const BITRATE: i32 = 40_000;
/// The loss in percent that the encoder arms its packets against.
const EXPECTED_LOSS: i32 = 10;
/// Of 10. Above it a mix costs more and speech sounds the same.
const COMPLEXITY: i32 = 5;
/// Most bytes of an encoded frame (RFC 6716 section 3.2.1, and its table of contents).
const MAX_ENCODED: usize = 1_276;

/// Why a packet gave no sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The participant's packet is no Opus, or longer than anybody sends.
    #[error("the packet is no usable Opus")]
    Packet,
    /// libopus failed, or has no memory.
    #[error("the codec failed")]
    Failed,
}

/// How many samples a packet lasts, by its first bytes.
///
/// # Errors
/// [`CodecError::Packet`] for what is no Opus packet.
pub fn duration(payload: &[u8]) -> Result<usize, CodecError> {
    if payload.is_empty() || payload.len() > MAX_PAYLOAD {
        return Err(CodecError::Packet);
    }
    opus::packet::get_nb_samples(payload, SAMPLE_RATE)
        .ok()
        .filter(|samples| (SHORTEST..=LONGEST).contains(samples))
        .ok_or(CodecError::Packet)
}

/// Turns the packets of one participant into samples.
#[derive(Debug)]
pub(crate) struct Decoder {
    opus: opus::Decoder,
    samples: Box<[f32; LONGEST]>,
}

impl Decoder {
    pub(crate) fn new() -> Result<Self, CodecError> {
        let opus = opus::Decoder::new(SAMPLE_RATE, Channels::Mono);
        Ok(Self {
            opus: opus.map_err(|_| CodecError::Failed)?,
            samples: Box::new([0.0; LONGEST]),
        })
    }

    /// The sound of a packet.
    pub(crate) fn decode(&mut self, payload: &[u8]) -> Result<&[f32], CodecError> {
        duration(payload)?;
        let decoded = self
            .opus
            .decode_float(payload, &mut self.samples[..], false)
            .map_err(|_| CodecError::Packet)?;
        self.samples.get(..decoded).ok_or(CodecError::Failed)
    }

    /// What a lost stretch of `samples` may have sounded like, from the packet
    /// that follows it where that one carries a copy (in-band FEC, RFC 6716
    /// section 2.1.7), else from what came before. `samples` is a multiple of
    /// [`SHORTEST`] up to [`LONGEST`].
    pub(crate) fn conceal(
        &mut self,
        samples: usize,
        next: Option<&[u8]>,
    ) -> Result<&[f32], CodecError> {
        let next = next.filter(|payload| duration(payload).is_ok());
        let room = self.samples.get_mut(..samples).ok_or(CodecError::Failed)?;
        let decoded = self
            .opus
            .decode_float(next.unwrap_or_default(), room, next.is_some())
            .map_err(|_| CodecError::Failed)?;
        self.samples.get(..decoded).ok_or(CodecError::Failed)
    }
}

/// Turns sums of voices into packets of 20 ms.
#[derive(Debug)]
pub(crate) struct Encoder {
    opus: opus::Encoder,
    independent: bool,
}

impl Encoder {
    pub(crate) fn new() -> Result<Self, CodecError> {
        let make = || {
            let mut opus = opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
            opus.set_bitrate(Bitrate::Bits(BITRATE))?;
            opus.set_signal(Signal::Voice)?;
            opus.set_complexity(COMPLEXITY)?;
            opus.set_inband_fec(true)?;
            opus.set_packet_loss_perc(EXPECTED_LOSS)?;
            Ok(opus)
        };
        let opus = make().map_err(|_: opus::Error| CodecError::Failed)?;
        Ok(Self {
            opus,
            independent: false,
        })
    }

    /// Lets the encoder hear what receivers have heard last, so that its delay
    /// is filled with it and the next frame begins where they are. That frame
    /// leans on none before it, for they have not had those.
    pub(crate) fn prime(&mut self, heard: &[f32]) -> Result<(), CodecError> {
        for frame in heard.chunks_exact(FRAME) {
            self.encode(frame)?;
        }
        self.independent = true;
        self.opus
            .set_prediction_disabled(true)
            .map_err(|_| CodecError::Failed)
    }

    /// The packet of one frame of [`FRAME`] samples.
    pub(crate) fn encode(&mut self, frame: &[f32]) -> Result<Vec<u8>, CodecError> {
        let packet = self.opus.encode_vec_float(frame, MAX_ENCODED);
        if std::mem::take(&mut self.independent) {
            self.opus
                .set_prediction_disabled(false)
                .map_err(|_| CodecError::Failed)?;
        }
        packet.map_err(|_| CodecError::Failed)
    }
}

/// Keeps a sum of voices within full scale. What is not louder passes
/// unchanged; a louder half-wave is bent, without a gain that breathes.
pub(crate) struct Limiter(opus::SoftClip);

impl Limiter {
    pub(crate) fn new() -> Self {
        Self(opus::SoftClip::new(Channels::Mono))
    }

    pub(crate) fn apply(&mut self, sum: &mut [f32]) {
        self.0.apply(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f32, amplitude: f32, samples: usize) -> Vec<f32> {
        let step = std::f32::consts::TAU * hertz / SAMPLE_RATE as f32;
        (0..samples)
            .map(|n| amplitude * (step * n as f32).sin())
            .collect()
    }

    #[test]
    fn what_is_no_opus_is_refused_before_it_is_decoded() {
        let mut decoder = Decoder::new().unwrap();
        let too_long = vec![0x80; MAX_PAYLOAD + 1];
        // Code 3 (RFC 6716 section 3.2.5) with 63 frames of 20 ms, and with none.
        for garbage in [&[][..], &too_long, &[0x9b, 63], &[0x9b, 0], &[0x9b]] {
            assert_eq!(decoder.decode(garbage).err(), Some(CodecError::Packet));
        }
        assert_eq!(duration(&[0x78, 1, 2, 3]), Ok(960));
    }

    #[test]
    fn the_limiter_leaves_quiet_sound_alone_and_keeps_loud_sound_in_scale() {
        let mut limiter = Limiter::new();
        let quiet = tone(440.0, 0.9, FRAME);
        let mut same = quiet.clone();
        limiter.apply(&mut same);
        assert_eq!(same, quiet);

        let loud = tone(440.0, 1.9, FRAME);
        let mut bent = loud.clone();
        limiter.apply(&mut bent);
        assert!(bent.iter().all(|sample| sample.abs() <= 1.0));
        let bigger = |pair: &[f32]| (pair[1] - pair[0]).abs();
        let step = |samples: &[f32]| samples.windows(2).map(bigger).fold(0.0, f32::max);
        assert!(step(&bent) <= step(&loud), "no edge that was not there");

        let mut after = quiet.clone();
        limiter.apply(&mut after[..]);
        let changed = after.iter().zip(&quiet).filter(|(a, b)| a != b).count();
        assert!(
            changed < 120,
            "{changed} samples: the next quiet sound is bent"
        );
    }

    #[test]
    fn a_lost_packet_is_filled_from_its_neighbour() {
        let (mut encoder, mut decoder) = (Encoder::new().unwrap(), Decoder::new().unwrap());
        let sound = tone(300.0, 0.5, FRAME * 20);
        let packets: Vec<_> = sound
            .chunks_exact(FRAME)
            .map(|frame| encoder.encode(frame).unwrap())
            .collect();
        let mut energy = 0.0;
        for (n, packet) in packets.iter().enumerate() {
            let heard = match n {
                10 => decoder.conceal(FRAME, packets.get(11).map(Vec::as_slice)),
                _ => decoder.decode(packet),
            };
            let heard = heard.unwrap();
            assert_eq!(heard.len(), FRAME);
            if n == 10 {
                energy = heard.iter().map(|s| s * s).sum::<f32>() / FRAME as f32;
            }
        }
        assert!(energy > 0.05, "as loud as the tone, not {energy}");
    }
}
