//! What a guest needs to come, for a host who invites one from inside the room.

use vdx_domain::{Pin, RoomAddress, RoomKey};
use vdx_store::{fixed_rooms, scheduling_infos};

use crate::read::ROOM_NOT_FOUND;
use crate::{Booking, Error, RoomHost};

/// The way in for a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The room's address.
    pub address: RoomAddress,
    /// What guests are asked for at that address.
    pub guest_pin: Option<Pin>,
    /// The meeting's short link.
    pub link: Option<String>,
}

impl Invitation {
    /// A PIN that makes its holder a host is never given away as the guests'.
    fn new(
        address: RoomAddress,
        host_pin: Option<&Pin>,
        guest_pin: Option<Pin>,
        link: Option<String>,
    ) -> Self {
        Self {
            address,
            guest_pin: guest_pin.filter(|pin| Some(pin) != host_pin),
            link,
        }
    }
}

impl Booking {
    /// What a guest needs to come to the room the host is in. That it was read
    /// goes into the audit trail, as any reading of a room with its PINs.
    ///
    /// # Errors
    /// [`Error::Over`], [`Error::NotFound`] or [`Error::Store`].
    pub async fn invitation(&self, host: &RoomHost) -> Result<Invitation, Error> {
        let mut reader = self.db().reader();
        if let RoomKey::Fixed(id) = host.room {
            let fixed = fixed_rooms::by_id(&mut reader, self.sealer(), id).await?;
            let fixed = fixed.ok_or(ROOM_NOT_FOUND)?;
            self.record_read(&host.actor(&fixed.organisation), &fixed)
                .await?;
            let guest_pin = fixed.guest_pin.filter(|_| fixed.allow_guests);
            let address = host.alias.clone();
            return Ok(Invitation::new(
                address,
                fixed.host_pin.as_ref(),
                guest_pin,
                None,
            ));
        }
        let meeting = self.meeting_with(host).await?;
        if meeting.ends_at <= self.now() {
            return Err(Error::Over);
        }
        let id = vdx_domain::SchedulingInfoId(meeting.id.0);
        let room = scheduling_infos::find(&mut reader, self.sealer(), id).await?;
        let room = room.ok_or(ROOM_NOT_FOUND)?;
        self.record_read(&host.actor(&room.organisation), &room)
            .await?;
        let link = self.short_link(&meeting.short_id);
        Ok(Invitation::new(
            room.address,
            room.host_pin.as_ref(),
            room.guest_pin,
            Some(link),
        ))
    }
}
