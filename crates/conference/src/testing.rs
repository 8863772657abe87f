//! What the tests of several modules need.

use jiff::Timestamp;
use vdx_domain::{
    CallType, FixedRoomId, GuestMicrophone, OrganisationCode, Room, RoomKey, RoomSettings,
};

/// A fixed room with the host PIN 1111 and no guest PIN.
pub(crate) fn room() -> Room {
    Room {
        key: RoomKey::Fixed(FixedRoomId::generate()),
        address: "clinic@rooms.example".parse().unwrap(),
        organisation: OrganisationCode("region".to_owned()),
        name: "clinic@rooms.example".to_owned(),
        host_pin: Some("1111".parse().unwrap()),
        guest_pin: None,
        pin_choices: None,
        allow_guests: true,
        settings: RoomSettings::default(),
        guest_microphone: GuestMicrophone::On,
        guest_media: CallType::ALL,
        chat: true,
        ends_at: None,
        changed_at: None,
    }
}

/// Seconds after an arbitrary instant.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}
