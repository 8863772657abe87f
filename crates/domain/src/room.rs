//! A room as the conference sees it: booked or fixed makes no difference.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{
    CallType, FixedRoomId, GuestMicrophone, MeetingId, OrganisationCode, Pin, RoomAddress,
    RoomSettings, TestReference,
};

/// Which row a room came from. Two people are in the same conference when
/// their rooms have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomKey {
    /// The room of a meeting.
    Meeting(MeetingId),
    /// A permanent room.
    Fixed(FixedRoomId),
    /// The room of a connection test: in no figure, no record, and nothing that
    /// outlives the process.
    Test(TestReference),
}

impl RoomKey {
    /// Whether it is the room of a connection test.
    #[must_use]
    pub fn is_test(self) -> bool {
        matches!(self, Self::Test(_))
    }
}

/// The text is not a room key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a room key is `meeting:`, `fixed:` or `test:` and an id")]
pub struct InvalidRoomKey;

impl fmt::Display for RoomKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meeting(id) => write!(f, "meeting:{id}"),
            Self::Fixed(id) => write!(f, "fixed:{id}"),
            Self::Test(reference) => write!(f, "test:{reference}"),
        }
    }
}

impl FromStr for RoomKey {
    type Err = InvalidRoomKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("meeting", id)) => id.parse().map(Self::Meeting).map_err(|_| InvalidRoomKey),
            Some(("fixed", id)) => id.parse().map(Self::Fixed).map_err(|_| InvalidRoomKey),
            Some(("test", id)) => id.parse().map(Self::Test).map_err(|_| InvalidRoomKey),
            _ => Err(InvalidRoomKey),
        }
    }
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
    /// Out of how many numbers the PINs were drawn, the fewer of two; `None` where
    /// nothing is known of that.
    pub pin_choices: Option<u32>,
    /// Whether guests may enter at all.
    pub allow_guests: bool,
    /// Settings.
    pub settings: RoomSettings,
    /// How guests come in with their microphone.
    pub guest_microphone: GuestMicrophone,
    /// What guests send and receive.
    pub guest_media: CallType,
    /// Whether people may write to each other.
    pub chat: bool,
    /// When the meeting ends; fixed rooms do not.
    pub ends_at: Option<Timestamp>,
    /// When the meeting was changed last, if it was: of two states of a room the
    /// later one counts.
    pub changed_at: Option<Timestamp>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_key_reads_back_from_its_text() {
        for key in [
            RoomKey::Meeting(MeetingId::generate()),
            RoomKey::Fixed(FixedRoomId::generate()),
            RoomKey::Test("BCDFGH".parse().unwrap()),
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for wrong in ["", "meeting", "meeting:", "meeting:1", "room:0198"] {
            assert!(wrong.parse::<RoomKey>().is_err(), "{wrong}");
        }
    }
}
