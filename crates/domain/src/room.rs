//! A room as the conference sees it: booked or fixed makes no difference.

use jiff::Timestamp;

use crate::{FixedRoomId, MeetingId, OrganisationCode, Pin, RoomAddress, RoomSettings};

/// Which row a room came from. Two people are in the same conference when
/// their rooms have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomKey {
    /// The room of a meeting.
    Meeting(MeetingId),
    /// A permanent room.
    Fixed(FixedRoomId),
}

/// Everything a conference needs to know of its room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Which room.
    pub key: RoomKey,
    /// The address people dial.
    pub address: RoomAddress,
    /// The organisation that owns it.
    pub organisation: OrganisationCode,
    /// What participants read as the room's name: a meeting's subject is
    /// private, so booked rooms carry their address.
    pub name: String,
    /// Makes its holder a host. Without it everybody is a host.
    pub host_pin: Option<Pin>,
    /// Lets guests in. Without it guests need no PIN.
    pub guest_pin: Option<Pin>,
    /// Whether guests may enter at all.
    pub allow_guests: bool,
    /// Settings.
    pub settings: RoomSettings,
    /// When the meeting ends; fixed rooms do not.
    pub ends_at: Option<Timestamp>,
}

/// What is behind an address right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomState {
    /// People may join.
    Open(Box<Room>),
    /// Booked, and opens at this instant.
    NotYet {
        /// When it opens.
        opens_at: Timestamp,
    },
    /// The meeting is over.
    Over,
    /// No such room.
    Unknown,
}
