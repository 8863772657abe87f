//! `POST /meeting/{uuid}`: sends somebody the link to a meeting.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_domain::{MeetingId, SmsId, SmsStatus};
use vdx_notify::{MeetingLink, Queued, SmsRequest};

use super::access::Booker;
use super::failure::SmsError;
use super::{EncodingWord, StatusWord};
use crate::video::path::Id;
use crate::{Failure, Hub, JsonBody};

/// A message to send.
#[derive(Deserialize, ToSchema)]
#[schema(as = sendSms)]
pub(super) struct SendSms {
    /// The number of one mobile phone: in E.164 (`+` and country code), or as
    /// it is written in the hub's own country. Blanks, hyphens, dots and
    /// brackets are passed over.
    #[schema(
        min_length = 4,
        max_length = 32,
        pattern = r"^\+?[0-9 .()-]+$",
        example = "+4520123456"
    )]
    to: String,
    /// What it says, with `%meeting_url%` where the meeting's short link is put.
    #[schema(
        max_length = 2000,
        pattern = "%meeting_url%",
        example = "Hej! Din videosamtale: %meeting_url%"
    )]
    message: String,
}

/// A message that is on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = sms)]
pub(super) struct Sms {
    /// Its id; the organisation's call-back has it as `%reference%`.
    #[schema(value_type = String, format = Uuid)]
    reference: SmsId,
    /// How far it has come.
    status: StatusWord,
    /// The name it comes from.
    sender: String,
    /// How its characters are carried.
    encoding: EncodingWord,
    /// In how many parts it is sent, and paid for.
    parts: u32,
}

impl From<Queued> for Sms {
    fn from(queued: Queued) -> Self {
        Self {
            reference: queued.id,
            status: SmsStatus::Queued.into(),
            sender: queued.sender,
            encoding: queued.encoding.into(),
            parts: queued.parts,
        }
    }
}

/// Sends somebody the link to a meeting.
///
/// The answer comes when the message is kept; it is handed to the gateway a
/// moment later, once, and what becomes of it is told by `GET`. For
/// meeting-admin, meeting-user, meeting-planner and meeting-provisioner-user,
/// to the meetings they can read in the booking API.
#[utoipa::path(
    post,
    path = "/meeting/{uuid}",
    tag = "Messages",
    params(("uuid" = Uuid, Path, description = "The meeting's id.")),
    request_body = SendSms,
    responses(
        (status = 200, description = "The message will be sent.", body = Sms),
        (status = 400, description = "A value is refused: the number, the text, or its length in parts.", body = SmsError),
        (status = 401, description = "No good token.", body = SmsError),
        (status = 403, description = "Not for this caller.", body = SmsError),
        (status = 404, description = "No such meeting.", body = SmsError),
        (status = 406, description = "The meeting is over: its link leads nowhere.", body = SmsError),
        (status = 429, description = "Too many messages of this caller or organisation, or to this number; `Retry-After` says how long to wait.", body = SmsError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Booker(actor): Booker,
    Id(id): Id,
    JsonBody(body): JsonBody<SendSms>,
) -> Result<Json<Sms>, Failure> {
    let meeting = hub.booking.meeting(&actor, MeetingId(id)).await?;
    let link = MeetingLink {
        id: meeting.id,
        link: hub.booking.short_link(&meeting.short_id),
        organisation: meeting.organisation,
        ends_at: meeting.ends_at,
    };
    let request = SmsRequest {
        to: &body.to,
        message: &body.message,
    };
    let queued = hub.sms.send(&actor.agent, &link, request).await?;
    Ok(Json(queued.into()))
}
