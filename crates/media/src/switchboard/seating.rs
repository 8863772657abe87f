//! Who is in whose slots, in which encoding: the conference's table turned
//! into what the forwarding of a packet looks up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use vdx_domain::{CallId, ConferenceId};

use super::Switchboard;
use crate::layers::Shown;
use crate::slot_stream::Layer;
use crate::types::{Content, Slot};

/// Sound of one slot, set aside before pictures share a receiver's bandwidth.
const AUDIO_BITS: u64 = 60_000;

impl Switchboard {
    /// Puts the conference's table into the receivers' slots.
    pub(super) fn seat(&mut self, conference: ConferenceId, now: Instant) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        let mut seats: HashMap<(CallId, Slot), CallId> = HashMap::new();
        let mut shared: BTreeMap<(CallId, Slot), Vec<CallId>> = BTreeMap::new();
        for seat in room.table.iter().filter(|s| s.source != s.receiver) {
            let place = (seat.receiver, seat.slot);
            let first = *seats.entry(place).or_insert(seat.source);
            if first != seat.source && seat.slot.content == Content::Audio {
                let voices = shared.entry(place).or_insert_with(|| vec![first]);
                voices.push(seat.source);
            }
        }
        for id in &room.members {
            let Some(call) = self.calls.get_mut(id) else {
                continue;
            };
            for state in &mut call.slots {
                state.source = seats.get(&(*id, state.slot)).copied();
                if state.source.is_none() {
                    state.stream.want(None, now);
                }
            }
        }
        self.share(conference, shared, now);
        self.choose_layers(conference, now);
        self.fan_out(conference);
    }

    /// Who receives what: the sources wanted in slots, and those that go on
    /// until the wanted one's key frame comes.
    pub(super) fn fan_out(&mut self, conference: ConferenceId) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        room.fanout.clear();
        for id in &room.members {
            let Some(call) = self.calls.get(id) else {
                continue;
            };
            for (index, state) in call.slots.iter().enumerate() {
                let going_on = state.stream.forwarding().map(|layer| layer.source);
                // A mix brings what its voices say from its first moment on.
                let mixed = state.source.is_some_and(|s| room.sound.has_mix(s));
                let going_on = going_on.filter(|_| !mixed);
                let sources = [state.source, going_on.filter(|s| Some(*s) != state.source)];
                for source in sources.into_iter().flatten() {
                    let key = (source, state.slot.content);
                    room.fanout.entry(key).or_default().push((*id, index));
                }
            }
        }
    }

    /// Chooses the encoding for every slot of a conference.
    pub(super) fn choose_layers(&mut self, conference: ConferenceId, now: Instant) {
        let members = self.rooms.get(&conference).map(|room| room.members.clone());
        for id in members.unwrap_or_default() {
            self.choose_layers_for(id, now);
        }
    }

    pub(super) fn choose_layers_for(&mut self, id: CallId, now: Instant) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let taken = |content: Content| {
            let slots = call.slots.iter();
            slots
                .filter(|s| s.slot.content == content && s.source.is_some())
                .count()
        };
        let (sounds, pictures, slides) = (
            taken(Content::Audio),
            taken(Content::Main),
            taken(Content::Slides),
        );
        let budget = call.budget().saturating_sub(AUDIO_BITS * sounds as u64);
        let share = budget / (pictures + slides).max(1) as u64;
        let wishes: Vec<_> = call
            .slots
            .iter()
            .enumerate()
            .filter_map(|(index, s)| {
                Some((index, s.slot.content, s.source?, s.stream.forwarding()))
            })
            .collect();
        let mut desired = AUDIO_BITS * sounds as u64;
        for (index, content, source, forwarding) in wishes {
            let shown = match content {
                Content::Main => Shown::among(pictures),
                Content::Audio | Content::Slides => Shown::Large,
            };
            let Some(sender) = self.calls.get_mut(&source) else {
                continue;
            };
            let current = forwarding.filter(|f| f.source == source).map(|f| f.ssrc);
            let encodings = sender.encodings(content);
            desired += encodings.highest_rate(now);
            let chosen = encodings.choose(share, shown, current, now);
            let layer = chosen.map(|ssrc| Layer { source, ssrc });
            self.want(id, index, layer, now);
        }
        let wish = desired + desired / 4;
        self.enter(id, |call| call.desire(wish));
        self.drain(id);
    }

    /// Points a slot at an encoding; a picture needs a key frame to begin with.
    fn want(&mut self, id: CallId, slot: usize, layer: Option<Layer>, now: Instant) {
        // A source that is silent for a moment keeps its place.
        let Some(layer) = layer else {
            return;
        };
        let state = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.slots.get_mut(slot));
        let Some(state) = state else {
            return;
        };
        let before = state.stream.awaiting();
        state.stream.want(Some(layer), now);
        if state.slot.content != Content::Audio && state.stream.awaiting() != before {
            self.key_frames_wanted.push((id, slot));
        }
    }

    /// A slot needs a key frame of what it waits for, else of what it shows.
    /// Before its receiver is connected the key frame would be lost, and the
    /// throttle hold back the next.
    pub(super) fn ask_key_frame(&mut self, id: CallId, slot: usize, now: Instant) {
        let call = self.calls.get(&id).filter(|call| call.is_connected());
        let state = call.and_then(|call| call.slots.get(slot));
        let Some(state) = state.filter(|state| state.slot.content != Content::Audio) else {
            return;
        };
        let content = state.slot.content;
        let Some(layer) = state.stream.awaiting().or(state.stream.forwarding()) else {
            return;
        };
        let rid = self
            .calls
            .get_mut(&layer.source)
            .and_then(|sender| sender.encodings(content).need_key_frame(layer.ssrc, now));
        if let Some(rid) = rid {
            self.enter(layer.source, |sender| {
                sender.request_key_frame(content, rid);
            });
            self.drain(layer.source);
            self.touched.insert(layer.source);
        }
    }

    pub(super) fn expire_sources(&mut self, conference: ConferenceId, now: Instant) {
        let Some(room) = self.rooms.get(&conference) else {
            return;
        };
        let members: HashSet<CallId> = room.members.iter().copied().collect();
        let here = |source: CallId| members.contains(&source) || room.sound.has_mix(source);
        for id in &members {
            if let Some(call) = self.calls.get_mut(id) {
                for state in &mut call.slots {
                    state.stream.expire(here, now);
                }
            }
        }
    }
}
