//! One participant of a conference, and what it has been told.

use std::sync::Arc;

use jiff::Timestamp;
use vdx_domain::{
    CallId, EndpointKind, GuestMicrophone, MediaKinds, ParticipantId, ParticipantRole,
    QualityRating, Room, VmrType,
};
use vdx_media::{CallStatistics, Content, SlotSection, VideoCodec};
use vdx_store::standings::Standing;

use super::allowance::{ACT_BURST, ACT_EVERY, Allowance, OFFER_BURST, OFFER_EVERY};
use super::chat::{MESSAGE_BURST, MESSAGE_EVERY};
use super::direct::Leg;
use super::muting::Microphone;
use super::roster::Sight;
use crate::DisplayName;
use crate::event::{ConferenceView, Ending, LayoutView, ParticipantView, SlotView, StageEntry};
use crate::quality::StayQuality;
use crate::slots::SlotCounts;

/// Somebody who comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Called what.
    pub name: DisplayName,
    /// As what.
    pub role: ParticipantRole,
    /// The client can show messages for this participant alone.
    pub direct_chat: bool,
    /// The client can send media to another browser directly.
    pub direct_media: bool,
}

#[derive(Debug)]
pub(super) struct Participant {
    pub(super) id: ParticipantId,
    pub(super) name: DisplayName,
    /// What is written on the picture, where it is not the name.
    pub(super) overlay_text: Option<DisplayName>,
    pub(super) role: ParticipantRole,
    pub(super) endpoint: EndpointKind,
    pub(super) joined_at: Timestamp,
    pub(super) waiting: bool,
    /// Has to wait where the room is locked.
    pub(super) knocks: bool,
    pub(super) token_until: Timestamp,
    pub(super) microphone: Microphone,
    pub(super) client_muted: bool,
    pub(super) video_muted: bool,
    /// A host switched the camera off, and nobody on again.
    pub(super) video_off_by_host: bool,
    pub(super) hand_raised_at: Option<Timestamp>,
    /// A host took presentations away.
    pub(super) presentation_denied: bool,
    /// What would outlive a restart of the fields above.
    pub(super) kept: Standing,
    pub(super) direct_chat: bool,
    /// Its client announced that it can.
    pub(super) direct_media: bool,
    /// How many messages may be sent now, offers made, and things done.
    pub(super) messages: Allowance,
    pub(super) offers: Allowance,
    pub(super) acts: Allowance,
    pub(super) call: Option<Call>,
    /// Calls that were told to close and have not said good-bye yet.
    pub(super) closing: Vec<CallId>,
    /// What the calls that ended moved.
    pub(super) moved: CallStatistics,
    pub(super) quality: StayQuality,
    /// There is a sample that hosts were not told of.
    pub(super) quality_untold: bool,
    /// The ratings of both directions that hosts were told last.
    pub(super) ratings_told: Option<[Option<QualityRating>; 2]>,
    pub(super) events: EventStream,
    /// Since when nothing reaches the client any more.
    pub(super) unreachable_since: Option<Timestamp>,
    /// When its page went away; forgotten when it listens again.
    pub(super) stepped_out_at: Option<Timestamp>,
    /// As others see it, once it was published.
    pub(super) published: Option<Arc<ParticipantView>>,
    pub(super) told: Told,
}

/// Whether a client listens for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventStream {
    /// It never has.
    NotYet,
    /// It does, by the subscription of this number.
    Open(u64),
    /// It did until then, and may go on where it was.
    Lost(Timestamp),
    /// It did, and has to be told everything anew.
    Closed,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: CallId,
    pub(super) path: Path,
}

/// How the media of a call goes.
#[derive(Debug)]
pub(super) enum Path {
    /// Through the media engine, which knows the call.
    Hub(HubPath),
    /// To another browser; the media engine knows nothing of it.
    Direct(Leg),
}

#[derive(Debug, Default)]
pub(super) struct HubPath {
    pub(super) prefers_h264: bool,
    pub(super) connected: bool,
    /// What was agreed; nothing before the answer is there.
    pub(super) agreed: Option<Agreed>,
    /// The layers of the camera that anybody needs, where it was said.
    pub(super) layers: Option<Arc<[String]>>,
}

impl Call {
    pub(super) fn hub(&self) -> Option<&HubPath> {
        match &self.path {
            Path::Hub(hub) => Some(hub),
            Path::Direct(_) => None,
        }
    }

    pub(super) fn hub_mut(&mut self) -> Option<&mut HubPath> {
        match &mut self.path {
            Path::Hub(hub) => Some(hub),
            Path::Direct(_) => None,
        }
    }
}

/// What offer and answer agreed on.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// The receive slots.
    pub sections: Vec<SlotSection>,
    /// What the receiver decodes.
    pub decodes: Vec<VideoCodec>,
}

impl Agreed {
    pub(super) fn counts(&self) -> SlotCounts {
        let count = |content| {
            let sections = self.sections.iter();
            let slots = sections.filter(|section| section.slot.content == content);
            u8::try_from(slots.count()).unwrap_or(u8::MAX)
        };
        SlotCounts {
            audio: count(Content::Audio),
            main: count(Content::Main),
            slides: count(Content::Slides),
        }
    }
}

/// What the present subscription has been told, so that only changes are told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) conference: Option<ConferenceView>,
    pub(super) presenter: Option<ParticipantId>,
    pub(super) slots: Vec<SlotView>,
    pub(super) layout: Option<LayoutView>,
    pub(super) stage: Option<Arc<[StageEntry]>>,
    pub(super) codec: Option<VideoCodec>,
    pub(super) ending: Option<Ending>,
    pub(super) layers: Option<(CallId, Arc<[String]>)>,
    /// The direct call that is over: it is to call again.
    pub(super) moved: Option<CallId>,
    /// How good the calls are, once.
    pub(super) quality: bool,
}

impl Participant {
    pub(super) fn new(now: Timestamp, newcomer: Newcomer, microphone: Microphone) -> Self {
        Self {
            id: ParticipantId::generate(),
            name: newcomer.name,
            overlay_text: None,
            role: newcomer.role,
            endpoint: EndpointKind::Client,
            joined_at: now,
            waiting: true,
            knocks: true,
            token_until: now,
            microphone,
            client_muted: false,
            video_muted: false,
            video_off_by_host: false,
            hand_raised_at: None,
            presentation_denied: false,
            kept: Standing::free(newcomer.role),
            direct_chat: newcomer.direct_chat,
            direct_media: newcomer.direct_media,
            messages: Allowance::new(MESSAGE_BURST, MESSAGE_EVERY),
            offers: Allowance::new(OFFER_BURST, OFFER_EVERY),
            acts: Allowance::new(ACT_BURST, ACT_EVERY),
            call: None,
            closing: Vec::new(),
            moved: CallStatistics::default(),
            quality: StayQuality::default(),
            quality_untold: false,
            ratings_told: None,
            events: EventStream::NotYet,
            unreachable_since: None,
            stepped_out_at: None,
            published: None,
            told: Told::default(),
        }
    }

    /// Came as a host, or was made one. Who waits has no rights of a host yet:
    /// see [`Participant::is_host`].
    pub(super) fn has_host_role(&self) -> bool {
        self.role == ParticipantRole::Host
    }

    /// A host, and inside.
    pub(super) fn is_host(&self) -> bool {
        self.has_host_role() && !self.waiting
    }

    /// Whether events are told: now, or once the client takes up its stream again.
    pub(super) fn listens(&self) -> bool {
        matches!(self.events, EventStream::Open(_) | EventStream::Lost(_))
    }

    /// Whether anything connects the client to the hub. Before it first listens
    /// its token's life decides alone.
    pub(super) fn is_reachable(&self) -> bool {
        matches!(self.events, EventStream::NotYet | EventStream::Open(_))
            || self.hub_path().is_some_and(|hub| hub.connected)
    }

    /// The call through the media engine, where there is one.
    pub(super) fn hub_path(&self) -> Option<&HubPath> {
        self.call.as_ref()?.hub()
    }

    /// Whether media flows, as far as the hub knows.
    fn has_media(&self) -> bool {
        let direct = self.leg().is_some_and(Leg::is_agreed);
        direct || self.hub_path().is_some_and(|hub| hub.connected)
    }

    /// What the room lets this one send.
    pub(super) fn sends(&self, room: &Room) -> MediaKinds {
        match self.role {
            ParticipantRole::Host => MediaKinds::ALL,
            ParticipantRole::Guest => room.guest_media.send,
        }
    }

    /// What the room and its hosts let this one receive.
    pub(super) fn receives(&self, room: &Room) -> MediaKinds {
        let by_room = match self.role {
            ParticipantRole::Host => MediaKinds::ALL,
            ParticipantRole::Guest => room.guest_media.receive,
        };
        MediaKinds {
            presentation: by_room.presentation && !self.presentation_denied,
            ..by_room
        }
    }

    /// Whether the room gives this one a voice at all.
    pub(super) fn has_voice(&self, room: &Room) -> bool {
        let without = room.guest_microphone == GuestMicrophone::Off && !self.has_host_role();
        self.sends(room).audio && !without
    }

    /// Whether the microphone is not passed on.
    pub(super) fn is_muted(&self, room: &Room) -> bool {
        self.microphone != Microphone::OPEN || !self.has_voice(room)
    }

    /// Whether the camera is not passed on.
    pub(super) fn is_hidden(&self, room: &Room) -> bool {
        self.video_muted || !self.sends(room).video
    }

    pub(super) fn may_present(&self, room: &Room) -> bool {
        !self.waiting && self.is_presenter_by_role(room) && self.sends(room).presentation
    }

    /// Whether those of this role present in this room.
    pub(super) fn is_presenter_by_role(&self, room: &Room) -> bool {
        self.has_host_role() || room.settings.guests_can_present
    }

    /// Whether presentations are shown to this one.
    pub(super) fn receives_presentation(&self, room: &Room) -> bool {
        self.receives(room).presentation
    }

    /// The slots that may be filled; nothing before a call is agreed on.
    pub(super) fn slots(&self, room: &Room) -> Option<SlotCounts> {
        let agreed = self.agreed()?.counts();
        let receives = self.receives(room);
        let count = |passes: bool, count: u8| if passes { count } else { 0 };
        Some(SlotCounts {
            audio: count(receives.audio, agreed.audio),
            main: count(receives.video, agreed.main),
            slides: count(receives.presentation, agreed.slides),
        })
    }

    /// Whether this one sees `other` in the roster.
    pub(super) fn sees(&self, other: &Participant) -> bool {
        let sight = Sight {
            of: self.id,
            waiting: self.waiting,
            host: self.is_host(),
        };
        sight.sees(other.id, other.waiting)
    }

    pub(super) fn agreed(&self) -> Option<&Agreed> {
        self.hub_path()?.agreed.as_ref()
    }

    /// How this one is, but for what the conference knows alone: presenting and
    /// spotlight.
    pub(super) fn view(&self, room: &Room) -> ParticipantView {
        ParticipantView {
            id: self.id,
            name: self.name.clone(),
            overlay_text: self.overlay_text.as_ref().unwrap_or(&self.name).clone(),
            role: self.role,
            waiting: self.waiting,
            lecture: room.settings.vmr_type == VmrType::Lecture,
            joined_at: self.joined_at,
            has_media: self.has_media(),
            presenting: false,
            muted: self.is_muted(room),
            can_be_heard: self.has_voice(room),
            client_muted: self.client_muted,
            video_muted: self.is_hidden(room),
            hand_raised_at: self.hand_raised_at,
            spotlight_since: None,
            receives_presentation: self.receives_presentation(room),
            direct_chat: self.direct_chat,
        }
    }
}

/// Adds what another call moved.
pub(super) fn add(sum: &mut CallStatistics, more: &CallStatistics) {
    sum.bytes_received += more.bytes_received;
    sum.bytes_sent += more.bytes_sent;
    sum.packets_received += more.packets_received;
    sum.packets_sent += more.packets_sent;
    sum.packets_lost_received += more.packets_lost_received;
    sum.packets_lost_sent += more.packets_lost_sent;
}
