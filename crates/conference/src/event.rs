//! What participants are told.

use std::sync::Arc;

use jiff::Timestamp;
use vdx_domain::{CallId, ParticipantId, ParticipantRole, ViewType};
use vdx_media::{Slot, VideoCodec};

use crate::DisplayName;

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
    /// As what.
    pub role: ParticipantRole,
    /// Still in the waiting room.
    pub waiting: bool,
    /// When it came.
    pub joined_at: Timestamp,
    /// Whether its media flows.
    pub has_media: bool,
    /// Whether it holds the floor for presenting.
    pub presenting: bool,
    /// Muted by the conference.
    pub muted: bool,
    /// Muted in its own client, by its own word.
    pub client_muted: bool,
    /// Camera off.
    pub video_muted: bool,
}

/// The state of a conference as one participant sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConferenceView {
    /// A host has come.
    pub started: bool,
    /// Guests may present.
    pub guests_can_present: bool,
    /// This participant may present.
    pub presentation_allowed: bool,
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
    /// Who is in the camera slots, in their order.
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
}
