//! Reading meetings and rooms, for those who may see them.

use vdx_domain::{MeetingId, OrganisationCode, SchedulingInfoId, ShortId};
use vdx_store::meetings::{self, Meeting};
use vdx_store::organisation_tree;
use vdx_store::scheduling_infos::{self, SchedulingInfo};

use crate::actor::{Ownership, RoomSight};
use crate::{Actor, Booking, Error};

/// A room, and the meeting in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomDetails {
    /// The room.
    pub room: SchedulingInfo,
    /// The meeting; a room of the pool has none.
    pub meeting: Option<Meeting>,
}

impl Booking {
    /// The meeting with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] or [`Error::Store`].
    pub async fn meeting(&self, actor: &Actor, id: MeetingId) -> Result<Meeting, Error> {
        let meeting = meetings::find(&mut self.db().reader(), id).await?;
        let meeting = meeting.ok_or(MEETING_NOT_FOUND)?;
        check_sight(actor, &meeting)?;
        self.record_read(actor, &meeting).await?;
        Ok(meeting)
    }

    /// The room with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] or [`Error::Store`].
    pub async fn scheduling_info(
        &self,
        actor: &Actor,
        id: SchedulingInfoId,
    ) -> Result<RoomDetails, Error> {
        let mut reader = self.db().reader();
        let room = scheduling_infos::find(&mut reader, self.sealer(), id).await?;
        let room = room.ok_or(ROOM_NOT_FOUND)?;
        if !self.sees_rooms_of(actor, &room.organisation).await? {
            return Err(Error::Forbidden);
        }
        self.record_read(actor, &room).await?;
        self.with_meeting(room).await
    }

    /// The room with the meeting in it.
    pub(crate) async fn with_meeting(&self, room: SchedulingInfo) -> Result<RoomDetails, Error> {
        let meeting = match room.meeting {
            Some(id) => meetings::find(&mut self.db().reader(), id).await?,
            None => None,
        };
        Ok(RoomDetails { room, meeting })
    }

    /// Whether the caller may read the rooms of `owner`.
    pub(crate) async fn sees_rooms_of(
        &self,
        actor: &Actor,
        owner: &OrganisationCode,
    ) -> Result<bool, Error> {
        let own = actor.organisation.as_ref() == Some(owner);
        match actor.rooms_in_sight() {
            RoomSight::Everywhere => Ok(true),
            RoomSight::Organisation => Ok(own),
            RoomSight::OrganisationAndBelow if own => Ok(true),
            RoomSight::OrganisationAndBelow => {
                let above = organisation_tree::lineage(&mut self.db().reader(), owner).await?;
                Ok(above
                    .iter()
                    .any(|organisation| actor.organisation.as_ref() == Some(&organisation.code)))
            }
        }
    }

    /// The complete short link of a meeting.
    #[must_use]
    pub fn short_link(&self, short_id: &ShortId) -> String {
        format!("{}/m/{short_id}", self.settings().public_url)
    }
}

pub(crate) const MEETING_NOT_FOUND: Error = Error::NotFound {
    resource: "meeting",
    field: "uuid",
};

pub(crate) const ROOM_NOT_FOUND: Error = Error::NotFound {
    resource: "schedulingInfo",
    field: "uuid",
};

/// Whether the caller may see, and so change, the meeting.
pub(crate) fn check_sight(actor: &Actor, meeting: &Meeting) -> Result<(), Error> {
    let sees = actor.may_see_meeting(Ownership {
        organisation: &meeting.organisation,
        organizer_organisation: &meeting.organized_by.organisation,
        organizer_email: &meeting.organized_by.email,
    });
    if sees { Ok(()) } else { Err(Error::Forbidden) }
}
