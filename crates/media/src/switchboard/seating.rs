//! Who is in whose slots, in which encoding: the conference's table turned
//! into what the forwarding of a packet looks up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use vdx_domain::{CallId, ConferenceId};

use super::{LAYER_INTERVAL, Switchboard};
use crate::allocation::{Offered, Wish, allocate, large_enough};
use crate::call::{Call, Granted};
use crate::slot_stream::Layer;
use crate::types::{Content, Slot};

/// What the sound of one slot is taken to need until it was measured.
const AUDIO_BITS: u64 = 48_000;
/// Rows of a small picture where the receiver has not said how small it is.
const SMALL_PICTURE: u16 = 180;

impl Switchboard {
    /// Puts the conference's table into the receivers' slots.
    pub(super) fn seat(&mut self, conference: ConferenceId, now: Instant) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        let mut seats: HashMap<(CallId, Slot), (CallId, bool)> = HashMap::new();
        let mut shared: BTreeMap<(CallId, Slot), Vec<CallId>> = BTreeMap::new();
        for seat in room.table.iter().filter(|s| s.source != s.receiver) {
            let place = (seat.receiver, seat.slot);
            let (first, _) = *seats.entry(place).or_insert((seat.source, seat.large));
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
                let seat = seats.get(&(*id, state.slot)).copied();
                let source = seat.map(|(source, _)| source);
                state.large = seat.is_some_and(|(_, large)| large);
                if state.source != source {
                    state.source = source;
                    state.granted = Granted::Undecided;
                }
                if source.is_none() {
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
                let source = state.source.filter(|_| state.shown != Some(0));
                let sources = [source, going_on.filter(|s| Some(*s) != source)];
                for source in sources.into_iter().flatten() {
                    let key = (source, state.slot.content);
                    room.fanout.entry(key).or_default().push((*id, index));
                }
            }
        }
    }

    /// Chooses layers again: for everybody now and then, and sooner for those
    /// whose bandwidth changed.
    pub(super) fn keep_layers(&mut self, conference: ConferenceId, now: Instant) {
        let Some(room) = self.rooms.get(&conference) else {
            return;
        };
        let chosen = room.layers_chosen;
        if chosen.is_none_or(|at| now.saturating_duration_since(at) >= LAYER_INTERVAL) {
            self.choose_layers(conference, now);
            return;
        }
        let moved = |id: &&CallId| self.calls.get(id).is_some_and(Call::budget_moved);
        let moved: Vec<CallId> = room.members.iter().filter(moved).copied().collect();
        self.choose_layers_of(moved, now);
    }

    /// Chooses layers for those who receive a source that begins to send
    /// something.
    pub(super) fn source_begins(&mut self, source: (CallId, Content), now: Instant) {
        let conference = self.calls.get(&source.0).map(|call| call.conference);
        let room = conference.and_then(|conference| self.rooms.get(&conference));
        let receivers = room.and_then(|room| room.fanout.get(&source));
        let mut receivers: Vec<CallId> =
            receivers.into_iter().flatten().map(|(id, _)| *id).collect();
        receivers.dedup();
        self.choose_layers_of(receivers, now);
    }

    /// Chooses layers for one receiver, whose wishes have changed.
    pub(super) fn wishes_changed(&mut self, id: CallId, now: Instant) {
        let Some(conference) = self.calls.get(&id).map(|call| call.conference) else {
            return;
        };
        self.choose_layers_of(vec![id], now);
        self.tell_needed_layers(conference, now);
        self.fan_out(conference);
    }

    pub(super) fn choose_layers_of(&mut self, receivers: Vec<CallId>, now: Instant) {
        for id in receivers {
            let offers = self.offers(&self.sources_of(id), now);
            self.choose_layers_for(id, &offers, now);
        }
    }

    /// Chooses the layer for every slot of a conference.
    pub(super) fn choose_layers(&mut self, conference: ConferenceId, now: Instant) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        room.layers_chosen = Some(now);
        let members = room.members.clone();
        let offers = self.offers(&members, now);
        for id in members {
            self.choose_layers_for(id, &offers, now);
        }
        self.tell_needed_layers(conference, now);
    }

    fn sources_of(&self, id: CallId) -> Vec<CallId> {
        let slots = self.calls.get(&id).map_or(&[][..], |call| &call.slots);
        slots.iter().filter_map(|state| state.source).collect()
    }

    /// What these senders have to offer.
    fn offers(&self, senders: &[CallId], now: Instant) -> Offers {
        let mut offers = Offers::new();
        for id in senders {
            let Some(call) = self.calls.get(id) else {
                continue;
            };
            for content in [Content::Main, Content::Slides] {
                if let Some(known) = call.known_encodings(content) {
                    offers.insert((*id, content), known.offered(now));
                }
            }
        }
        offers
    }

    /// What the sounds in a receiver's slots take, bits a second.
    fn sound_bits(&self, call: &Call, now: Instant) -> u64 {
        let sounds = call
            .slots
            .iter()
            .filter(|s| s.slot.content == Content::Audio);
        let sources = sounds.filter_map(|s| s.source);
        let rate = |source: CallId| {
            // A mix is no call, and weighs what a voice does.
            let known = self.calls.get(&source)?.known_encodings(Content::Audio);
            known.and_then(|known| known.rate(now))
        };
        sources
            .map(|source| rate(source).unwrap_or(AUDIO_BITS))
            .sum()
    }

    fn choose_layers_for(&mut self, id: CallId, offers: &Offers, now: Instant) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let sounds = self.sound_bits(call, now);
        let pictures = pictures(call, offers);
        let wishes: Vec<Wish<'_>> = pictures.iter().map(Picture::wish).collect();
        let best: u64 = pictures.iter().map(Picture::best_rate).sum();
        let budget = call.climb.budget(now, call.budget());
        let may_climb = call.climb.is_allowed(now);
        let granted = allocate(budget.saturating_sub(sounds), &wishes, may_climb);
        let fell = |(count, wish): (&usize, &Wish<'_>)| {
            wish.held.is_some_and(|held| *count < held.min(wish.most))
        };
        let climbed =
            |(count, wish): (&usize, &Wish<'_>)| wish.held.is_some_and(|held| *count > held);
        let fell = granted.iter().zip(&wishes).any(fell);
        let climbed = granted.iter().zip(&wishes).any(climbed);
        let next = next_bits(&wishes, &granted).map(|bits| sounds + bits);
        if let Some(call) = self.calls.get_mut(&id) {
            call.chosen_for = call.budget();
            if fell {
                call.climb.fell(now);
            } else if climbed {
                call.climb.climbed(now, budget);
            }
        }
        self.choose_sounds(id, now);
        for (picture, count) in pictures.iter().zip(granted) {
            self.grant(id, picture, count, now);
        }
        let desired = sounds + best;
        let wish = desired + desired / 4;
        let next = next.unwrap_or(0);
        if self.enter(id, |call| call.desire(next, wish, now)) == Some(true) {
            self.drain(id);
        }
    }

    /// Sound has one encoding, and is forwarded whatever the bandwidth.
    fn choose_sounds(&mut self, id: CallId, now: Instant) {
        let slots = self.calls.get(&id).map_or(&[][..], |call| &call.slots);
        let sounds = slots.iter().enumerate();
        let sounds = sounds.filter(|(_, s)| s.slot.content == Content::Audio);
        let layer = |source: CallId| {
            let known = self.calls.get(&source)?.known_encodings(Content::Audio)?;
            let ssrc = known.newest(now)?;
            Some(Layer { source, ssrc })
        };
        let wanted: Vec<(usize, Layer)> = sounds
            .filter_map(|(index, state)| Some((index, layer(state.source?)?)))
            .collect();
        for (slot, layer) in wanted {
            self.want(id, slot, layer, now);
        }
    }

    /// Lets a picture have the first `count` of its source's layers.
    fn grant(&mut self, id: CallId, picture: &Picture<'_>, count: usize, now: Instant) {
        let state = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.slots.get_mut(picture.slot));
        let Some(state) = state else {
            return;
        };
        let allowed = picture.layers.get(..count).unwrap_or_default();
        state.granted = match allowed.last() {
            Some(layer) => Granted::Layer {
                ssrc: layer.ssrc,
                larger: count == picture.layers.len() && picture.is_too_small(layer),
            },
            None if picture.is_hidden() || picture.layers.is_empty() => Granted::Undecided,
            None => Granted::Nothing,
        };
        if state.granted == Granted::Nothing || picture.is_hidden() {
            state.stream.want(None, now);
        }
        // Until the layer flows that was chosen, the next smaller one does, or
        // what is there goes on.
        let flowing = allowed.iter().rev().find(|layer| layer.flows);
        if let Some(layer) = flowing {
            let layer = Layer {
                source: picture.source,
                ssrc: layer.ssrc,
            };
            self.want(id, picture.slot, layer, now);
        }
    }

    /// Points a slot at an encoding; a picture needs a key frame to begin with.
    fn want(&mut self, id: CallId, slot: usize, layer: Layer, now: Instant) {
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

/// What senders have to offer, smallest layer first.
type Offers = HashMap<(CallId, Content), Vec<Offered>>;

/// A picture in a receiver's slot.
struct Picture<'a> {
    /// Index of the slot in the call.
    slot: usize,
    source: CallId,
    large: bool,
    layers: &'a [Offered],
    /// Rows wanted; 0 = hidden.
    height: u16,
    tallest: u16,
    held: Option<usize>,
}

impl Picture<'_> {
    fn is_hidden(&self) -> bool {
        self.height == 0
    }

    fn wish(&self) -> Wish<'_> {
        let most = large_enough(self.layers, self.height, self.tallest);
        Wish {
            layers: self.layers,
            most: if self.is_hidden() { 0 } else { most },
            held: self.held,
        }
    }

    /// The rate of the best layer that may be wanted. A large picture is taken to
    /// be shown as large as can be, whatever its size now: the estimate follows
    /// what is asked for, and who enlarges a window would wait while it grows.
    fn best_rate(&self) -> u64 {
        let height = if self.large { u16::MAX } else { self.height };
        let count = match height {
            0 => 0,
            _ => large_enough(self.layers, height, self.tallest),
        };
        let best = count.checked_sub(1).and_then(|last| self.layers.get(last));
        best.map_or(0, |layer| layer.rate)
    }

    /// Whether a larger layer than this would be shown.
    fn is_too_small(&self, layer: &Offered) -> bool {
        layer.height < self.height.min(self.tallest)
    }
}

/// The pictures of a receiver, the most important first: presentations, large
/// pictures, small pictures.
fn pictures<'a>(call: &Call, offers: &'a Offers) -> Vec<Picture<'a>> {
    let taken = call.slots.iter().filter(|s| s.source.is_some());
    let mains = taken.filter(|s| s.slot.content == Content::Main);
    let large = mains.filter(|s| s.large && s.shown != Some(0)).count();
    let mut pictures: Vec<(_, Picture<'a>)> = Vec::with_capacity(call.slots.len());
    for (index, state) in call.slots.iter().enumerate() {
        let content = state.slot.content;
        let Some(source) = state.source.filter(|_| content != Content::Audio) else {
            continue;
        };
        let layers = offers
            .get(&(source, content))
            .map_or(&[][..], Vec::as_slice);
        let usual = match content {
            Content::Main if state.large => usual_height(large),
            Content::Main => SMALL_PICTURE,
            Content::Audio | Content::Slides => u16::MAX,
        };
        let position = |ssrc: u32| layers.iter().position(|layer| layer.ssrc == ssrc);
        let picture = Picture {
            slot: index,
            source,
            large: state.large || content == Content::Slides,
            layers,
            height: state.shown.unwrap_or(usual),
            // A presentation is as sharp as it comes: it has one layer.
            tallest: match content {
                Content::Slides => u16::MAX,
                Content::Audio | Content::Main => call.quality.tallest(),
            },
            held: match state.granted {
                Granted::Undecided => None,
                Granted::Nothing => Some(0),
                Granted::Layer { ssrc, .. } => position(ssrc).map(|index| index + 1),
            },
        };
        let rank = (content != Content::Slides, !state.large, state.slot.index);
        pictures.push((rank, picture));
    }
    pictures.sort_by_key(|(rank, _)| *rank);
    pictures.into_iter().map(|(_, picture)| picture).collect()
}

/// Rows of a large picture where the receiver has not said how large it is.
fn usual_height(large_pictures: usize) -> u16 {
    match large_pictures {
        0 | 1 => u16::MAX,
        2..=4 => 360,
        _ => SMALL_PICTURE,
    }
}

/// What the pictures would take if the most important of those that could be
/// larger were one layer larger, with something to spare, as a climb wants it;
/// `None` when all are as large as they are wanted.
fn next_bits(wishes: &[Wish<'_>], granted: &[usize]) -> Option<u64> {
    let rate = |wish: &Wish<'_>, count: usize| {
        let last = count.checked_sub(1).and_then(|last| wish.layers.get(last));
        last.map_or(0, |layer| layer.rate)
    };
    let pictures = || wishes.iter().zip(granted.iter().copied());
    let spent: u64 = pictures().map(|(wish, count)| rate(wish, count)).sum();
    let (smaller, count) = pictures().find(|(wish, count)| *count < wish.most)?;
    let larger = rate(smaller, count + 1);
    Some(spent - rate(smaller, count) + larger + larger / 4)
}
