//! Which roles may call which operation of the booking APIs.
//!
//! An operation takes its caller as [`Reader`], [`Booker`], [`Administrator`] or
//! [`RoomMaker`], before path and body: who may not call learns nothing of the
//! input.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use vdx_accounts::Caller;
use vdx_booking::Actor;
use vdx_domain::{Agent, ApiRole};

use crate::{Authenticated, Failure, Hub, PeerAddress};

/// A caller with any role of the API: may read.
pub(crate) struct Reader(pub(crate) Actor);

/// A caller who may book, change and delete meetings.
pub(crate) struct Booker(pub(crate) Actor);

/// A caller who may change templates and set rooms aside.
pub(crate) struct Administrator(pub(crate) Actor);

/// A caller who makes rooms and reports how they stand.
pub(crate) struct RoomMaker(pub(crate) Actor);

const BOOKERS: &[ApiRole] = &[
    ApiRole::MeetingAdmin,
    ApiRole::MeetingUser,
    ApiRole::MeetingPlanner,
    ApiRole::MeetingProvisionerUser,
];

impl FromRequestParts<Hub> for Reader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        // Whoever has a role of the API at all has one of those that read.
        let Authenticated(caller) = Authenticated::from_request_parts(parts, hub).await?;
        let address = PeerAddress::from_request_parts(parts, hub).await?;
        Ok(Self(actor(caller, address)))
    }
}

macro_rules! callers_with {
    ($($caller:ident: $roles:expr;)+) => {
        $(
            impl FromRequestParts<Hub> for $caller {
                type Rejection = Failure;

                async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
                    let Authenticated(caller) = Authenticated::from_request_parts(parts, hub).await?;
                    if !caller.has_any($roles) {
                        return Err(Failure::new(StatusCode::FORBIDDEN));
                    }
                    let address = PeerAddress::from_request_parts(parts, hub).await?;
                    Ok(Self(actor(caller, address)))
                }
            }
        )+
    };
}

callers_with! {
    Booker: BOOKERS;
    Administrator: &[ApiRole::MeetingAdmin];
    RoomMaker: &[ApiRole::MeetingProvisionerUser];
}

/// The caller as the booking part knows them.
fn actor(caller: Caller, PeerAddress(address): PeerAddress) -> Actor {
    let (organisation, email) = caller
        .identity
        .map(|identity| (identity.organisation, identity.email))
        .unzip();
    Actor {
        agent: Agent {
            id: caller.id,
            email: email.clone(),
            organisation: organisation.clone(),
            address: Some(address),
        },
        organisation,
        email,
        roles: caller.roles.into_iter().collect(),
    }
}
