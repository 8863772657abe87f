//! `GET statistics/calls`: how good the calls are that are going on.

use std::collections::HashSet;

use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_conference::LiveCall;
use vdx_domain::{ConferenceId, EndpointKind, OrganisationCode, ParticipantId, ParticipantRole};

use super::super::HubError;
use super::super::access::Overseer;
use super::access::Whose;
use crate::quality::Quality;
use crate::{Failure, Hub};

/// Most calls in one answer.
const MOST_CALLS: usize = 1000;

/// A call that is going on. Nothing says who it is.
#[derive(Serialize, ToSchema)]
#[schema(as = liveCall)]
pub(super) struct Call {
    /// The session; call records name the same.
    #[schema(value_type = Uuid)]
    conference: ConferenceId,
    /// `meeting:` or `fixed:` and the id of the room.
    room: String,
    /// Code of the organisation whose room it is.
    #[schema(value_type = String)]
    organisation: String,
    #[schema(value_type = Uuid)]
    participant: ParticipantId,
    /// `host` or `guest`.
    #[schema(value_type = String)]
    role: ParticipantRole,
    /// `web` (the hub's page) or `client`.
    #[schema(value_type = String)]
    endpoint: EndpointKind,
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
    quality: Quality,
}

impl From<LiveCall> for Call {
    fn from(call: LiveCall) -> Self {
        Self {
            conference: call.conference,
            room: call.room.to_string(),
            organisation: call.organisation.0,
            participant: call.quality.participant,
            role: call.quality.role,
            endpoint: call.quality.endpoint,
            joined_at: call.quality.joined_at,
            quality: (&call.quality.latest).into(),
        }
    }
}

/// How good the calls on this node were in their last five seconds, the worst
/// first; at most 1000.
///
/// In the rooms of an organisation and, for a management-admin, of those below
/// it. Needs the role operator or management-admin.
#[utoipa::path(
    get,
    path = "/statistics/calls",
    tag = "Statistics",
    security(("oauth2" = [])),
    params(Whose),
    responses(
        (status = 200, description = "The calls.", body = Vec<Call>),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "The role is missing, or the organisation is neither the caller's nor below it.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    overseer: Overseer,
    Query(whose): Query<Whose>,
) -> Result<Json<Vec<Call>>, Failure> {
    let organisations = overseer.tree(&hub, whose).await?;
    let organisations: Option<HashSet<OrganisationCode>> =
        organisations.map(|codes| codes.into_iter().collect());
    let includes = |code: &OrganisationCode| {
        let wanted = organisations.as_ref();
        wanted.is_none_or(|codes| codes.contains(code))
    };
    let calls = hub.conferences.live_calls(includes, MOST_CALLS);
    Ok(Json(calls.into_iter().map(Call::from).collect()))
}
