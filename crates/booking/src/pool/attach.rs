//! Giving a room of a pool to a meeting.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vdx_domain::{OrganisationCode, SchedulingInfoId};
use vdx_store::Tx;
use vdx_store::meeting_users::MeetingUserId;
use vdx_store::meetings::Meeting;
use vdx_store::pool::{self, Attachment, Wanted};
use vdx_store::scheduling_infos::{self, SchedulingInfo};

use crate::rooms::opens_before;
use crate::{Booking, Error};

/// A room of a pool that nobody else gets while the transaction lasts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    id: SchedulingInfoId,
    /// It comes from the pool that helps out others.
    overflow: bool,
}

/// The meeting that takes a room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taker<'a> {
    /// Its id becomes the room's.
    pub(crate) meeting: &'a Meeting,
    /// Who booked it.
    pub(crate) creator: MeetingUserId,
}

impl Booking {
    /// Holds a free room with these settings from the pool of `keeper`, or
    /// from the pool that helps out others; `None` when both have none.
    pub(crate) async fn hold_free(
        &self,
        tx: &mut Tx,
        keeper: &OrganisationCode,
        settings: &str,
    ) -> Result<Option<Held>, Error> {
        if let Some(id) = self.free_room_of(tx, keeper, settings).await? {
            return Ok(Some(Held {
                id,
                overflow: false,
            }));
        }
        match &self.settings().pool.overflow {
            Some(overflow) if overflow != keeper => {
                let found = self.free_room_of(tx, overflow, settings).await?;
                Ok(found.map(|id| Held { id, overflow: true }))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// The free room of one pool that has been live longest, held. It must have
    /// been so for longer than the age that all nodes need to know it.
    pub(crate) async fn free_room_of(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationCode,
        settings: &str,
    ) -> Result<Option<SchedulingInfoId>, Error> {
        let now = self.now();
        let wanted = Wanted {
            organisation,
            settings,
            live_before: earlier(now, self.settings().pool.minimum_age),
            now,
        };
        Ok(pool::take(tx, wanted).await?)
    }

    /// Holds the room an organisation has set aside.
    pub(crate) async fn hold_reserved(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationCode,
        reservation: Uuid,
    ) -> Result<Held, Error> {
        let found = pool::take_reserved(tx, organisation, reservation, self.now()).await?;
        let id = found.ok_or(Error::ReservationUnknown)?;
        Ok(Held {
            id,
            overflow: false,
        })
    }

    /// Puts the meeting into the room, and gives the room as it was before and
    /// as it is now. The room keeps its own settings.
    pub(crate) async fn attach(
        &self,
        tx: &mut Tx,
        held: Held,
        taker: Taker<'_>,
    ) -> Result<(SchedulingInfo, SchedulingInfo), Error> {
        let before = self.room_in(tx, held.id).await?;
        let attachment = Attachment {
            meeting: taker.meeting.id,
            vmr_starts_at: opens_before(taker.meeting.starts_at, before.vmr_available_before),
            organisation: &taker.meeting.organisation,
            creator: taker.creator,
            overflow: held.overflow,
            at: self.now(),
        };
        pool::attach(tx, self.sealer(), &before, attachment).await?;
        let id = SchedulingInfoId(taker.meeting.id.0);
        let mut room = self.room_in(tx, id).await?;
        let link = self.portal_link(&room, taker.meeting);
        scheduling_infos::set_portal_link(tx, self.sealer(), id, &link).await?;
        room.portal_link = Some(link);
        Ok((before, room))
    }

    /// A room that is there, as the transaction sees it.
    pub(crate) async fn room_in(
        &self,
        tx: &mut Tx,
        id: SchedulingInfoId,
    ) -> Result<SchedulingInfo, Error> {
        let room = scheduling_infos::find(tx, self.sealer(), id).await?;
        Ok(room.ok_or(vdx_store::Error::Missing)?)
    }
}

/// An instant so long before another, or the first there is.
pub(super) fn earlier(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_sub(by).unwrap_or(Timestamp::MIN)
}
