//! Slots that carry several voices: clients with one place for sound hear
//! everybody in it.
//!
//! While one speaks, the packets go through unchanged. When a second begins, a
//! mixing thread takes over from the packet on with which that happens: it is
//! given the packets that came before, so that its decoders are where receivers
//! are, and it says with each frame how far into each voice it has come, so that
//! a slot goes on there, and goes back there, to the sample.

mod plan;
mod voice;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use str0m::format::{Codec, CodecSpec};
use vdx_domain::{CallId, ConferenceId};
use vdx_mix::{FRAME, Joining, Mix, Mixed, Tune};

use super::Switchboard;
use crate::call::KeptPacket;
use crate::counters::count;
use crate::packet::RtpPacket;
use crate::slot_stream::{Joint, Layer};
use crate::types::{Content, Slot};
use plan::{Carries, Floor, Plan, SharedSlot, plan};
use voice::{Heard, Voice, floor, packet_to_mix};

/// Most mixes of one media thread. Beyond it the one who spoke last is heard
/// alone.
const MAX_MIXES: usize = 48;
/// How long after a packet is to be expected the mix waits for it: packets that
/// come up to so much late are mixed without being missed.
const MARGIN: Duration = Duration::from_millis(10);
/// Without a frame of the mixing thread for so long it is not waited for.
const MIXER_PATIENCE: Duration = Duration::from_millis(500);
/// After that, how long nothing is mixed in the room.
const MIXER_REST: Duration = Duration::from_secs(5);

/// The sound of a room, as far as several voices share a slot.
#[derive(Debug, Default)]
pub(super) struct Sound {
    slots: Vec<SharedSlot>,
    voices: HashMap<CallId, Voice>,
    /// What the mixing thread was told.
    mixes: Vec<Mix>,
    /// It could not be told the last change.
    untold: bool,
    speaking: Vec<CallId>,
    /// How far the mixing thread has come.
    reached: Option<Reached>,
    /// When it last showed life, or was asked for the first time.
    alive: Option<Instant>,
    rests_until: Option<Instant>,
    spec: Option<CodecSpec>,
}

/// The end of the last frames of a room.
#[derive(Debug)]
struct Reached {
    /// In the mixes' own timestamps.
    timestamp: u32,
    /// In those of each voice.
    voices: Vec<(CallId, u32)>,
}

impl Sound {
    /// Whether `source` is one of the room's mixes.
    pub(super) fn has_mix(&self, source: CallId) -> bool {
        self.mixes.iter().any(|mix| mix.id == source)
    }

    /// Where `voice` is at the end of the last frame, in the mixes' time and its own.
    fn end_of(&self, voice: CallId) -> Option<(u32, u32)> {
        let reached = self.reached.as_ref()?;
        let (_, at) = reached.voices.iter().find(|(id, _)| *id == voice)?;
        Some((reached.timestamp, *at))
    }
}

impl Switchboard {
    /// Takes the slots of a room that carry several voices each, after the
    /// others were seated. `shared` names the voices of each.
    pub(super) fn share(
        &mut self,
        conference: ConferenceId,
        mut shared: BTreeMap<(CallId, Slot), Vec<CallId>>,
        now: Instant,
    ) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        if shared.is_empty() && room.sound.slots.is_empty() {
            return;
        }
        let before = std::mem::take(&mut room.sound.slots);
        for receiver in &room.members {
            let Some(call) = self.calls.get(receiver) else {
                continue;
            };
            for (slot, state) in call.slots.iter().enumerate() {
                let known = before
                    .iter()
                    .find(|s| s.receiver == *receiver && s.slot == slot);
                let carries = known.and_then(|known| known.carries);
                // One who is left alone in a slot takes it over from the mix.
                let alone = state
                    .source
                    .filter(|_| matches!(carries, Some(Carries::Mix(_))));
                let voices = shared
                    .remove(&(*receiver, state.slot))
                    .or(alone.map(|one| vec![one]));
                room.sound.slots.extend(voices.map(|voices| SharedSlot {
                    receiver: *receiver,
                    slot,
                    voices,
                    carries,
                }));
            }
        }
        let slots = &room.sound.slots;
        let wanted = |voice: &CallId| slots.iter().any(|slot| slot.voices.contains(voice));
        room.sound.voices.retain(|voice, _| wanted(voice));
        for voice in slots.iter().flat_map(|slot| &slot.voices) {
            room.sound.voices.entry(*voice).or_default();
        }
        self.retune(conference, now);
    }

    /// Listens to a packet of sound before it is forwarded.
    pub(super) fn overhear(
        &mut self,
        conference: ConferenceId,
        from: CallId,
        spec: &CodecSpec,
        packet: &RtpPacket,
    ) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        let Some(voice) = room.sound.voices.get_mut(&from) else {
            return;
        };
        if spec.codec != Codec::Opus {
            return;
        }
        let level = packet.header.ext_vals.audio_level;
        let heard = voice.hear(level, packet.payload.len(), packet.timestamp);
        if room.sound.spec.is_none() {
            room.sound.spec = Some(*spec);
        }
        let mixing = !room.sound.mixes.is_empty();
        match heard {
            Heard::Begins => self.retune(conference, packet.timestamp),
            // A mix may have waited for this to end.
            Heard::Silent if mixing => self.mind_mixes(conference, packet.timestamp),
            Heard::Silent | Heard::Goes => {}
        }
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        if let Some(voice) = room.sound.voices.get_mut(&from) {
            voice.remember(packet);
        }
        let mixed = room
            .sound
            .mixes
            .iter()
            .any(|mix| mix.voices.contains(&from));
        if mixed
            && self
                .mixer
                .hear(conference, from, packet_to_mix(packet))
                .is_err()
        {
            count(&self.counters.datagrams_dropped);
        }
    }

    /// Looks whether somebody has fallen silent, or the mixing thread has.
    pub(super) fn mind_mixes(&mut self, conference: ConferenceId, now: Instant) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        let sound = &mut room.sound;
        if sound.slots.is_empty() {
            return;
        }
        let silent = |alive: Instant| now.saturating_duration_since(alive) > MIXER_PATIENCE;
        let stuck = !sound.mixes.is_empty() && sound.alive.is_some_and(silent);
        if stuck {
            tracing::error!(%conference, "the mixing thread does not answer");
            count(&self.counters.faults);
            sound.rests_until = Some(now + MIXER_REST);
        }
        let rested = sound.rests_until.is_some_and(|until| now >= until);
        if rested {
            sound.rests_until = None;
        }
        let (order, speaking) = floor(&sound.voices, &sound.speaking, now);
        let changed = {
            let mut speaking: Vec<CallId> = order.into_iter().take(speaking).collect();
            speaking.sort_unstable();
            speaking != sound.speaking
        };
        if stuck || rested || changed {
            self.retune(conference, now);
        }
    }

    /// Ends what is mixed for a room that is over.
    pub(super) fn silence(&mut self, conference: ConferenceId, now: Instant) {
        let room = self.rooms.get(&conference);
        if room.is_some_and(|room| !room.sound.mixes.is_empty()) {
            self.tell_mixer(conference, Vec::new(), Vec::new(), now);
        }
    }

    /// Decides anew what the shared slots of a room carry, and sees to it.
    fn retune(&mut self, conference: ConferenceId, now: Instant) {
        let elsewhere = self.rooms.iter().filter(|(id, _)| **id != conference);
        let elsewhere: usize = elsewhere.map(|(_, room)| room.sound.mixes.len()).sum();
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        let sound = &mut room.sound;
        let (order, speaking) = floor(&sound.voices, &sound.speaking, now);
        let most = match sound.rests_until {
            Some(_) => 0,
            None => MAX_MIXES.saturating_sub(elsewhere),
        };
        let floor = Floor {
            order: &order,
            speaking,
        };
        let mut plan = plan(&sound.slots, floor, &sound.mixes, most, CallId::generate);
        sound.speaking = order.get(..speaking).unwrap_or_default().to_vec();
        sound.speaking.sort_unstable();
        let tell = sound.untold || plan.mixes != sound.mixes;
        if tell && !self.retune_mixer(conference, &plan, now) {
            plan = self.without_mixes(conference, &order, speaking, now);
        }
        self.carry(conference, plan, now);
    }

    /// The plan for a mixing thread that takes no more.
    fn without_mixes(
        &mut self,
        conference: ConferenceId,
        order: &[CallId],
        speaking: usize,
        now: Instant,
    ) -> Plan {
        let (slots, running) = match self.rooms.get_mut(&conference) {
            Some(room) => {
                room.sound.rests_until = Some(now + MIXER_REST);
                (&room.sound.slots[..], &room.sound.mixes[..])
            }
            None => (&[][..], &[][..]),
        };
        plan(
            slots,
            Floor { order, speaking },
            running,
            0,
            CallId::generate,
        )
    }

    /// Tells the mixing thread what is wanted of it.
    fn retune_mixer(&mut self, conference: ConferenceId, plan: &Plan, now: Instant) -> bool {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return false;
        };
        let sound = &mut room.sound;
        let known = |voice: &CallId| sound.mixes.iter().any(|mix| mix.voices.contains(voice));
        let mut newcomers: Vec<CallId> = plan.mixes.iter().flat_map(|m| m.voices.clone()).collect();
        newcomers.sort_unstable();
        newcomers.dedup();
        newcomers.retain(|voice| !known(voice));
        let carried = |voice: CallId| {
            let mut slots = sound.slots.iter();
            slots.any(|slot| slot.carries == Some(Carries::One(voice)))
        };
        let mut due = now;
        let joining = newcomers.into_iter().filter_map(|id| {
            let voice = sound.voices.get(&id)?;
            let going_on = carried(id);
            if let Some(next) = voice.next_expected().filter(|_| going_on) {
                due = due.max(next);
            }
            Some(Joining {
                voice: id,
                before: voice.to_mix(),
                going_on,
            })
        });
        let joining = joining.collect();
        let began = sound.mixes.is_empty();
        if began {
            sound.alive = Some(now);
            sound.reached = None;
        }
        let told = self.tell_mixer(conference, plan.mixes.clone(), joining, due + MARGIN);
        if let Some(room) = self.rooms.get_mut(&conference) {
            room.sound.untold = !told;
        }
        told
    }

    fn tell_mixer(
        &mut self,
        room: ConferenceId,
        mixes: Vec<Mix>,
        joining: Vec<Joining>,
        first_due: Instant,
    ) -> bool {
        let tune = Tune {
            room,
            mixes,
            joining,
            first_due,
        };
        self.mixer.tune(tune).is_ok()
    }

    /// Lets every shared slot carry what was planned.
    fn carry(&mut self, conference: ConferenceId, plan: Plan, now: Instant) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        let mut changed: Vec<(CallId, usize, Option<Carries>, Carries)> = Vec::new();
        for (slot, wanted) in room.sound.slots.iter_mut().zip(plan.carries) {
            let before = std::mem::replace(&mut slot.carries, wanted);
            let wanted = wanted.filter(|wanted| before != Some(*wanted));
            changed.extend(wanted.map(|wanted| (slot.receiver, slot.slot, before, wanted)));
        }
        room.sound.mixes = plan.mixes;
        self.seat_voices(conference);
        for (receiver, slot, before, wanted) in changed {
            self.carry_in(conference, (receiver, slot), before, wanted, now);
        }
        self.fan_out(conference);
    }

    /// Writes into the slots who is in them.
    fn seat_voices(&mut self, conference: ConferenceId) {
        let Some(room) = self.rooms.get(&conference) else {
            return;
        };
        for shared in &room.sound.slots {
            let state = self.calls.get_mut(&shared.receiver);
            let state = state.and_then(|call| call.slots.get_mut(shared.slot));
            if let (Some(state), Some(Carries::One(source) | Carries::Mix(source))) =
                (state, shared.carries)
            {
                state.source = Some(source);
            }
        }
    }

    /// Changes what one slot carries.
    fn carry_in(
        &mut self,
        conference: ConferenceId,
        (receiver, slot): (CallId, usize),
        before: Option<Carries>,
        wanted: Carries,
        now: Instant,
    ) {
        let state = self.calls.get_mut(&receiver);
        let Some(state) = state.and_then(|call| call.slots.get_mut(slot)) else {
            return;
        };
        match (before, wanted) {
            (Some(Carries::Mix(old)), Carries::Mix(new)) => {
                // All mixes of a room count the same time.
                state.stream.join(Joint {
                    from: old,
                    at: 0,
                    to: new,
                    is: 0,
                });
                state.stream.want(Some(Layer::of_mix(new)), now);
            }
            (_, Carries::Mix(new)) => state.stream.want(Some(Layer::of_mix(new)), now),
            (Some(Carries::Mix(old)), Carries::One(voice)) => {
                self.hand_over(conference, (receiver, slot), old, voice, now);
            }
            (_, Carries::One(_)) => {}
        }
        self.choose_layers_of(vec![receiver], now);
    }

    /// Lets a voice go on in a slot where the mix has come to in it: what has
    /// come since and was not mixed follows at once.
    fn hand_over(
        &mut self,
        conference: ConferenceId,
        (receiver, slot): (CallId, usize),
        mix: CallId,
        voice: CallId,
        now: Instant,
    ) {
        let Some(sound) = self.rooms.get(&conference).map(|room| &room.sound) else {
            return;
        };
        let (Some(heard), Some(spec)) = (sound.voices.get(&voice), sound.spec) else {
            return;
        };
        let Some(last) = heard.packets().next_back() else {
            return;
        };
        let layer = Layer {
            source: voice,
            ssrc: last.ssrc,
        };
        let end = sound.end_of(voice);
        let unheard: Vec<KeptPacket> = match end {
            Some((_, at)) => {
                let packets = heard.packets();
                let packets = packets.filter(|p| p.ssrc == layer.ssrc);
                let since = |p: &&KeptPacket| p.timestamp.wrapping_sub(at).cast_signed() >= 0;
                packets.filter(since).cloned().collect()
            }
            None => Vec::new(),
        };
        let state = self.calls.get_mut(&receiver);
        let Some(state) = state.and_then(|call| call.slots.get_mut(slot)) else {
            return;
        };
        state.stream.want(Some(layer), now);
        if let Some((at, is)) = end {
            state.stream.join(Joint {
                from: mix,
                at,
                to: voice,
                is,
            });
        }
        for packet in &unheard {
            let written = self.enter(receiver, |call| {
                call.forward_kept(slot, voice, &spec, packet, now)
            });
            self.written(receiver, usize::from(written == Some(true)));
        }
    }

    /// Sends 20 ms of a room's mixes to those who hear them.
    pub(crate) fn mixed(&mut self, mixed: &Mixed, now: Instant) {
        let Some(room) = self.rooms.get_mut(&mixed.room) else {
            return;
        };
        let Some(spec) = room.sound.spec else {
            return;
        };
        let after = |(voice, at): &(CallId, u32)| (*voice, at.wrapping_add(FRAME as u32));
        room.sound.alive = Some(now);
        room.sound.reached = Some(Reached {
            timestamp: mixed.timestamp.wrapping_add(FRAME as u32),
            voices: mixed.played.iter().map(after).collect(),
        });
        for frame in &mixed.frames {
            count(&self.counters.frames_mixed);
            let room = self.rooms.get(&mixed.room);
            let receivers = room.and_then(|room| room.fanout.get(&(frame.mix, Content::Audio)));
            for (receiver, slot) in receivers.cloned().unwrap_or_default() {
                let written = self.enter(receiver, |call| {
                    call.forward_mix(slot, &spec, mixed, frame, now)
                });
                self.written(receiver, usize::from(written == Some(true)));
            }
        }
    }
}
