//! What is behind a short link right now.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{
    GuestMicrophone, MeetingId, OrganisationCode, RoomAddress, SchedulingInfoId, ShortId,
};
use vdx_store::cancelled_links::{self, CancelledLink};
use vdx_store::meetings::{self, Meeting};
use vdx_store::scheduling_infos::SchedulingInfo;

use crate::rooms::{LinkState, opens_at, state_at};
use crate::{Booking, Error};

/// How long after the end it had the link of a deleted meeting says so.
const CANCELLED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What a short link leads to. Never holds a PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// A meeting and its room.
    Meeting(Box<MeetingLink>),
    /// A meeting that will not be: it was deleted, or closed before it began.
    Cancelled(CancelledLink),
}

/// A short link that leads to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingLink {
    /// The meeting.
    pub meeting: MeetingId,
    /// Whose meeting it is.
    pub organisation: OrganisationCode,
    /// The room's address.
    pub address: RoomAddress,
    /// When people can come in.
    pub opens_at: Timestamp,
    /// When the meeting begins.
    pub starts_at: Timestamp,
    /// When the meeting ends.
    pub ends_at: Timestamp,
    /// When it was to begin before its start was changed, the last time; not
    /// told of a meeting that is over.
    pub moved_from: Option<Timestamp>,
    /// Whether people can come in now.
    pub state: LinkState,
    /// Whether the page asks for the guest PIN.
    pub guest_pin_required: bool,
    /// How guests come in with their microphone.
    pub guest_microphone: GuestMicrophone,
    /// Which media the page negotiates.
    pub call_type: Option<String>,
    /// Where the page goes when the meeting ends.
    pub return_url: Option<String>,
}

impl Booking {
    /// What is behind a short link; `None` when it never existed, or its
    /// meeting was deleted and that is long ago.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn link(&self, short_id: &ShortId) -> Result<Option<Link>, Error> {
        let mut reader = self.db().reader();
        let Some(id) = meetings::id_by_short_id(&mut reader, short_id).await? else {
            let ended = self.cancelled_before();
            let link = cancelled_links::find(&mut reader, short_id, ended).await?;
            return Ok(link.map(Link::Cancelled));
        };
        let found = self.room_and_meeting(SchedulingInfoId(id.0)).await?;
        Ok(found.map(|(room, meeting)| link_to(room, meeting, self.now())))
    }

    /// Forgets the links of meetings that were deleted long ago.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn forget_cancelled_links(&self) -> Result<(), Error> {
        let mut tx = self.db().begin().await?;
        cancelled_links::forget(&mut tx, self.cancelled_before()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Links of deleted meetings that would have ended by then say nothing.
    fn cancelled_before(&self) -> Timestamp {
        let before = self.now().checked_sub(CANCELLED_FOR);
        before.unwrap_or(Timestamp::MIN)
    }
}

fn link_to(room: SchedulingInfo, meeting: Meeting, now: Timestamp) -> Link {
    let state = state_at(&room, &meeting, now);
    // No meeting ends before it begins, but one that is closed before.
    if state == LinkState::Over && meeting.ends_at < meeting.starts_at {
        return Link::Cancelled(CancelledLink {
            short_id: meeting.short_id,
            organisation: meeting.organisation,
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at,
        });
    }
    Link::Meeting(Box::new(MeetingLink {
        opens_at: opens_at(&room, &meeting),
        meeting: meeting.id,
        organisation: meeting.organisation,
        address: room.address,
        starts_at: meeting.starts_at,
        ends_at: meeting.ends_at,
        moved_from: meeting.moved_from.filter(|_| state != LinkState::Over),
        state,
        guest_pin_required: meeting.guest_pin_required,
        guest_microphone: meeting.guest_microphone,
        call_type: room.call_type,
        return_url: room.return_url,
    }))
}
