//! What is behind an address right now.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{
    CallType, ProvisionStatus, Provisioner, Room, RoomAddress, RoomKey, RoomState, SchedulingInfoId,
};
use vdx_store::fixed_rooms;
use vdx_store::meetings::{self, Meeting};
use vdx_store::scheduling_infos::{self, SchedulingInfo};

use crate::{Booking, Error};

/// Where a booked room stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It opens later.
    NotYet,
    /// People can come in.
    Open,
    /// It is gone.
    Over,
}

impl Booking {
    /// What is behind an address: a fixed room by any of its aliases, or a
    /// booked room by its address. A booked room that is due and not made yet
    /// is made now, so that nobody has to wait for the provisioner.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn room_at(&self, address: &RoomAddress) -> Result<RoomState, Error> {
        let mut reader = self.db().reader();
        if let Some(fixed) = fixed_rooms::by_alias(&mut reader, self.sealer(), address).await? {
            return Ok(RoomState::Open(Box::new(fixed.into_room(address.clone()))));
        }
        match scheduling_infos::id_by_address(&mut reader, address).await? {
            Some(id) => self.booked_room(id).await,
            None => Ok(RoomState::Unknown),
        }
    }

    /// The room that a conference was opened for.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn room_by_key(&self, key: RoomKey) -> Result<RoomState, Error> {
        match key {
            RoomKey::Meeting(id) => self.booked_room(SchedulingInfoId(id.0)).await,
            RoomKey::Fixed(id) => {
                let mut reader = self.db().reader();
                let fixed = fixed_rooms::by_id(&mut reader, self.sealer(), id).await?;
                Ok(match fixed {
                    Some(fixed) => match fixed.aliases.first().map(|alias| alias.address.clone()) {
                        Some(address) => RoomState::Open(Box::new(fixed.into_room(address))),
                        None => RoomState::Unknown,
                    },
                    None => RoomState::Unknown,
                })
            }
            // Nobody booked it: it is the conferences' own.
            RoomKey::Test(_) => Ok(RoomState::Unknown),
        }
    }

    pub(crate) async fn room_and_meeting(
        &self,
        id: SchedulingInfoId,
    ) -> Result<Option<(SchedulingInfo, Meeting)>, Error> {
        let mut reader = self.db().reader();
        let room = scheduling_infos::find(&mut reader, self.sealer(), id).await?;
        let Some(room) = room else { return Ok(None) };
        let Some(meeting) = room.meeting else {
            return Ok(None);
        };
        let meeting = meetings::find(&mut reader, meeting).await?;
        Ok(meeting.map(|meeting| (room, meeting)))
    }

    async fn booked_room(&self, id: SchedulingInfoId) -> Result<RoomState, Error> {
        let Some((room, meeting)) = self.room_and_meeting(id).await? else {
            return Ok(RoomState::Unknown);
        };
        match state_at(&room, &meeting, self.now()) {
            LinkState::NotYet => Ok(RoomState::NotYet {
                opens_at: opens_at(&room, &meeting),
            }),
            LinkState::Over => Ok(RoomState::Over),
            LinkState::Open => {
                // Only the hub's own engine is that quick.
                if room.provisioner == Provisioner::Embedded
                    && room.provision.status == ProvisionStatus::AwaitsProvision
                {
                    self.provision(id).await?;
                }
                Ok(RoomState::Open(Box::new(as_room(room, &meeting))))
            }
        }
    }
}

pub(crate) fn as_room(room: SchedulingInfo, meeting: &Meeting) -> Room {
    Room {
        key: RoomKey::Meeting(meeting.id),
        name: room.address.to_string(),
        address: room.address,
        organisation: room.organisation,
        host_pin: room.host_pin,
        guest_pin: room.guest_pin,
        pin_choices: room.pin_choices,
        allow_guests: true,
        settings: room.settings,
        guest_microphone: meeting.guest_microphone,
        guest_media: room
            .call_type
            .as_deref()
            .map_or(CallType::ALL, CallType::parse),
        chat: true,
        ends_at: Some(meeting.ends_at),
        changed_at: meeting.updated_at,
    }
}

/// When the room of a meeting opens.
pub(crate) fn opens_before(starts_at: Timestamp, minutes: u32) -> Timestamp {
    let before = SignedDuration::from_mins(i64::from(minutes));
    starts_at.checked_sub(before).unwrap_or(Timestamp::MIN)
}

pub(crate) fn opens_at(room: &SchedulingInfo, meeting: &Meeting) -> Timestamp {
    room.vmr_starts_at
        .unwrap_or_else(|| opens_before(meeting.starts_at, room.vmr_available_before))
}

/// Open from the instant it opens until before its end, unless it was taken
/// away earlier. A room that somebody else makes is open once they say that it
/// is live.
pub(crate) fn state_at(room: &SchedulingInfo, meeting: &Meeting, now: Timestamp) -> LinkState {
    use ProvisionStatus::{DeprovisionOk, DeprovisionProblems, StartingToDeprovision};
    let taken_away = matches!(
        room.provision.status,
        StartingToDeprovision | DeprovisionProblems | DeprovisionOk
    );
    if taken_away || now >= meeting.ends_at {
        LinkState::Over
    } else if now < opens_at(room, meeting)
        || (room.provisioner != Provisioner::Embedded
            && room.provision.status != ProvisionStatus::ProvisionedOk)
    {
        LinkState::NotYet
    } else {
        LinkState::Open
    }
}
