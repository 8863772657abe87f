//! Taking back a booking.

use vdx_domain::{MeetingId, SchedulingInfoId};
use vdx_store::{meetings, scheduling_infos};

use crate::events::Happened;
use crate::read::{MEETING_NOT_FOUND, check_sight};
use crate::{Actor, Booking, Error};

impl Booking {
    /// Removes a meeting and its room for good, as long as the room has not
    /// been made. A meeting whose room is live is ended by its end time.
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
        if let Some(room) = &room {
            self.record_deleted(&mut tx, actor, room);
            self.tell(&mut tx, Happened::Delete, room, Some(meeting.ends_at))
                .await?;
        }
        self.record_deleted(&mut tx, actor, &meeting);
        tx.commit().await?;
        Ok(())
    }
}
