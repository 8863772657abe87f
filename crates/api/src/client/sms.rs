//! `POST vdx_sms`: a host sends the meeting's link to a phone, and `GET
//! vdx_sms/{uuid}`: whether it arrived.

use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_domain::{RoomKey, SmsId, SmsStatus};
use vdx_notify::{Language, MeetingLink, RoomInvitation};

use super::extract::Host;
use super::reply::{Failed, Success, meeting_refusal, sms_refusal};
use crate::sms_v1::StatusWord;
use crate::{Failure, Hub, JsonBody};

/// Whom to send the link.
#[derive(Deserialize, ToSchema)]
pub(super) struct ToPhone {
    /// The number of one mobile phone, as in the SMS API.
    #[schema(min_length = 4, max_length = 32, example = "+4520123456")]
    phone: String,
    /// In which language; Danish where it is left out.
    #[serde(default)]
    language: LanguageWord,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum LanguageWord {
    #[default]
    Da,
    En,
}

/// A message that is on its way.
#[derive(Serialize, ToSchema)]
pub(super) struct SentSms {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    uuid: SmsId,
    /// How far it has come.
    status: StatusWord,
}

/// How far a message has come.
#[derive(Serialize, ToSchema)]
pub(super) struct SmsStanding {
    status: StatusWord,
}

/// Sends the link of the meeting to a phone, for a host who brings somebody in,
/// in the name of the meeting's organisation. The hub's extension.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/vdx_sms",
    tag = "The meeting",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "A host's token."),
    ),
    request_body = ToPhone,
    responses(
        (status = 200, description = "The message will be sent.", body = Success<SentSms>),
        (status = 400, description = "No usable number, or no such language.", body = Failed),
        (status = 403, description = "Not a host, or the token is not good.", body = Failed),
        (status = 409, description = "The room belongs to no meeting, or the meeting is over.", body = Failed),
        (status = 429, description = "Too many messages of this meeting's hosts or organisation, or to this number; `Retry-After` says how long to wait.", body = Failed),
    ),
)]
pub(super) async fn send(
    State(hub): State<Hub>,
    Host(_session, host): Host,
    JsonBody(asked): JsonBody<ToPhone>,
) -> Result<Success<SentSms>, Failure> {
    let found = hub.booking.meeting_with(&host).await;
    let meeting = found.map_err(meeting_refusal)?;
    let agent = host.agent(&meeting.organisation);
    let link = MeetingLink {
        id: meeting.id,
        link: hub.booking.short_link(&meeting.short_id),
        organisation: meeting.organisation,
        ends_at: meeting.ends_at,
    };
    let invitation = RoomInvitation {
        phone: &asked.phone,
        language: match asked.language {
            LanguageWord::Da => Language::Danish,
            LanguageWord::En => Language::English,
        },
    };
    let queued = hub.sms.invite(&agent, &link, invitation).await;
    Ok(Success::new(SentSms {
        uuid: queued.map_err(sms_refusal)?.id,
        status: SmsStatus::Queued.into(),
    }))
}

/// How far a message with the meeting's link has come. The hub's extension.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/vdx_sms/{uuid}",
    tag = "The meeting",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("uuid" = Uuid, Path, description = "The message."),
        ("token" = String, Header, description = "A host's token."),
    ),
    responses(
        (status = 200, description = "How it stands.", body = Success<SmsStanding>),
        (status = 403, description = "No such message of this meeting, not a host, or the token is not good.", body = Failed),
    ),
)]
pub(super) async fn status(
    State(hub): State<Hub>,
    Host(session, _host): Host,
    Path((_alias, uuid)): Path<(String, String)>,
) -> Result<Success<SmsStanding>, Failure> {
    let unknown = || Failure::new(StatusCode::FORBIDDEN).text("Message not found");
    let id = SmsId(uuid.parse().map_err(|_| unknown())?);
    let RoomKey::Meeting(meeting) = session.room() else {
        return Err(unknown());
    };
    let found = hub.sms.status_in(meeting, id).await.map_err(sms_refusal)?;
    let status = found.ok_or_else(unknown)?.into();
    Ok(Success::new(SmsStanding { status }))
}
