//! What follows from the state, and telling it to those it concerns.

use std::sync::Arc;

use vdx_domain::{ParticipantId, ParticipantRole, VmrType};
use vdx_media::{Assignment, Content, Slot};

use super::participant::Participant;
use super::{Conference, Effect, Refused};
use crate::codec::Receivers;
use crate::event::{ConferenceView, Event, LayoutView, SlotView, StageEntry};
use crate::slots::{self, Member, SlotCounts, SlotTable, View};

impl Conference {
    /// Derives everything that follows from the state and tells the differences.
    pub(super) fn settle(&mut self) {
        self.open_doors();
        self.clear_floor();
        let changes = self.publish_roster();
        self.assign_slots();
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
            }
        }
    }

    fn assign_slots(&mut self) {
        let members: Vec<Member> = self
            .participants
            .iter()
            .filter_map(|who| {
                Some(Member {
                    id: who.id,
                    waiting: who.waiting,
                    muted: who.is_muted(&self.room),
                    level: self.speakers.level(who.id),
                    slots: who.slots(&self.room)?,
                })
            })
            .collect();
        let view = View {
            members: &members,
            speakers: self.speakers.order(),
            presenter: self.presenter,
        };
        self.table = slots::assign(view, &self.table);
        let lecture = self.room.settings.vmr_type == VmrType::Lecture;
        let assigned: Vec<Assignment> = self
            .table
            .iter()
            .filter_map(|((receiver, slot), source)| {
                let source = self.participant(*source).ok()?;
                let receiver = self.participant(*receiver).ok()?;
                let unseen = source.is_hidden(&self.room)
                    || (lecture && !source.is_host() && !receiver.is_host());
                let hidden = slot.content == Content::Main && unseen;
                (!hidden).then_some(Assignment {
                    receiver: receiver.call.as_ref()?.id,
                    slot: receiver.slots(&self.room)?.slot_of(*slot),
                    source: source.call.as_ref()?.id,
                })
            })
            .collect();
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
            ends_at: self
                .room
                .ends_at
                .filter(|_| settings.end_meeting_on_end_time),
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
                })
                .collect()
        });
        let layout = self.layout_of(who, &self.table);
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
        let places = slots::of_receiver(&self.table, receiver, slot.content);
        let sources = places
            .filter(|(place, _)| counts.slot_of(*place) == slot)
            .map(|(_, source)| source);
        let order = self.speakers.order();
        let rank = |source: &ParticipantId| order.iter().position(|id| id == source);
        sources.min_by_key(|source| rank(source).unwrap_or(usize::MAX))
    }

    fn layout_of(&self, who: &Participant, table: &SlotTable) -> LayoutView {
        let settings = &self.room.settings;
        LayoutView {
            host_view: settings.host_view,
            guest_view: settings.guest_view,
            own_view: match who.role {
                ParticipantRole::Host => settings.host_view,
                ParticipantRole::Guest => settings.guest_view,
            },
            overlay_text: settings.enable_overlay_text,
            participants: slots::of_receiver(table, who.id, Content::Main)
                .map(|(_, source)| source)
                .collect(),
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
        let prefers = who.call.as_ref().is_some_and(|call| call.prefers_h264);
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

    pub(super) fn tell(&mut self, to: ParticipantId, event: Event) {
        self.effects.push(Effect::Tell { to, event });
    }
}
