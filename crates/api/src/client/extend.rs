//! `POST vdx_extend`: a host makes the meeting longer.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::Host;
use super::reply::{Failed, Success, meeting_refusal};
use crate::{Failure, Hub, JsonBody};

/// By how much.
#[derive(Deserialize, ToSchema)]
pub(super) struct ExtendMeeting {
    /// From the end the meeting has now.
    #[schema(minimum = 1, maximum = 120)]
    minutes: u32,
}

/// When the meeting ends now.
#[derive(Serialize, ToSchema)]
pub(super) struct Extended {
    /// Seconds since the epoch.
    end_time: i64,
}

/// Moves the end of the meeting the room belongs to, to at most 24 hours after
/// its start. The room closes then, the link and the tickets of its guests are
/// good as long, and everybody inside is told by `conference_update`. The hub's
/// extension.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/vdx_extend",
    tag = "The meeting",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "A host's token."),
    ),
    request_body = ExtendMeeting,
    responses(
        (status = 200, description = "The meeting ends then.", body = Success<Extended>),
        (status = 400, description = "Not 1 to 120 minutes.", body = Failed),
        (status = 403, description = "Not a host, or the token is not good.", body = Failed),
        (status = 409, description = "The room belongs to no meeting, or the meeting is over or would be too long.", body = Failed),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Host(session, host): Host,
    JsonBody(wanted): JsonBody<ExtendMeeting>,
) -> Result<Success<Extended>, Failure> {
    let extended = hub.booking.extend(&host, wanted.minutes).await;
    let meeting = extended.map_err(meeting_refusal)?;
    hub.conferences
        .move_end(session.room(), meeting.ends_at, meeting.updated_at);
    Ok(Success::new(Extended {
        end_time: meeting.ends_at.as_second(),
    }))
}
