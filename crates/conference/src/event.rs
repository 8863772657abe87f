//! What participants are told.

use std::sync::Arc;

use jiff::Timestamp;
use vdx_domain::{CallId, EndpointKind, ParticipantId, ParticipantRole, RoomAddress, ViewType};
use vdx_media::{RelayedDescription, Slot, VideoCodec};

use crate::DisplayName;
use crate::candidate::Candidate;
use crate::quality::LatestQuality;
use crate::state::MessageBody;

/// One thing told to one participant.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The roster follows, complete: forget what was known.
    SyncBegin,
    /// That was the roster.
    SyncEnd,
    /// Somebody is in the roster.
    ParticipantCreate(Arc<ParticipantView>),
    /// Something about somebody changed.
    ParticipantUpdate(Arc<ParticipantView>),
    /// Somebody left the roster.
    ParticipantDelete(ParticipantId),
    /// The state of the conference.
    Conference(ConferenceView),
    /// Who speaks, the active speaker first.
    Stage(Arc<[StageEntry]>),
    /// Who is in this participant's camera slots.
    Layout(LayoutView),
    /// Somebody else began to present.
    PresentationStart {
        /// Who.
        presenter: ParticipantId,
        /// Called what.
        name: DisplayName,
    },
    /// The presentation ended.
    PresentationStop,
    /// This participant's media connection is gone; the participant is still in.
    CallDisconnected {
        /// Which call.
        call: CallId,
        /// Why, for people who look for faults.
        reason: &'static str,
    },
    /// This participant's receive slots and who is in them.
    Slots(Vec<SlotView>),
    /// The codec this participant shall send its camera and slides with.
    VideoCodec(VideoCodec),
    /// A chat message.
    Message(Arc<Message>),
    /// This participant is asked to go to another room.
    Refer(Arc<Referral>),
    /// The meeting ends soon, and everybody's stay with it.
    Ending(Ending),
    /// The layers of this participant's camera that anybody needs, by name; the
    /// others are not to be sent.
    Layers {
        /// Of which call.
        call: CallId,
        /// Their names (RFC 8851).
        rids: Arc<[String]>,
    },
    /// How good calls are, for hosts: those that changed or are not good.
    Quality(Arc<[QualityView]>),
    /// Another offers direct media.
    NewOffer(RelayedDescription),
    /// The other end of direct media offers a change.
    UpdateSdp(RelayedDescription),
    /// The other end of direct media may be reached there.
    NewCandidate(Candidate),
    /// This participant's direct call is over: it is to call again.
    PeerDisconnect {
        /// Which call.
        call: CallId,
        /// The next one may be direct: there is only nobody at the other end.
        direct: bool,
    },
    /// This participant is out. The last event.
    Disconnect {
        /// Why.
        reason: &'static str,
    },
}

/// A participant as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantView {
    /// Who.
    pub id: ParticipantId,
    /// Called what.
    pub name: DisplayName,
    /// What is written on the picture.
    pub overlay_text: DisplayName,
    /// As what.
    pub role: ParticipantRole,
    /// Still in the waiting room.
    pub waiting: bool,
    /// The room is a lecture.
    pub lecture: bool,
    /// When it came.
    pub joined_at: Timestamp,
    /// Whether its media flows.
    pub has_media: bool,
    /// Whether it holds the floor for presenting.
    pub presenting: bool,
    /// Not heard: muted by the conference, or without a voice in this room.
    pub muted: bool,
    /// The room gives this one a voice, muted or not.
    pub can_be_heard: bool,
    /// Muted in its own client, by its own word.
    pub client_muted: bool,
    /// Camera off.
    pub video_muted: bool,
    /// Since when a hand is raised.
    pub hand_raised_at: Option<Timestamp>,
    /// Since when in the spotlight.
    pub spotlight_since: Option<Timestamp>,
    /// Presentations are shown to this one.
    pub receives_presentation: bool,
    /// The client can show messages for this participant alone.
    pub direct_chat: bool,
}

impl ParticipantView {
    /// A host, and inside: who waits has no rights of a host.
    #[must_use]
    pub fn is_host(&self) -> bool {
        self.role == ParticipantRole::Host && !self.waiting
    }
}

/// How good a participant's call was last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityView {
    /// Whose.
    pub participant: ParticipantId,
    /// As what it is there.
    pub role: ParticipantRole,
    /// With what.
    pub endpoint: EndpointKind,
    /// When it came.
    pub joined_at: Timestamp,
    /// Both directions.
    pub latest: LatestQuality,
}

/// The state of a conference as one participant sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConferenceView {
    /// A host has come.
    pub started: bool,
    /// Newcomers wait.
    pub locked: bool,
    /// Guests come in muted.
    pub guests_muted: bool,
    /// Guests may unmute what a host or the room muted.
    pub guests_can_unmute: bool,
    /// Guests may present.
    pub guests_can_present: bool,
    /// This participant may present.
    pub presentation_allowed: bool,
    /// Media goes directly to and from the other participant.
    pub direct_media: bool,
    /// When the meeting ends, where the room belongs to one.
    pub ends_at: Option<Timestamp>,
    /// Everybody's stay ends with the meeting.
    pub ends_for_all: bool,
}

/// A chat message on its way to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub from: ParticipantId,
    /// Called what.
    pub name: DisplayName,
    /// For this reader alone.
    pub direct: bool,
    /// What was written.
    pub body: MessageBody,
}

/// The way to another room.
#[derive(Clone, PartialEq, Eq)]
pub struct Referral {
    /// Which room.
    pub alias: RoomAddress,
    /// What opens its door, once: a secret of the participant.
    pub token: String,
}

impl std::fmt::Debug for Referral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Referral")
            .field("alias", &self.alias)
            .finish_non_exhaustive()
    }
}

/// The end of everybody's stay is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// When it is.
    pub ends_at: Timestamp,
    /// In at most so many seconds from when this was told first.
    pub within: i64,
}

/// One participant's place among the speakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageEntry {
    /// Who.
    pub participant: ParticipantId,
    /// Speaking at this moment.
    pub talking: bool,
}

/// Whom a participant sees, and in which view the room was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutView {
    /// View for hosts.
    pub host_view: ViewType,
    /// View for guests.
    pub guest_view: ViewType,
    /// View of this participant.
    pub own_view: ViewType,
    /// Names are to be shown.
    pub overlay_text: bool,
    /// Who is in the camera slots, in the order of the view: large pictures first.
    pub participants: Vec<ParticipantId>,
}

/// One of a participant's receive slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotView {
    /// The media section.
    pub mid: String,
    /// Which slot.
    pub slot: Slot,
    /// Whose stream is in it.
    pub participant: Option<ParticipantId>,
    /// Whether the view of this participant shows it large.
    pub large: bool,
}
