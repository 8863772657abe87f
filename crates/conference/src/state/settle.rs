//! What follows from the state, and telling it to those it concerns.

use std::collections::HashMap;
use std::sync::Arc;

use vdx_domain::{CallId, ParticipantId, ParticipantRole};
use vdx_media::{Assignment, Content, Slot};

use super::direct::Leg;
use super::participant::Participant;
use super::{Conference, Effect, Refused};
use crate::codec::Receivers;
use crate::event::{ConferenceView, Event, LayoutView, SlotView, StageEntry};
use crate::slots::{self, Member, SlotCounts, View};

impl Conference {
    /// Derives everything that follows from the state and tells the differences.
    pub(super) fn settle(&mut self) {
        self.open_doors();
        self.settle_direct();
        self.clear_floor();
        self.keep_standings();
        let changes = self.publish_roster();
        self.assign_slots();
        self.hand_over_slots();
        let stage = self.stage();
        let receivers = self.receivers();
        for viewer in 0..self.participants.len() {
            if self.participants[viewer].listens() {
                self.tell_roster(viewer, &changes);
                self.tell_conference(viewer);
                self.tell_presentation(viewer);
                self.tell_slots(viewer);
                self.tell_stage(viewer, &stage);
                self.tell_codec(viewer, receivers);
                self.tell_ending(viewer);
                self.tell_layers(viewer);
                self.tell_moved(viewer);
            }
        }
    }

    /// What follows from who speaks how loud: slots and the stage. Everything
    /// else stays as it is, which keeps the reports of loudness cheap.
    pub(super) fn settle_speech(&mut self) {
        let moved = self.assign_slots();
        if moved {
            self.hand_over_slots();
        }
        let stage = self.stage();
        for viewer in 0..self.participants.len() {
            if self.participants[viewer].listens() {
                if moved {
                    self.tell_slots(viewer);
                }
                self.tell_stage(viewer, &stage);
            }
        }
    }

    /// Works the table of slots out anew; `true` when it changed.
    fn assign_slots(&mut self) -> bool {
        let members: Vec<Member> = self
            .participants
            .iter()
            .filter_map(|who| {
                Some(Member {
                    id: who.id,
                    role: who.role,
                    waiting: who.waiting,
                    muted: who.is_muted(&self.room),
                    camera: !who.is_hidden(&self.room),
                    level: self.speakers.level(who.id),
                    slots: who.slots(&self.room)?,
                })
            })
            .collect();
        let spotlights: Vec<ParticipantId> =
            self.spotlights.iter().map(|light| light.who).collect();
        let view = View {
            members: &members,
            speakers: self.speakers.order(),
            presenter: self.presenter,
            spotlights: &spotlights,
            settings: &self.room.settings,
        };
        let table = slots::assign(view, &self.table);
        let changed = table != self.table;
        self.table = table;
        changed
    }

    /// Hands the table to the media engine where it differs from what that has.
    fn hand_over_slots(&mut self) {
        let calls: HashMap<ParticipantId, (CallId, bool)> = self
            .participants
            .iter()
            .filter_map(|who| {
                let call = who.call.as_ref()?;
                Some((who.id, (call.id, who.is_hidden(&self.room))))
            })
            .collect();
        let mut assigned = Vec::with_capacity(self.assigned.len());
        for who in &self.participants {
            let (Some(call), Some(seats)) = (&who.call, self.table.seats(who.id)) else {
                continue;
            };
            let counts = who.slots(&self.room).unwrap_or_default();
            for (slot, source) in seats.taken() {
                let Some((source_call, hidden)) = calls.get(&source) else {
                    continue;
                };
                if slot.content != Content::Main || !hidden {
                    assigned.push(Assignment {
                        receiver: call.id,
                        slot: counts.slot_of(slot),
                        source: *source_call,
                        large: slot.content != Content::Main || seats.layout().is_large(source),
                    });
                }
            }
        }
        if assigned != self.assigned {
            self.assigned.clone_from(&assigned);
            self.effects.push(Effect::Assign(assigned));
        }
    }

    /// The state of the conference as somebody sees it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn status(&self, viewer: ParticipantId) -> Result<ConferenceView, Refused> {
        Ok(self.status_for(self.participant(viewer)?))
    }

    fn status_for(&self, viewer: &Participant) -> ConferenceView {
        let settings = &self.room.settings;
        ConferenceView {
            started: self.started,
            locked: self.is_locked(),
            guests_muted: self.guest_microphones.muted,
            guests_can_unmute: self.guest_microphones.can_unmute,
            guests_can_present: settings.guests_can_present,
            presentation_allowed: viewer.may_present(&self.room),
            direct_media: viewer.leg().is_some_and(Leg::is_agreed),
            ends_at: self.room.ends_at,
            ends_for_all: self.everybody_ends_at().is_some(),
        }
    }

    fn tell_conference(&mut self, viewer: usize) {
        let view = self.status_for(&self.participants[viewer]);
        let who = &mut self.participants[viewer];
        if who.told.conference.replace(view) != Some(view) {
            let id = who.id;
            self.tell(id, Event::Conference(view));
        }
    }

    fn tell_ending(&mut self, viewer: usize) {
        let who = &mut self.participants[viewer];
        let before = std::mem::replace(&mut who.told.ending, self.ending);
        if let Some(ending) = self.ending.filter(|_| before != self.ending) {
            let id = who.id;
            self.tell(id, Event::Ending(ending));
        }
    }

    /// The presenter is not told of the own presentation: to a client that word
    /// means that somebody else took the floor.
    fn tell_presentation(&mut self, viewer: usize) {
        let presenter = self.presenter;
        let who = &mut self.participants[viewer];
        let shown = presenter
            .filter(|id| *id != who.id && !who.waiting && who.receives_presentation(&self.room));
        let before = std::mem::replace(&mut who.told.presenter, shown);
        if before == shown {
            return;
        }
        let to = who.id;
        let name = shown
            .and_then(|id| self.participant(id).ok())
            .map(|who| (who.id, who.name.clone()));
        match name {
            Some((presenter, name)) => self.tell(to, Event::PresentationStart { presenter, name }),
            None => self.tell(to, Event::PresentationStop),
        }
    }

    fn tell_slots(&mut self, viewer: usize) {
        let who = &self.participants[viewer];
        let slots: Vec<SlotView> = who.agreed().map_or_else(Vec::new, |agreed| {
            let counts = who.slots(&self.room).unwrap_or_default();
            agreed
                .sections
                .iter()
                .map(|section| SlotView {
                    mid: section.mid.clone(),
                    slot: section.slot,
                    participant: self.in_slot(who.id, counts, section.slot),
                    large: self.is_large(who.id, section.slot),
                })
                .collect()
        });
        let layout = self.layout_of(who);
        let who = &mut self.participants[viewer];
        let to = who.id;
        let slots_changed = who.told.slots != slots;
        let layout_changed = who.told.layout.as_ref() != Some(&layout);
        if slots_changed {
            who.told.slots.clone_from(&slots);
            self.tell(to, Event::Slots(slots));
        }
        if layout_changed {
            self.participants[viewer].told.layout = Some(layout.clone());
            self.tell(to, Event::Layout(layout));
        }
    }

    /// Who is in a slot; of several who share it, the one who spoke last.
    fn in_slot(
        &self,
        receiver: ParticipantId,
        counts: SlotCounts,
        slot: Slot,
    ) -> Option<ParticipantId> {
        let places = self.table.seats(receiver)?.taken();
        let sources = places
            .filter(|(place, _)| counts.slot_of(*place) == slot)
            .map(|(_, source)| source);
        let order = self.speakers.order();
        let rank = |source: &ParticipantId| order.iter().position(|id| id == source);
        sources.min_by_key(|source| rank(source).unwrap_or(usize::MAX))
    }

    fn is_large(&self, receiver: ParticipantId, slot: Slot) -> bool {
        let seats = self.table.seats(receiver);
        seats.is_some_and(|seats| {
            let source = seats.source(slot);
            source.is_some_and(|who| slot.content != Content::Main || seats.layout().is_large(who))
        })
    }

    fn layout_of(&self, who: &Participant) -> LayoutView {
        let settings = &self.room.settings;
        LayoutView {
            host_view: settings.host_view,
            guest_view: settings.guest_view,
            own_view: match who.role {
                ParticipantRole::Host => settings.host_view,
                ParticipantRole::Guest => settings.guest_view,
            },
            overlay_text: settings.enable_overlay_text,
            participants: self
                .table
                .seats(who.id)
                .map_or_else(Vec::new, |seats| seats.layout().order.clone()),
        }
    }

    fn stage(&self) -> Arc<[StageEntry]> {
        let talking = self.speakers.is_active_talking();
        let active = self.speakers.active();
        self.speakers
            .order()
            .iter()
            .map(|id| StageEntry {
                participant: *id,
                talking: talking && active == Some(*id),
            })
            .collect()
    }

    fn tell_stage(&mut self, viewer: usize, stage: &Arc<[StageEntry]>) {
        let who = &mut self.participants[viewer];
        if who.waiting || (who.told.stage.is_none() && stage.is_empty()) {
            return;
        }
        if who.told.stage.as_ref() != Some(stage) {
            who.told.stage = Some(stage.clone());
            let to = who.id;
            self.tell(to, Event::Stage(stage.clone()));
        }
    }

    fn tell_codec(&mut self, viewer: usize, receivers: Receivers) {
        let who = &mut self.participants[viewer];
        let prefers = who.hub_path().is_some_and(|hub| hub.prefers_h264);
        let codec = receivers.codec_from(who.id, prefers);
        if who.told.codec.replace(codec) != Some(codec) {
            let to = who.id;
            self.tell(to, Event::VideoCodec(codec));
        }
    }

    fn receivers(&self) -> Receivers {
        let inside = self.participants.iter().filter(|who| !who.waiting);
        Receivers::of(inside.filter_map(|who| Some((who.id, who.agreed()?.decodes.as_slice()))))
    }

    pub(super) fn tell_layers(&mut self, viewer: usize) {
        let who = &mut self.participants[viewer];
        let call = who.call.as_ref();
        let needed = call.and_then(|call| Some((call.id, call.hub()?.layers.clone()?)));
        if who.told.layers != needed {
            who.told.layers.clone_from(&needed);
            let to = who.id;
            if let Some((call, rids)) = needed {
                self.tell(to, Event::Layers { call, rids });
            }
        }
    }

    pub(super) fn tell(&mut self, to: ParticipantId, event: Event) {
        self.effects.push(Effect::Tell { to, event });
    }
}
