//! A conference in a test, and how to read what it tells.

use super::*;

/// A conference and the time.
pub(super) struct Rig {
    pub(super) conference: Conference,
    pub(super) now: i64,
    /// Whether those who come can do direct media.
    pub(super) direct_media: bool,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::in_room(room())
    }

    pub(super) fn in_room(room: Room) -> Self {
        Self {
            conference: Conference::new(ConferenceId::generate(), room),
            now: 0,
            direct_media: true,
        }
    }

    pub(super) fn try_join(&mut self, role: ParticipantRole) -> Result<Joined, Refused> {
        let room = self.conference.room().clone();
        let newcomer = Newcomer {
            name: DisplayName::parse("somebody").unwrap(),
            role,
            direct_chat: true,
            direct_media: self.direct_media,
        };
        self.conference.join(at(self.now), room, newcomer)
    }

    /// Comes in and listens.
    pub(super) fn join(&mut self, role: ParticipantRole) -> ParticipantId {
        let who = self.try_join(role).unwrap().participant;
        self.conference.attach(who).unwrap();
        who
    }

    /// As somebody is seen.
    pub(super) fn view(&self, who: ParticipantId) -> ParticipantView {
        let published = self.conference.participant(who).unwrap().published.clone();
        (*published.unwrap()).clone()
    }

    pub(super) fn status(&self, viewer: ParticipantId) -> ConferenceView {
        self.conference.status(viewer).unwrap()
    }

    pub(super) fn is_waiting(&self, who: ParticipantId) -> bool {
        self.view(who).waiting
    }

    /// Whether anything of `source` goes to `receiver`.
    pub(super) fn reaches(
        &self,
        source: ParticipantId,
        receiver: ParticipantId,
        content: Content,
    ) -> bool {
        let call = |who| self.conference.participant(who).unwrap().call.as_ref();
        let (Some(source), Some(receiver)) = (call(source), call(receiver)) else {
            return false;
        };
        self.conference.assigned.iter().any(|one| {
            one.slot.content == content && one.source == source.id && one.receiver == receiver.id
        })
    }

    /// Opens a call with these numbers of slots.
    pub(super) fn call(&mut self, who: ParticipantId, main: u8, audio: u8) -> CallId {
        self.call_with(who, main, audio, &[VideoCodec::Vp8, VideoCodec::H264])
    }

    pub(super) fn call_with(
        &mut self,
        who: ParticipantId,
        main: u8,
        audio: u8,
        decodes: &[VideoCodec],
    ) -> CallId {
        let call = self
            .conference
            .begin_call(who, EndpointKind::Web, true)
            .unwrap();
        let mut sections = Vec::new();
        for (content, count) in [
            (Content::Audio, audio),
            (Content::Main, main),
            (Content::Slides, 1),
        ] {
            for index in 0..count {
                sections.push(SlotSection {
                    slot: Slot { content, index },
                    mid: sections.len().to_string(),
                });
            }
        }
        let agreed = Agreed {
            sections,
            decodes: decodes.to_vec(),
        };
        self.conference.call_agreed(call, agreed).unwrap();
        self.conference.call_connected(call);
        call
    }

    /// Lets time pass, with the tokens renewed.
    pub(super) fn wait(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now += 1;
            let everybody: Vec<_> = self.conference.participants.iter().map(|p| p.id).collect();
            for who in everybody {
                self.conference.renew(at(self.now), who).unwrap();
            }
            self.conference.tick(at(self.now));
        }
    }

    pub(super) fn effects(&mut self) -> Vec<Effect> {
        self.conference.take_effects()
    }

    /// What `who` was told since the last look; forgets the rest.
    pub(super) fn told(&mut self, who: ParticipantId) -> Vec<Event> {
        told(&self.effects(), who)
    }

    pub(super) fn records(&mut self) -> Vec<CallRecord> {
        records(self.effects())
    }
}

pub(super) fn told(effects: &[Effect], who: ParticipantId) -> Vec<Event> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell { to, event } if *to == who => Some(event.clone()),
            _ => None,
        })
        .collect()
}

pub(super) fn records(effects: Vec<Effect>) -> Vec<CallRecord> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Record(record) => Some(*record),
            _ => None,
        })
        .collect()
}

pub(super) fn created(events: &[Event]) -> Vec<(ParticipantId, bool)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::ParticipantCreate(view) => Some((view.id, view.waiting)),
            _ => None,
        })
        .collect()
}

pub(super) fn updated(events: &[Event]) -> Vec<(ParticipantId, bool)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::ParticipantUpdate(view) => Some((view.id, view.waiting)),
            _ => None,
        })
        .collect()
}

pub(super) fn started(events: &[Event]) -> Option<bool> {
    events.iter().rev().find_map(|event| match event {
        Event::Conference(view) => Some(view.started),
        _ => None,
    })
}

pub(super) fn slots(events: &[Event]) -> Option<&Vec<SlotView>> {
    events.iter().rev().find_map(|event| match event {
        Event::Slots(slots) => Some(slots),
        _ => None,
    })
}

pub(super) fn in_slot(events: &[Event], content: Content, index: u8) -> Option<ParticipantId> {
    slots(events)?
        .iter()
        .find(|view| view.slot == Slot { content, index })?
        .participant
}

pub(super) fn codec(events: &[Event]) -> Option<VideoCodec> {
    events.iter().rev().find_map(|event| match event {
        Event::VideoCodec(codec) => Some(*codec),
        _ => None,
    })
}
