//! The people a meeting names: who books or changes it, and whose it is.

use vdx_store::Tx;
use vdx_store::meeting_users::{self, MeetingUser, MeetingUserId};

use crate::Error;

/// The rows of both, made in the order of the e-mails, so that two bookings
/// cannot wait for each other.
pub(crate) async fn ensure_people(
    tx: &mut Tx,
    caller: &MeetingUser,
    organizer: &MeetingUser,
) -> Result<(MeetingUserId, MeetingUserId), Error> {
    if caller == organizer {
        let both = meeting_users::ensure(tx, caller).await?;
        return Ok((both, both));
    }
    if caller.email <= organizer.email {
        let caller = meeting_users::ensure(tx, caller).await?;
        Ok((caller, meeting_users::ensure(tx, organizer).await?))
    } else {
        let organizer = meeting_users::ensure(tx, organizer).await?;
        Ok((meeting_users::ensure(tx, caller).await?, organizer))
    }
}
