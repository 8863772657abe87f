//! `POST sms/reports/{gateway}/{id}`: gateways report what became of a message.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use vdx_domain::SmsId;
use vdx_notify::Reported;

use super::HubError;
use crate::{Failure, Hub};

/// What stands behind the question mark of a report's address.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Proof {
    /// The end of the address that the gateway was given with the message.
    #[serde(default)]
    proof: String,
}

/// A gateway reports what became of a message.
///
/// Each message has an address of its own, which the gateway gets with it and
/// nobody else knows. `gatewayapi` reports in JSON, `twilio` as a form.
#[utoipa::path(
    post,
    path = "/sms/reports/{gateway}/{id}",
    tag = "Text messages",
    params(
        ("gateway" = String, Path, description = "The gateway's name in the settings."),
        ("id" = Uuid, Path, description = "The message's id."),
        Proof,
    ),
    request_body(
        description = "As the gateway writes it.",
        content(
            (serde_json::Value = "application/json"),
            (String = "application/x-www-form-urlencoded"),
        ),
    ),
    responses(
        (status = 204, description = "It was taken in."),
        (status = 400, description = "It is no report of this gateway.", body = HubError),
        (status = 404, description = "There is no such message, or the address is not the one it was given.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Path((gateway, id)): Path<(String, String)>,
    Query(Proof { proof }): Query<Proof>,
    body: Bytes,
) -> Result<StatusCode, Failure> {
    let unknown = || Failure::new(StatusCode::NOT_FOUND).text("There is no such message.");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let reported = hub.sms.report(&gateway, SmsId(id), &proof, &body).await?;
    match reported {
        Reported::TakenIn => Ok(StatusCode::NO_CONTENT),
        Reported::Unknown => Err(unknown()),
        Reported::Unreadable => {
            Err(Failure::new(StatusCode::BAD_REQUEST).text("The report cannot be read."))
        }
    }
}
