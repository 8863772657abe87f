//! Changing a meeting, and telling the room that people are in.

use vdx_booking::{Actor, Meeting, MeetingChange};
use vdx_domain::{MeetingId, RoomKey};

use crate::{Failure, Hub};

/// Changes a meeting. If people are in its room, the room learns when it ends now.
pub(crate) async fn change_meeting(
    hub: &Hub,
    actor: &Actor,
    id: MeetingId,
    change: &MeetingChange,
) -> Result<Meeting, Failure> {
    let meeting = hub.booking.change(actor, id, change).await?;
    hub.conferences.move_end(
        RoomKey::Meeting(meeting.id),
        meeting.ends_at,
        meeting.updated_at,
    );
    Ok(meeting)
}
