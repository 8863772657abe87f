//! One voice: its packets in, 20 ms of sound out at every tick.
//!
//! Packets come early, late, twice, in any order and of any length; sound goes
//! out evenly. A packet that is missing when its turn comes is concealed. One
//! that then comes late is still played, and the voice is heard that much later
//! from there on; when for a while more waits than is needed, 20 ms are taken
//! out again. So the delay follows what the voice's network needs, between one
//! packet and [`MOST_DELAY`].

use std::collections::{BTreeMap, VecDeque};

use crate::codec::{CodecError, Decoder, FRAME, LONGEST, SHORTEST, duration};
use crate::types::Packet;

/// Packets of one voice that may wait: a second of usual ones.
const MAX_QUEUED: usize = 50;
/// Concealed samples in a row after which a voice counts as paused: 100 ms.
const MOST_CONCEALED: usize = 4_800;
/// Most samples a voice may be held back for late packets: 200 ms.
const MOST_DELAY: usize = 9_600;
/// Waiting samples beyond which a voice is sped up again: a frame and 10 ms.
const SPARE: usize = FRAME + 480;
/// Ticks over which more than [`SPARE`] must always have waited: a second.
const SPARE_TICKS: u32 = 50;
/// Samples that must wait before a voice begins, so that a late packet does not
/// tear it at once.
const ENOUGH: usize = FRAME + 480;
/// Samples over which two stretches are blended where some are taken out: 5 ms.
const BLEND: usize = 240;
/// What is taken out may be so many samples shorter or longer than a frame, so
/// that it begins and ends alike: 5 ms, a period of a deep voice.
const CUT_RANGE: usize = 240;
/// Steps in which that is looked for.
const CUT_STEP: usize = 4;
/// Packets in a row that cannot be decoded after which a voice is given up.
const MOST_FAILURES: u32 = 25;
/// A jump of the timestamps by more than this is a new beginning: 2 s.
const JUMP: i64 = 96_000;
/// What is kept of what was last heard, to begin a mix where receivers are.
pub(crate) const KEPT: usize = 2 * FRAME;

/// Where a voice is between its packets and its sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing comes.
    Paused,
    /// Packets came; a tick was let pass, or not, for enough of them.
    Beginning { waited: bool },
    /// Sound goes out.
    Playing,
    /// The decoder cannot make anything of it.
    GivenUp,
}

/// One voice.
#[derive(Debug)]
pub(crate) struct Source {
    decoder: Decoder,
    queue: BTreeMap<u64, Packet>,
    state: State,
    /// The last packet that was decoded.
    last_sequence: Option<u64>,
    /// The timestamp after the last sample in `samples`.
    end: u32,
    /// Decoded and not played.
    samples: VecDeque<f32>,
    concealed: usize,
    /// By how much late packets have held the voice back.
    delay: usize,
    spare: usize,
    spare_ticks: u32,
    failures: u32,
    /// What was heard last, at most [`KEPT`].
    heard: VecDeque<f32>,
}

/// What a voice gives at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Played {
    /// The voice's own timestamp of the first sample.
    pub(crate) timestamp: u32,
}

impl Source {
    /// A voice whose packets `before` have been heard already, or were too quiet
    /// to be: the decoder learns from them what it needs (RFC 7845 section 4.6
    /// asks for 80 ms). `going_on`: its next packet follows without a gap.
    pub(crate) fn new(before: &[Packet], going_on: bool) -> Result<Self, CodecError> {
        let mut source = Self {
            decoder: Decoder::new()?,
            queue: BTreeMap::new(),
            state: State::Paused,
            last_sequence: None,
            end: 0,
            samples: VecDeque::with_capacity(FRAME + LONGEST),
            concealed: 0,
            delay: 0,
            spare: usize::MAX,
            spare_ticks: 0,
            failures: 0,
            heard: VecDeque::with_capacity(KEPT + FRAME),
        };
        for packet in before {
            source.end = packet.timestamp;
            source.decode(packet);
        }
        let decoded: Vec<f32> = source.samples.drain(..).collect();
        source.keep(&decoded);
        if going_on && source.last_sequence.is_some() {
            source.state = State::Playing;
        }
        Ok(source)
    }

    /// Takes a packet.
    pub(crate) fn push(&mut self, packet: Packet) {
        match self.state {
            State::GivenUp => return,
            State::Paused => self.state = State::Beginning { waited: false },
            State::Beginning { .. } => {}
            State::Playing => {
                if !self.still_wanted(&packet) {
                    return;
                }
            }
        }
        self.queue.insert(packet.sequence, packet);
        if self.queue.len() > MAX_QUEUED {
            self.queue.pop_first();
        }
    }

    /// Whether a packet can be played: it is not late, or its place was filled
    /// while nothing else was there and the voice can be held back for it.
    fn still_wanted(&mut self, packet: &Packet) -> bool {
        let late = -ahead(packet.timestamp, self.end);
        if late <= 0 {
            return true;
        }
        let newer = self.last_sequence.is_none_or(|last| packet.sequence > last);
        let starving = self.queue.is_empty() && self.concealed > 0;
        let held_back = self.delay
            + usize::try_from(late)
                .unwrap_or(usize::MAX)
                .min(JUMP as usize);
        if !newer || !starving || (late < JUMP && held_back > MOST_DELAY) {
            return false;
        }
        if late < JUMP {
            self.delay = held_back;
        }
        self.end = packet.timestamp;
        true
    }

    /// The next [`FRAME`] samples, into `out`. `None`: silence.
    pub(crate) fn play(&mut self, out: &mut [f32; FRAME]) -> Option<Played> {
        self.begin();
        let played = (self.state == State::Playing)
            .then(|| self.fill())
            .flatten();
        if played.is_some() {
            for sample in out.iter_mut() {
                *sample = self.samples.pop_front().unwrap_or_default();
            }
            self.catch_up();
        } else {
            out.fill(0.0);
        }
        self.keep(&out[..]);
        played
    }

    /// What was heard last: [`KEPT`] samples.
    pub(crate) fn heard(&self) -> impl Iterator<Item = f32> {
        let missing = KEPT.saturating_sub(self.heard.len());
        std::iter::repeat_n(0.0, missing).chain(self.heard.iter().copied())
    }

    fn keep(&mut self, samples: &[f32]) {
        self.heard.extend(samples);
        let excess = self.heard.len().saturating_sub(KEPT);
        self.heard.drain(..excess);
    }

    fn begin(&mut self) {
        let State::Beginning { waited } = self.state else {
            return;
        };
        let Some((_, first)) = self.queue.first_key_value() else {
            self.state = State::Paused;
            return;
        };
        if waited || self.waiting() >= ENOUGH {
            self.end = first.timestamp;
            self.samples.clear();
            self.concealed = 0;
            self.delay = 0;
            self.state = State::Playing;
        } else {
            self.state = State::Beginning { waited: true };
        }
    }

    /// Samples that wait, decoded and not.
    fn waiting(&self) -> usize {
        let queued = self.queue.values();
        let queued = queued.filter_map(|packet| duration(&packet.payload).ok());
        self.samples.len() + queued.sum::<usize>()
    }

    /// Sees to it that a frame can be played.
    fn fill(&mut self) -> Option<Played> {
        // Each round plays a packet, drops one or conceals: all of them bounded.
        for _ in 0..MAX_QUEUED + FRAME / SHORTEST {
            if self.samples.len() >= FRAME || self.state != State::Playing {
                break;
            }
            match self
                .queue
                .first_key_value()
                .map(|(_, p)| (p.sequence, p.timestamp))
            {
                None => self.starve(),
                Some((sequence, timestamp)) => self.advance(sequence, timestamp),
            }
        }
        if self.samples.is_empty() {
            return None;
        }
        let waiting = u32::try_from(self.samples.len()).unwrap_or(u32::MAX);
        Some(Played {
            timestamp: self.end.wrapping_sub(waiting),
        })
    }

    /// Nothing is there to be played.
    fn starve(&mut self) {
        if self.concealed >= MOST_CONCEALED {
            self.state = State::Paused;
            self.spare = usize::MAX;
            self.spare_ticks = 0;
            return;
        }
        let missing = FRAME.saturating_sub(self.samples.len());
        self.conceal(missing.next_multiple_of(SHORTEST), None);
    }

    /// The next packet in line is this one.
    fn advance(&mut self, sequence: u64, timestamp: u32) {
        let gap = ahead(timestamp, self.end);
        if gap > 0 && gap <= LONGEST as i64 && gap % SHORTEST as i64 == 0 {
            // What follows a loss may carry a copy of it; what follows a pause has none.
            let lost = self.last_sequence.is_some_and(|last| sequence > last + 1);
            let next = self.queue.get(&sequence).map(|p| p.payload.clone());
            let copy = next.filter(|_| lost);
            let gap = usize::try_from(gap).unwrap_or(LONGEST);
            self.conceal(gap, copy.as_deref());
            return;
        }
        let Some(packet) = self.queue.remove(&sequence) else {
            return;
        };
        // Late: its time was filled, and others have been played since.
        if gap < 0 && gap > -JUMP {
            return;
        }
        self.end = timestamp;
        if self.decode(&packet) {
            self.concealed = 0;
        }
    }

    /// Decodes the packet that begins at `end`.
    fn decode(&mut self, packet: &Packet) -> bool {
        self.last_sequence = Some(packet.sequence);
        match self.decoder.decode(&packet.payload) {
            Ok(sound) => {
                self.samples.extend(sound);
                self.end = self.end.wrapping_add(length(sound));
                self.failures = 0;
                true
            }
            Err(_) => {
                self.failures += 1;
                if self.failures >= MOST_FAILURES {
                    self.give_up();
                }
                false
            }
        }
    }

    fn conceal(&mut self, samples: usize, next: Option<&[u8]>) {
        self.concealed += samples;
        match self.decoder.conceal(samples, next) {
            Ok(sound) => {
                self.samples.extend(sound);
                self.end = self.end.wrapping_add(length(sound));
            }
            Err(_) => self.give_up(),
        }
    }

    fn give_up(&mut self) {
        self.state = State::GivenUp;
        self.queue.clear();
        self.samples.clear();
    }

    /// Takes out 20 ms when more has been waiting for a second than is needed.
    fn catch_up(&mut self) {
        self.spare = self.spare.min(self.waiting());
        self.spare_ticks += 1;
        if self.spare_ticks < SPARE_TICKS {
            return;
        }
        let surplus = self.spare >= SPARE;
        self.spare = usize::MAX;
        self.spare_ticks = 0;
        if !surplus {
            return;
        }
        while self.samples.len() < FRAME + CUT_RANGE + BLEND {
            let next = self.queue.first_key_value();
            let Some((sequence, timestamp)) = next.map(|(_, p)| (p.sequence, p.timestamp)) else {
                return;
            };
            self.advance(sequence, timestamp);
        }
        let samples = self.samples.make_contiguous();
        let cut = smoothest_cut(samples);
        for n in 0..BLEND {
            let weight = n as f32 / BLEND as f32;
            if let Ok([sample, later]) = samples.get_disjoint_mut([n, n + cut]) {
                *sample = *sample * (1.0 - weight) + *later * weight;
            }
        }
        self.samples.drain(BLEND..BLEND + cut);
        self.delay = self.delay.saturating_sub(FRAME);
    }

    /// Whether nothing can be made of this voice.
    pub(crate) fn is_given_up(&self) -> bool {
        self.state == State::GivenUp
    }
}

/// After how many samples, about a frame, the sound is most like now.
fn smoothest_cut(samples: &[f32]) -> usize {
    let likeness = |cut: &usize| -> f32 {
        let (now, later) = (samples.iter().take(BLEND), samples.iter().skip(*cut));
        now.zip(later).map(|(now, later)| now * later).sum()
    };
    let cuts = (FRAME - CUT_RANGE..=FRAME + CUT_RANGE).step_by(CUT_STEP);
    let best = cuts.max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    best.unwrap_or(FRAME)
}

/// How far `timestamp` is ahead of `other`, across the wrap.
fn ahead(timestamp: u32, other: u32) -> i64 {
    i64::from(timestamp.wrapping_sub(other).cast_signed())
}

fn length(samples: &[f32]) -> u32 {
    u32::try_from(samples.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
