//! The envelope of every answer, and the words for failures.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use vdx_conference::CallError;
use vdx_conference::state::Refused;

use crate::failure::{FailedCall, Failure};

/// An answer with its result.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Success<T> {
    #[schema(example = "success")]
    status: &'static str,
    result: T,
}

impl<T> Success<T> {
    pub(super) fn new(result: T) -> Self {
        Self {
            status: "success",
            result,
        }
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// An answer without: why it failed, in words clients know.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Failed {
    #[schema(example = "failed")]
    status: String,
    #[schema(example = "Invalid token")]
    result: String,
}

/// The API's failed shape.
pub(crate) fn wording(failure: &Failure, _: &FailedCall) -> Response {
    let reason = failure.status.canonical_reason().unwrap_or("Failed");
    let body = json!({
        "status": "failed",
        "result": failure.text.as_deref().unwrap_or(reason),
    });
    (failure.status, Json(body)).into_response()
}

/// There is no such room, or not now: callers are not told which.
pub(super) fn no_such_room() -> Failure {
    Failure::new(StatusCode::NOT_FOUND).text("Neither conference nor gateway found")
}

/// The token is not, or no longer, good here.
pub(super) fn invalid_token() -> Failure {
    Failure::new(StatusCode::FORBIDDEN).text("Invalid token")
}

/// A refusal of the conference. Clients take 404 for a room that is gone, so
/// a call or participant that is gone is a 403 like in the rooms of today.
pub(super) fn refusal(refused: Refused) -> Failure {
    let text = match refused {
        Refused::Closing => {
            // Another node, or this one again, takes the next try.
            return Failure::new(StatusCode::SERVICE_UNAVAILABLE)
                .text("The hub is stopping")
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        Refused::TooFast => {
            return Failure::new(StatusCode::TOO_MANY_REQUESTS)
                .text("Too many messages")
                .header(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Refused::SignallingTooFast => {
            return Failure::new(StatusCode::TOO_MANY_REQUESTS)
                .text("Too many offers or candidates")
                .header(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        Refused::ActingTooFast => {
            return Failure::new(StatusCode::TOO_MANY_REQUESTS)
                .text("Too many requests")
                .header(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Refused::NoCapacity => {
            // The words today's clients have a text for.
            return Failure::new(StatusCode::SERVICE_UNAVAILABLE)
                .text("Out of resource")
                .header(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        Refused::Full => "Participant limit reached",
        Refused::UnknownParticipant => "Invalid token",
        Refused::UnknownTarget => "Participant not found",
        Refused::UnknownCall => "Invalid call",
        Refused::NotAllowed => "Invalid role",
        Refused::ChatOff => "Disabled",
        Refused::Unreachable => "Participant cannot be reached",
    };
    Failure::new(StatusCode::FORBIDDEN).text(text)
}

/// A refusal that concerns the meeting the room belongs to. A 404 would say that
/// the room is gone.
pub(super) fn meeting_refusal(error: vdx_booking::Error) -> Failure {
    use vdx_booking::Error as E;
    let conflict = |text: &str| Failure::new(StatusCode::CONFLICT).text(text);
    match error {
        E::Invalid { field, reason } => {
            Failure::new(StatusCode::BAD_REQUEST).text(format!("{field}: {reason}"))
        }
        E::NoMeeting | E::NotFound { .. } => conflict("No meeting"),
        E::Over | E::NotChangeable => conflict(OVER),
        E::TooLong => conflict("The meeting cannot be that long"),
        other => other.into(),
    }
}

/// A text message that is not sent.
pub(super) fn sms_refusal(error: vdx_notify::Error) -> Failure {
    match error {
        vdx_notify::Error::Over => Failure::new(StatusCode::CONFLICT).text(OVER),
        other => other.into(),
    }
}

const OVER: &str = "The meeting is over";

/// A call that could not be opened or changed.
pub(super) fn call_failure(error: CallError) -> Failure {
    use vdx_media::CallRefused;
    match error {
        CallError::Conference(refused) => refusal(refused),
        CallError::NoDirectMedia => Failure::new(StatusCode::CONFLICT).text("No direct media now"),
        CallError::Media(CallRefused::Offer(why)) => {
            Failure::new(StatusCode::BAD_REQUEST).text(format!("Invalid SDP: {why}"))
        }
        CallError::Media(CallRefused::UnknownCall) => refusal(Refused::UnknownCall),
        CallError::Media(CallRefused::Full) => {
            Failure::new(StatusCode::SERVICE_UNAVAILABLE).text("Out of resource")
        }
        CallError::Media(CallRefused::Failed) => {
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR).text("Media process disconnected")
        }
    }
}
