//! What the operations take from a request.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use vdx_booking::RoomHost;
use vdx_conference::Session;
use vdx_domain::{CallId, ParticipantId, RoomAddress, RoomState};

use super::reply::{invalid_token, no_such_room, refusal};
use crate::{Failure, Hub, JsonBody, PeerAddress};

/// The ids that may stand in a path.
#[derive(Deserialize)]
struct Ids {
    alias: String,
    participant: Option<String>,
    call: Option<String>,
}

impl Ids {
    async fn of(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        Path::<Self>::from_request_parts(parts, hub)
            .await
            .map(|Path(ids)| ids)
            .map_err(|_| Failure::new(StatusCode::NOT_FOUND))
    }
}

/// The room's address in the path.
pub(super) struct Alias(pub(super) RoomAddress);

impl FromRequestParts<Hub> for Alias {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let ids = Ids::of(parts, hub).await?;
        // What is no address is the address of no room.
        ids.alias.parse().map(Self).map_err(|_| no_such_room())
    }
}

/// A participant with a good token for the room in the path. The token is in
/// the header `token`, or in the query where a client cannot set headers.
pub(super) struct InRoom(pub(super) Session);

#[derive(Deserialize)]
struct TokenQuery {
    token: Option<String>,
}

impl FromRequestParts<Hub> for InRoom {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let Alias(alias) = Alias::from_request_parts(parts, hub).await?;
        let in_header = parts
            .headers
            .get("token")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let token = match in_header {
            Some(token) => Some(token),
            None => Query::<TokenQuery>::try_from_uri(&parts.uri)
                .ok()
                .and_then(|Query(query)| query.token),
        };
        let token = token.ok_or_else(invalid_token)?;
        if let Ok(session) = hub.conferences.session(&token, &alias) {
            return Ok(Self(session));
        }
        come_back(hub, &token, &alias).await.map(Self)
    }
}

/// A participant of before a restart of the hub comes back, if its room is open.
async fn come_back(hub: &Hub, token: &str, alias: &RoomAddress) -> Result<Session, Failure> {
    if !hub.conferences.awaits(token, alias) {
        return Err(invalid_token());
    }
    let RoomState::Open(room) = hub.booking.room_at(alias).await? else {
        return Err(invalid_token());
    };
    hub.conferences
        .come_back(token, alias, *room)
        .map_err(|_| invalid_token())
}

/// A host, and the same host as those know it who know meetings. Who is none
/// learns nothing of the room's meeting.
pub(super) struct Host(pub(super) Session, pub(super) RoomHost);

impl FromRequestParts<Hub> for Host {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let InRoom(session) = InRoom::from_request_parts(parts, hub).await?;
        session.check_host().map_err(refusal)?;
        let PeerAddress(address) = PeerAddress::from_request_parts(parts, hub).await?;
        let host = RoomHost {
            room: session.room(),
            alias: session.alias().clone(),
            participant: session.participant(),
            address,
        };
        Ok(Self(session, host))
    }
}

/// A participant and whom the path names: oneself or another.
pub(super) struct Target(pub(super) Session, pub(super) ParticipantId);

impl FromRequestParts<Hub> for Target {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let InRoom(session) = InRoom::from_request_parts(parts, hub).await?;
        let named = Ids::of(parts, hub).await?.participant;
        let target = named.and_then(|id| id.parse().ok());
        target
            .map(|target| Self(session, target))
            .ok_or_else(|| Failure::new(StatusCode::NOT_FOUND))
    }
}

/// A participant who is the one the path names: what one does with one's own
/// media nobody else does.
pub(super) struct Oneself(pub(super) Session);

impl FromRequestParts<Hub> for Oneself {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let Target(session, target) = Target::from_request_parts(parts, hub).await?;
        if target == session.participant() {
            Ok(Self(session))
        } else {
            Err(refusal(vdx_conference::state::Refused::NotAllowed))
        }
    }
}

/// A participant and its own call.
pub(super) struct OwnCall(pub(super) Session, pub(super) CallId);

impl FromRequestParts<Hub> for OwnCall {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let Oneself(session) = Oneself::from_request_parts(parts, hub).await?;
        let named = Ids::of(parts, hub).await?.call;
        let call = named
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Failure::new(StatusCode::NOT_FOUND))?;
        session.has_call(call).map_err(refusal)?;
        Ok(Self(session, call))
    }
}

/// A body that is a JSON object, or no body: then everything has its default.
pub(super) struct MaybeJson<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Hub> for MaybeJson<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, hub: &Hub) -> Result<Self, Failure> {
        let body = Bytes::from_request(request, hub)
            .await
            .map_err(|rejection| Failure::new(rejection.status()))?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        let JsonBody(said) = JsonBody::from_request(Request::new(Body::from(body)), hub).await?;
        Ok(Self(said))
    }
}
