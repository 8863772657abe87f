//! What follows from the state, and telling it to those it concerns.

use std::sync::Arc;

use vdx_domain::{ParticipantId, ParticipantRole};
use vdx_media::{Assignment, Content, VideoCodec};

use super::participant::Participant;
use super::{Conference, Effect};
use crate::event::{ConferenceView, Event, LayoutView, SlotView, StageEntry};
use crate::slots::{self, Member, SlotTable, View};

impl Conference {
    /// Derives everything that follows from the state and tells the differences.
    pub(super) fn settle(&mut self) {
        self.admit_waiting();
        for who in &mut self.participants {
            who.refresh_view(self.presenter == Some(who.id));
        }
        self.assign_slots();
        let stage = self.stage();
        for viewer in 0..self.participants.len() {
            if self.participants[viewer].listens() {
                self.tell_roster(viewer);
                self.tell_conference(viewer);
                self.tell_presentation(viewer);
                self.tell_slots(viewer);
                self.tell_stage(viewer, &stage);
                self.tell_codec(viewer);
            }
        }
    }

    /// The first host opens the doors; they stay open.
    fn admit_waiting(&mut self) {
        self.started |= self.participants.iter().any(Participant::is_host);
        if self.participants.is_empty() {
            self.started = false;
        }
        if self.started {
            for who in &mut self.participants {
                who.waiting = false;
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
                    muted: who.muted,
                    level: self.speakers.level(who.id),
                    slots: who.agreed()?.counts(),
                })
            })
            .collect();
        let view = View {
            members: &members,
            speakers: self.speakers.order(),
            presenter: self.presenter,
        };
        self.table = slots::assign(view, &self.table);
        let assigned: Vec<Assignment> = self
            .table
            .iter()
            .filter_map(|((receiver, slot), source)| {
                let source = self.participant(*source).ok()?;
                let hidden = slot.content == Content::Main && source.video_muted;
                (!hidden).then_some(Assignment {
                    receiver: self.participant(*receiver).ok()?.call.as_ref()?.id,
                    slot: *slot,
                    source: source.call.as_ref()?.id,
                })
            })
            .collect();
        if assigned != self.assigned {
            self.assigned.clone_from(&assigned);
            self.effects.push(Effect::Assign(assigned));
        }
    }

    /// Tells the whole roster, as the answer to a new subscription.
    pub(super) fn tell_roster_anew(&mut self, who: ParticipantId) {
        self.tell(who, Event::SyncBegin);
        for other in &mut self.participants {
            other.refresh_view(self.presenter == Some(other.id));
        }
        if let Some(at) = self.participants.iter().position(|other| other.id == who) {
            self.tell_roster(at);
        }
        self.tell(who, Event::SyncEnd);
    }

    fn tell_roster(&mut self, viewer: usize) {
        let (mut roster, who) = {
            let viewer = &mut self.participants[viewer];
            (std::mem::take(&mut viewer.told.roster), viewer.id)
        };
        let viewer_ref = &self.participants[viewer];
        let mut events = Vec::new();
        let gone = roster.keys().copied().filter(|id| {
            !self
                .participants
                .iter()
                .any(|other| other.id == *id && viewer_ref.sees(other))
        });
        for id in gone.collect::<Vec<_>>() {
            roster.remove(&id);
            events.push(Event::ParticipantDelete(id));
        }
        for other in self.participants.iter().filter(|o| viewer_ref.sees(o)) {
            match roster.insert(other.id, other.revision) {
                None => events.push(Event::ParticipantCreate(other.view.clone())),
                Some(known) if known != other.revision => {
                    events.push(Event::ParticipantUpdate(other.view.clone()));
                }
                Some(_) => {}
            }
        }
        self.participants[viewer].told.roster = roster;
        for event in events {
            self.tell(who, event);
        }
    }

    fn tell_conference(&mut self, viewer: usize) {
        let who = &mut self.participants[viewer];
        let view = ConferenceView {
            started: self.started,
            guests_can_present: self.room.settings.guests_can_present,
            presentation_allowed: who.is_host() || self.room.settings.guests_can_present,
        };
        if who.told.conference.replace(view) != Some(view) {
            let id = who.id;
            self.tell(id, Event::Conference(view));
        }
    }

    /// The presenter is not told of the own presentation: to a client that word
    /// means that somebody else took the floor.
    fn tell_presentation(&mut self, viewer: usize) {
        let presenter = self.presenter;
        let who = &mut self.participants[viewer];
        let shown = presenter.filter(|id| *id != who.id && !who.waiting);
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
            agreed
                .sections
                .iter()
                .map(|section| SlotView {
                    mid: section.mid.clone(),
                    slot: section.slot,
                    participant: self.table.get(&(who.id, section.slot)).copied(),
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

    fn tell_codec(&mut self, viewer: usize) {
        let codec = self.codec_of(&self.participants[viewer]);
        let who = &mut self.participants[viewer];
        if who.told.codec.replace(codec) != Some(codec) {
            let to = who.id;
            self.tell(to, Event::VideoCodec(codec));
        }
    }

    fn codec_of(&self, sender: &Participant) -> VideoCodec {
        let receivers = self
            .participants
            .iter()
            .filter(|who| who.id != sender.id && !who.waiting)
            .filter_map(|who| Some(who.agreed()?.decodes.as_slice()));
        sender.codec_for(receivers)
    }

    fn tell(&mut self, to: ParticipantId, event: Event) {
        self.effects.push(Effect::Tell { to, event });
    }
}
