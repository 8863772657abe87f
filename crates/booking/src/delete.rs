//! Taking back a booking.

use vdx_domain::{MeetingId, SchedulingInfoId};
use vdx_store::cancelled_links::{self, CancelledLink};
use vdx_store::meetings::{self, Meeting};
use vdx_store::{Tx, scheduling_infos};

use crate::events::Happened;
use crate::read::{MEETING_NOT_FOUND, check_sight};
use crate::{Actor, Booking, Error};

impl Booking {
    /// Removes a meeting and its room for good, as long as the room has not
    /// been made. A meeting whose room is live is ended by its end time. The
    /// short link of a meeting that is not over says for a while that it was
    /// cancelled.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::NotDeletable`] or
    /// [`Error::Store`].
    pub async fn delete(&self, actor: &Actor, id: MeetingId) -> Result<(), Error> {
        let id_of_room = SchedulingInfoId(id.0);
        let mut tx = self.db().begin().await?;
        // Whoever changes this meeting comes before or after: what is read now,
        // judged and told is what will be removed.
        scheduling_infos::lock(&mut tx, id_of_room).await?;
        let meeting = meetings::find(&mut tx, id).await?;
        let meeting = meeting.ok_or(MEETING_NOT_FOUND)?;
        check_sight(actor, &meeting)?;
        let room = scheduling_infos::find(&mut tx, self.sealer(), id_of_room).await?;
        if !scheduling_infos::delete_awaiting(&mut tx, id_of_room).await? {
            return Err(Error::NotDeletable);
        }
        meetings::delete(&mut tx, id).await?;
        self.remember_link(&mut tx, &meeting).await?;
        if let Some(room) = &room {
            self.record_deleted(&mut tx, actor, room);
            self.tell(&mut tx, Happened::Delete, room, Some(meeting.ends_at))
                .await?;
        }
        self.record_deleted(&mut tx, actor, &meeting);
        tx.commit().await?;
        Ok(())
    }

    async fn remember_link(&self, tx: &mut Tx, meeting: &Meeting) -> Result<(), Error> {
        if meeting.ends_at <= self.now() {
            return Ok(());
        }
        let link = CancelledLink {
            short_id: meeting.short_id.clone(),
            organisation: meeting.organisation.clone(),
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at,
        };
        Ok(cancelled_links::remember(tx, &link).await?)
    }
}
