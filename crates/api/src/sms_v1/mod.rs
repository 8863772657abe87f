//! SMS API v1: text messages with the link to a meeting.

mod access;
mod failure;
mod list;
mod send;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vdx_domain::{SmsEncoding, SmsFailure, SmsStatus};

use crate::Hub;

pub(crate) use failure::wording;

/// The operations, under `/sms/v1`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new().routes(routes!(list::operation, send::operation))
}

/// How far a message has come. The last two are ends.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = smsStatusWord)]
pub(crate) enum StatusWord {
    Queued,
    Sent,
    Delivered,
    Failed,
}

impl From<SmsStatus> for StatusWord {
    fn from(status: SmsStatus) -> Self {
        match status {
            SmsStatus::Queued => Self::Queued,
            SmsStatus::Sent => Self::Sent,
            SmsStatus::Delivered => Self::Delivered,
            SmsStatus::Failed => Self::Failed,
        }
    }
}

/// How the characters are carried: seven bits each in the GSM alphabet, which
/// has the Danish letters, or sixteen.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = smsEncoding)]
enum EncodingWord {
    Gsm,
    Ucs2,
}

impl From<SmsEncoding> for EncodingWord {
    fn from(encoding: SmsEncoding) -> Self {
        match encoding {
            SmsEncoding::Gsm => Self::Gsm,
            SmsEncoding::Ucs2 => Self::Ucs2,
        }
    }
}

/// Why a message failed: the gateway refused it, could not bring it to the
/// phone, ran out of time, or could not be reached for long; or what became of
/// it never became known, and it may have arrived.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = smsFailure)]
enum FailureWord {
    Refused,
    Undelivered,
    Expired,
    GaveUp,
    Unknown,
}

impl From<SmsFailure> for FailureWord {
    fn from(failure: SmsFailure) -> Self {
        match failure {
            SmsFailure::Refused => Self::Refused,
            SmsFailure::Undelivered => Self::Undelivered,
            SmsFailure::Expired => Self::Expired,
            SmsFailure::GaveUp => Self::GaveUp,
            SmsFailure::Unknown => Self::Unknown,
        }
    }
}
