//! `GET /meeting/{uuid}`: what became of the messages of a meeting.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_domain::{MeetingId, SmsId};
use vdx_notify::Standing;

use super::access::Reader;
use super::failure::SmsError;
use super::{EncodingWord, FailureWord, StatusWord};
use crate::video::path::Id;
use crate::{Failure, Hub};

/// How a message stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = smsStatus)]
pub(super) struct SmsStatus {
    /// How far it has come.
    status: StatusWord,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    status_time: Timestamp,
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    reference: SmsId,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_time: Timestamp,
    /// The last two digits of the number, as long as it is kept.
    #[schema(required)]
    to: Option<String>,
    /// How its characters are carried.
    encoding: EncodingWord,
    /// In how many parts it was sent.
    parts: u32,
    /// Why it failed.
    #[schema(required)]
    failure: Option<FailureWord>,
    /// The gateway's own code for that.
    #[schema(required)]
    gateway_code: Option<String>,
}

impl From<Standing> for SmsStatus {
    fn from(standing: Standing) -> Self {
        Self {
            status: standing.status.into(),
            status_time: standing.status_at,
            reference: standing.id,
            created_time: standing.created_at,
            to: standing.to,
            encoding: standing.encoding.into(),
            parts: standing.parts,
            failure: standing.failure.map(Into::into),
            gateway_code: standing.gateway_code,
        }
    }
}

/// What became of the messages of a meeting.
///
/// Oldest first, the newest 500 at most. For whoever can read the meeting in
/// the booking API.
#[utoipa::path(
    get,
    path = "/meeting/{uuid}",
    tag = "Messages",
    params(("uuid" = Uuid, Path, description = "The meeting's id.")),
    responses(
        (status = 200, description = "The messages.", body = Vec<SmsStatus>),
        (status = 400, description = "The id is no UUID.", body = SmsError),
        (status = 401, description = "No good token.", body = SmsError),
        (status = 403, description = "Not for this caller.", body = SmsError),
        (status = 404, description = "No such meeting, or no message was sent to its people.", body = SmsError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Id(id): Id,
) -> Result<Json<Vec<SmsStatus>>, Failure> {
    let meeting = hub.booking.meeting(&actor, MeetingId(id)).await?;
    let listed = hub
        .sms
        .of_meeting(&actor.agent, meeting.id, &meeting.organisation)
        .await?;
    if listed.is_empty() {
        return Err(Failure::new(StatusCode::NOT_FOUND)
            .text("No message was sent to this meeting's people."));
    }
    Ok(Json(listed.into_iter().map(Into::into).collect()))
}
