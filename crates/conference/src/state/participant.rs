//! One participant of a conference, and what it has been told.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use vdx_domain::{CallId, EndpointKind, ParticipantId, ParticipantRole, RoomSettings};
use vdx_media::{CallStatistics, Content, SlotSection, VideoCodec};

use crate::event::{ConferenceView, LayoutView, ParticipantView, SlotView, StageEntry};
use crate::slots::SlotCounts;
use crate::{DisplayName, codec};

#[derive(Debug)]
pub(super) struct Participant {
    pub(super) id: ParticipantId,
    pub(super) name: DisplayName,
    pub(super) role: ParticipantRole,
    pub(super) endpoint: EndpointKind,
    pub(super) joined_at: Timestamp,
    pub(super) waiting: bool,
    pub(super) token_until: Timestamp,
    pub(super) muted: bool,
    pub(super) client_muted: bool,
    pub(super) video_muted: bool,
    pub(super) call: Option<Call>,
    /// Calls that were told to close and have not said good-bye yet.
    pub(super) closing: Vec<CallId>,
    /// What the calls that ended moved.
    pub(super) moved: CallStatistics,
    pub(super) events: EventStream,
    /// Since when nothing reaches the client any more.
    pub(super) unreachable_since: Option<Timestamp>,
    /// As others see it, remade when it changes.
    pub(super) view: Arc<ParticipantView>,
    /// Counts the changes of `view`.
    pub(super) revision: u64,
    pub(super) told: Told,
}

/// Whether a client listens for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventStream {
    /// It never has.
    NotYet,
    /// It does, by the subscription of this number.
    Open(u64),
    /// It did.
    Closed,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: CallId,
    pub(super) prefers_h264: bool,
    pub(super) connected: bool,
    /// What was agreed; nothing before the answer is there.
    pub(super) agreed: Option<Agreed>,
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
    pub(super) roster: HashMap<ParticipantId, u64>,
    pub(super) conference: Option<ConferenceView>,
    pub(super) presenter: Option<ParticipantId>,
    pub(super) slots: Vec<SlotView>,
    pub(super) layout: Option<LayoutView>,
    pub(super) stage: Option<Arc<[StageEntry]>>,
    pub(super) codec: Option<VideoCodec>,
}

impl Participant {
    pub(super) fn new(
        now: Timestamp,
        name: DisplayName,
        role: ParticipantRole,
        waiting: bool,
    ) -> Self {
        let id = ParticipantId::generate();
        let view = ParticipantView {
            id,
            name: name.clone(),
            role,
            waiting,
            joined_at: now,
            has_media: false,
            presenting: false,
            muted: false,
            client_muted: false,
            video_muted: false,
        };
        Self {
            id,
            name,
            role,
            endpoint: EndpointKind::Client,
            joined_at: now,
            waiting,
            token_until: now,
            muted: false,
            client_muted: false,
            video_muted: false,
            call: None,
            closing: Vec::new(),
            moved: CallStatistics::default(),
            events: EventStream::NotYet,
            unreachable_since: None,
            view: Arc::new(view),
            revision: 0,
            told: Told::default(),
        }
    }

    pub(super) fn is_host(&self) -> bool {
        self.role == ParticipantRole::Host
    }

    pub(super) fn listens(&self) -> bool {
        matches!(self.events, EventStream::Open(_))
    }

    /// Whether anything connects the client to the hub. Before it first listens
    /// its token's life decides alone.
    pub(super) fn is_reachable(&self) -> bool {
        self.events != EventStream::Closed || self.call.as_ref().is_some_and(|call| call.connected)
    }

    pub(super) fn may_present(&self, settings: &RoomSettings) -> bool {
        !self.waiting && (self.is_host() || settings.guests_can_present)
    }

    /// Whether this one sees `other` in the roster: oneself always, the others
    /// once let in, and those who wait only as a host.
    pub(super) fn sees(&self, other: &Participant) -> bool {
        self.id == other.id || (!self.waiting && (!other.waiting || self.is_host()))
    }

    pub(super) fn agreed(&self) -> Option<&Agreed> {
        self.call.as_ref()?.agreed.as_ref()
    }

    /// Takes over what changed into the view others have.
    pub(super) fn refresh_view(&mut self, presenting: bool) {
        let view = ParticipantView {
            id: self.id,
            name: self.name.clone(),
            role: self.role,
            waiting: self.waiting,
            joined_at: self.joined_at,
            has_media: self.call.as_ref().is_some_and(|call| call.connected),
            presenting,
            muted: self.muted,
            client_muted: self.client_muted,
            video_muted: self.video_muted,
        };
        if *self.view != view {
            self.view = Arc::new(view);
            self.revision += 1;
        }
    }

    pub(super) fn codec_for<'a>(
        &self,
        receivers: impl IntoIterator<Item = &'a [VideoCodec]>,
    ) -> VideoCodec {
        let prefers = self.call.as_ref().is_some_and(|call| call.prefers_h264);
        codec::choose(prefers, receivers)
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
