//! A host in the room makes the meeting longer.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use vdx_store::meetings::Meeting;

use crate::change::reach;
use crate::{Booking, Error, RoomHost, checks};

/// By how many minutes a meeting is extended at once.
pub const EXTENSION_MINUTES: RangeInclusive<u32> = 1..=120;

/// How long a meeting can become, from its start, by hosts who extend it. Who
/// booked it may make it longer.
pub const LONGEST_EXTENDED: SignedDuration = SignedDuration::from_hours(24);

impl Booking {
    /// Moves the end of the meeting whose room the host is in, counted from the
    /// end it has. It is kept, recorded and told as any change of a meeting.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NoMeeting`], [`Error::Over`],
    /// [`Error::TooLong`], [`Error::NotFound`], [`Error::NotChangeable`] or
    /// [`Error::Store`].
    pub async fn extend(&self, host: &RoomHost, minutes: u32) -> Result<Meeting, Error> {
        if !EXTENSION_MINUTES.contains(&minutes) {
            return Err(checks::invalid("minutes", "must be from 1 to 120"));
        }
        let mut tx = self.db().begin().await?;
        let before = self.hold(&mut tx, host.meeting()?).await?;
        if before.meeting.ends_at <= self.now() {
            return Err(Error::Over);
        }
        // Only whether it can be changed at all: an end always can then.
        reach(&mut tx, &before).await?;
        let more = SignedDuration::from_mins(i64::from(minutes));
        let ends_at = before.meeting.ends_at.checked_add(more);
        let ends_at = ends_at.map_err(|_| Error::TooLong)?;
        if ends_at.duration_since(before.meeting.starts_at) > LONGEST_EXTENDED {
            return Err(Error::TooLong);
        }
        let mut after = before.clone();
        after.meeting.ends_at = ends_at;
        let actor = host.actor(&before.meeting.organisation);
        self.keep_change(tx, &actor, None, before, after).await
    }
}
