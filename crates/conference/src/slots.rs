//! Who is in whose slot, and shown how: a pure function from the state of a
//! conference to a table.
//!
//! The rules, each held by a test below:
//! * nobody receives their own stream, and nobody who waits gives or receives;
//! * a source is in at most one slot of a kind of a receiver;
//! * who is in a slot stays in it while others come and go, so that pictures do
//!   not jump;
//! * a receiver sees at most as many cameras as the view of its role has
//!   pictures, the first of them large;
//! * in the large pictures come first a presenting host, where the room says so,
//!   then whom hosts have put in the spotlight, then the active speaker;
//! * where there are fewer pictures than cameras, the active speaker is in one,
//!   and takes it from whoever spoke longest ago;
//! * guests of a lecture see hosts only;
//! * microphones: everybody where they fit, else the loudest, with hysteresis;
//! * a single audio slot carries as many microphones as [`MIXED_MICROPHONES`]
//!   slots would: the media engine forwards the one who speaks, and mixes those
//!   who speak at once;
//! * the slides slot holds the presenter's slides and nothing else.
//!
//! What all receivers share (who may be seen, in which order) is worked out once
//! ([`cameras::Cameras`], [`microphones::Microphones`]); a receiver then costs as
//! much as it has slots, however many are in the conference.

mod cameras;
mod microphones;
mod table;

use std::collections::HashMap;

use vdx_domain::{ParticipantId, ParticipantRole, RoomSettings, VmrType};
use vdx_media::{Content, Slot};

use cameras::Cameras;
pub use microphones::INCUMBENT;
use microphones::Microphones;
pub use table::{Layout, Seats, SlotTable};

/// Microphones that share the slot of a receiver that has one.
pub const MIXED_MICROPHONES: u8 = vdx_media::MAX_VOICES as u8;

/// What the assignment depends on.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Everybody who has a call, in the order they came in.
    pub members: &'a [Member],
    /// The active speaker first, then those who spoke before.
    pub speakers: &'a [ParticipantId],
    /// Who presents.
    pub presenter: Option<ParticipantId>,
    /// Whom hosts have put in the spotlight, in this order.
    pub spotlights: &'a [ParticipantId],
    /// Conference or lecture, the views of hosts and guests, and whether a
    /// presenting host is forced into the main picture.
    pub settings: &'a RoomSettings,
}

/// Somebody with a call.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub id: ParticipantId,
    /// As what.
    pub role: ParticipantRole,
    /// Still in the waiting room.
    pub waiting: bool,
    /// Muted by the conference: not heard by anybody.
    pub muted: bool,
    /// Whether the camera is on. One that is off is in a slot only where no
    /// other wants it.
    pub camera: bool,
    /// How loud, 0 to 127.
    pub level: u8,
    /// The receive slots of the call.
    pub slots: SlotCounts,
}

/// How many slots of each content a call has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotCounts {
    /// Microphones.
    pub audio: u8,
    /// Cameras.
    pub main: u8,
    /// Presentations.
    pub slides: u8,
}

impl SlotCounts {
    /// Places for microphones: those of a single audio slot are all heard in it.
    #[must_use]
    pub fn microphones(self) -> u8 {
        match self.audio {
            1 => MIXED_MICROPHONES,
            slots => slots,
        }
    }

    /// The slot of the call that a place of the table is heard or seen in.
    #[must_use]
    pub fn slot_of(self, place: Slot) -> Slot {
        match place.content {
            Content::Audio if self.audio == 1 => Slot { index: 0, ..place },
            Content::Audio | Content::Main | Content::Slides => place,
        }
    }
}

/// The table that follows `previous`.
#[must_use]
pub fn assign(view: View<'_>, previous: &SlotTable) -> SlotTable {
    let inside: Vec<&Member> = view.members.iter().filter(|m| !m.waiting).collect();
    let ranks = ranks(view.speakers, inside.len());
    let everybody = Cameras::of(&view, &ranks, &inside);
    let hosts = (view.settings.vmr_type == VmrType::Lecture).then(|| {
        let hosts: Vec<&Member> = inside.iter().copied().filter(|m| is_host(m)).collect();
        Cameras::of(&view, &ranks, &hosts)
    });
    let microphones = Microphones::of(&view, &inside);
    let presenter = view.presenter.filter(|id| everybody.has(*id));
    let none = Seats::default();
    let mut table = SlotTable::default();
    for receiver in &inside {
        let before = previous.seats(receiver.id).unwrap_or(&none);
        let (cameras, layout) = match receiver.role {
            ParticipantRole::Host => (&everybody, view.settings.host_view),
            ParticipantRole::Guest => (
                hosts.as_ref().unwrap_or(&everybody),
                view.settings.guest_view,
            ),
        };
        let slides = presenter.filter(|id| *id != receiver.id);
        let mut seats = Seats::default();
        cameras.seat(receiver, layout.pictures(), before, &mut seats);
        microphones.seat(receiver, before, &mut seats);
        seats.place_slides(slides, receiver.slots.slides);
        table.put(receiver.id, seats);
    }
    table
}

fn is_host(member: &Member) -> bool {
    member.role == ParticipantRole::Host
}

/// How recently each of the speakers spoke, 0 = last.
fn ranks(speakers: &[ParticipantId], most: usize) -> HashMap<ParticipantId, usize> {
    let mut ranks = HashMap::with_capacity(speakers.len().min(most));
    ranks.extend(speakers.iter().copied().zip(0..));
    ranks
}

#[cfg(test)]
mod tests;
