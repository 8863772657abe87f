//! A host's own way into a room, for those who may know its host PIN.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{Room, RoomAddress};
use vdx_store::{fixed_rooms, scheduling_infos};

use crate::rooms::as_room;
use crate::{Actor, Booking, Error};

/// How long a host's link to a permanent room is good; one to a meeting is good
/// until its end.
pub const PERMANENT_ROOM: SignedDuration = SignedDuration::from_hours(24);

/// What a host's link is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEntry {
    /// The room.
    pub room: Room,
    /// The page that leads there, without secrets.
    pub page: String,
    /// From when on the link is worth nothing; that of a meeting moves with its end.
    pub expires_at: Timestamp,
}

const ADDRESS_NOT_FOUND: Error = Error::NotFound {
    resource: "room",
    field: "address",
};

impl Booking {
    /// A host's way into the room at an address, booked or permanent, for who
    /// may read the room with its PINs. That it was read goes into the audit
    /// trail, as it gives what the host PIN gives.
    ///
    /// # Errors
    /// [`Error::NotFound`] where no room is, or its meeting is over;
    /// [`Error::Forbidden`] or [`Error::Store`].
    pub async fn host_entry(
        &self,
        actor: &Actor,
        address: &RoomAddress,
    ) -> Result<HostEntry, Error> {
        let mut reader = self.db().reader();
        if let Some(fixed) = fixed_rooms::by_alias(&mut reader, self.sealer(), address).await? {
            if !self.sees_rooms_of(actor, &fixed.organisation).await? {
                return Err(Error::Forbidden);
            }
            self.record_read(actor, &fixed).await?;
            return Ok(HostEntry {
                page: format!("{}/webapp3/m/{address}", self.settings().public_url),
                room: fixed.into_room(address.clone()),
                expires_at: self
                    .now()
                    .saturating_add(PERMANENT_ROOM)
                    .unwrap_or(Timestamp::MAX),
            });
        }
        let id = scheduling_infos::id_by_address(&mut reader, address)
            .await?
            .ok_or(ADDRESS_NOT_FOUND)?;
        let details = self.scheduling_info(actor, id).await?;
        let meeting = details.meeting.ok_or(ADDRESS_NOT_FOUND)?;
        if self.now() >= meeting.ends_at {
            return Err(ADDRESS_NOT_FOUND);
        }
        Ok(HostEntry {
            page: self.short_link(&meeting.short_id),
            expires_at: meeting.ends_at,
            room: as_room(details.room, &meeting),
        })
    }
}
