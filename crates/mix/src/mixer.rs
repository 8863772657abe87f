//! The mixes of many rooms, without threads and sockets: packets and time go
//! in, frames come out.
//!
//! Each voice is decoded once for its room, however many mixes it is in, and
//! each mix is encoded once, however many receive it. All mixes of a room tick
//! together, every 20 ms, on one line of timestamps.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use vdx_domain::{CallId, ConferenceId};

use crate::codec::{CodecError, Encoder, FRAME, Limiter};
use crate::source::{KEPT, Source};
use crate::types::{Frame, MAX_VOICES, Mix, Mixed, Packet, Tune};

/// The length of a frame.
pub const TICK: Duration = Duration::from_millis(20);
/// A room that is further behind leaves out what it missed: its receivers
/// conceal it, and the rooms after it are not held up the more.
const TOO_LATE: Duration = Duration::from_millis(60);

/// Ticks after which a room that nothing comes from is forgotten: 10 s. Whoever
/// has it mixed goes back to forwarding long before.
const SILENT_TICKS: u32 = 500;

/// The mixes of many rooms.
#[derive(Debug, Default)]
pub struct Mixer {
    rooms: HashMap<ConferenceId, Room>,
    due: BTreeSet<(Instant, ConferenceId)>,
}

#[derive(Debug)]
struct Room {
    due: Instant,
    timestamp: u32,
    silent_ticks: u32,
    voices: HashMap<CallId, Voice>,
    mixes: Vec<Running>,
}

#[derive(Debug)]
struct Voice {
    source: Source,
    samples: Box<[f32; FRAME]>,
    played: Option<u32>,
}

struct Running {
    mix: Mix,
    sequence: u64,
    encoder: Encoder,
    limiter: Limiter,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("mix", &self.mix).finish()
    }
}

impl Mixer {
    /// Takes what a room wants mixed.
    pub fn tune(&mut self, tune: Tune) {
        if tune.mixes.is_empty() {
            self.forget(tune.room);
            return;
        }
        let room = self.rooms.entry(tune.room).or_insert_with(|| {
            self.due.insert((tune.first_due, tune.room));
            Room {
                due: tune.first_due,
                timestamp: 0,
                silent_ticks: 0,
                voices: HashMap::new(),
                mixes: Vec::new(),
            }
        });
        if let Err(error) = room.tune(tune.mixes, &tune.joining) {
            tracing::error!(%error, "a room's sound cannot be mixed");
            self.forget(tune.room);
        }
    }

    /// Takes a packet of somebody who is in a mix; of others it is dropped.
    pub fn hear(&mut self, room: ConferenceId, voice: CallId, packet: Packet) {
        let Some(room) = self.rooms.get_mut(&room) else {
            return;
        };
        if let Some(voice) = room.voices.get_mut(&voice) {
            room.silent_ticks = 0;
            voice.source.push(packet);
        }
    }

    /// Ends a room's mixing.
    pub fn forget(&mut self, room: ConferenceId) {
        if let Some(gone) = self.rooms.remove(&room) {
            self.due.remove(&(gone.due, room));
        }
    }

    /// When the next frames are due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// The room that is due at `now`, longest first.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<ConferenceId> {
        let (due, room) = self.due.first()?;
        (*due <= now).then_some(*room)
    }

    /// Mixes the next 20 ms of a room.
    pub fn mix(&mut self, id: ConferenceId, now: Instant) -> Option<Mixed> {
        let Some(room) = self.rooms.get_mut(&id) else {
            self.due.retain(|(_, room)| *room != id);
            return None;
        };
        self.due.remove(&(room.due, id));
        room.silent_ticks += 1;
        if room.silent_ticks > SILENT_TICKS {
            self.rooms.remove(&id);
            return None;
        }
        room.leave_out_missed(now);
        let (timestamp, due) = (room.timestamp, room.due);
        let frames = room.frames();
        room.step(1);
        self.due.insert((room.due, id));
        let played = room.voices.iter();
        let played = played.filter_map(|(id, voice)| Some((*id, voice.played?)));
        Some(Mixed {
            room: id,
            timestamp,
            due,
            played: played.collect(),
            frames,
        })
    }
}

impl Room {
    fn tune(
        &mut self,
        mixes: Vec<Mix>,
        joining: &[crate::types::Joining],
    ) -> Result<(), CodecError> {
        let wanted = |voice: &CallId| mixes.iter().any(|mix| mix.voices.contains(voice));
        self.voices.retain(|voice, _| wanted(voice));
        for newcomer in joining.iter().filter(|newcomer| wanted(&newcomer.voice)) {
            let voice = Voice {
                source: Source::new(&newcomer.before, newcomer.going_on)?,
                samples: Box::new([0.0; FRAME]),
                played: None,
            };
            self.voices.insert(newcomer.voice, voice);
        }
        let mut before = std::mem::take(&mut self.mixes);
        for mut mix in mixes {
            mix.voices.truncate(MAX_VOICES);
            let known = before.iter().position(|running| running.mix.id == mix.id);
            let running = match known {
                Some(at) => Running {
                    mix,
                    ..before.swap_remove(at)
                },
                None => self.begin(mix)?,
            };
            self.mixes.push(running);
        }
        Ok(())
    }

    /// A mix that goes on where its voices are.
    fn begin(&self, mix: Mix) -> Result<Running, CodecError> {
        let mut heard = vec![0.0; KEPT];
        for voice in mix.voices.iter().filter_map(|id| self.voices.get(id)) {
            add(&mut heard, voice.source.heard());
        }
        let (mut encoder, mut limiter) = (Encoder::new()?, Limiter::new());
        limiter.apply(&mut heard);
        encoder.prime(&heard)?;
        Ok(Running {
            mix,
            sequence: 0,
            encoder,
            limiter,
        })
    }

    fn leave_out_missed(&mut self, now: Instant) {
        let late = now.saturating_duration_since(self.due);
        if late > TOO_LATE {
            let missed = late.as_millis() / TICK.as_millis();
            self.step(u32::try_from(missed).unwrap_or(u32::MAX));
        }
    }

    fn step(&mut self, frames: u32) {
        self.due += TICK.saturating_mul(frames);
        let samples = frames.wrapping_mul(FRAME as u32);
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    fn frames(&mut self) -> Vec<Frame> {
        for (id, voice) in &mut self.voices {
            let given_up = voice.source.is_given_up();
            let played = voice.source.play(&mut voice.samples);
            voice.played = played.map(|played| played.timestamp);
            if voice.source.is_given_up() && !given_up {
                tracing::warn!(call = %id, "a participant's sound cannot be decoded");
            }
        }
        let mut frames = Vec::with_capacity(self.mixes.len());
        for running in &mut self.mixes {
            let mut sum = [0.0; FRAME];
            for voice in running
                .mix
                .voices
                .iter()
                .filter_map(|id| self.voices.get(id))
            {
                if voice.played.is_some() {
                    add(&mut sum, voice.samples.iter().copied());
                }
            }
            running.limiter.apply(&mut sum);
            running.sequence += 1;
            // A frame that fails is missing, and concealed by its receivers.
            if let Ok(payload) = running.encoder.encode(&sum) {
                frames.push(Frame {
                    mix: running.mix.id,
                    sequence: running.sequence,
                    level: level(&sum),
                    payload: Arc::from(payload),
                });
            }
        }
        frames
    }
}

fn add(sum: &mut [f32], samples: impl Iterator<Item = f32>) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += sample;
    }
}

/// The level of a frame in dBov.
fn level(samples: &[f32]) -> i8 {
    let energy: f32 = samples.iter().map(|sample| sample * sample).sum();
    let level = 10.0 * (energy / samples.len().max(1) as f32).log10();
    // A float that is no number becomes 0, one out of range the nearest.
    if level.is_nan() {
        -127
    } else {
        level.clamp(-127.0, 0.0) as i8
    }
}

#[cfg(test)]
mod tests;
