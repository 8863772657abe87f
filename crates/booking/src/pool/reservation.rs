//! Setting a room of the pool aside, so that its PINs are known before the
//! meeting is booked.

use jiff::Timestamp;
use uuid::{Builder, Uuid};
use vdx_domain::RoomSettings;
use vdx_store::pool::{self, Reservation};
use vdx_store::{meeting_users, organisations};

use crate::{Actor, Booking, Error, RoomDetails, SettingsRequest};

const NOTHING_FREE: Error = Error::NotFound {
    resource: "SchedulingInfo",
    field: "SchedulingInfo",
};
const NOT_RESERVED: Error = Error::NotFound {
    resource: "schedulingInfo",
    field: "reservationId",
};

impl Booking {
    /// Sets a free room of the pool of the caller's own organisation aside, for
    /// as long as the installation says. It has exactly the nine settings;
    /// those that are not named have their usual values.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no such room is free, [`Error::Forbidden`] for a
    /// caller without organisation or e-mail, [`Error::OrganisationUnknown`], or
    /// [`Error::Store`].
    pub async fn reserve(
        &self,
        actor: &Actor,
        settings: &SettingsRequest,
    ) -> Result<RoomDetails, Error> {
        let me = actor.person().ok_or(Error::Forbidden)?;
        let code = settings.over(&RoomSettings::default()).code();
        let mut tx = self.db().begin().await?;
        if !organisations::exists(&mut tx, &me.organisation).await? {
            return Err(Error::OrganisationUnknown);
        }
        let held = self.free_room_of(&mut tx, &me.organisation, &code).await?;
        let held = held.ok_or(NOTHING_FREE)?;
        let before = self.room_in(&mut tx, held).await?;
        let at = self.now();
        let reservation = Reservation {
            id: self.draw_reservation(),
            until: at
                .checked_add(self.settings().pool.reservation)
                .unwrap_or(Timestamp::MAX),
            by: meeting_users::ensure(&mut tx, &me).await?,
            at,
        };
        pool::reserve(&mut tx, held, reservation).await?;
        let room = self.room_in(&mut tx, held).await?;
        self.record_updated(&mut tx, actor, &before, &room);
        tx.commit().await?;
        Ok(RoomDetails {
            room,
            meeting: None,
        })
    }

    /// The room that the caller's own organisation has set aside by this id, as
    /// long as the reservation holds and no meeting is in the room.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Store`].
    pub async fn reservation(&self, actor: &Actor, id: Uuid) -> Result<RoomDetails, Error> {
        let own = actor.organisation.as_ref().ok_or(NOT_RESERVED)?;
        let mut reader = self.db().reader();
        let room = pool::reserved(&mut reader, self.sealer(), own, id, self.now()).await?;
        let room = room.ok_or(NOT_RESERVED)?;
        self.record_read(actor, &room).await?;
        Ok(RoomDetails {
            room,
            meeting: None,
        })
    }

    fn draw_reservation(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.randomness().fill(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }
}
