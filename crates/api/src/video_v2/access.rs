//! Which roles may call which operation.
//!
//! An operation takes its caller as [`Reader`] or [`Booker`], before path and
//! body: who may not call learns nothing of the input.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use vdx_accounts::Caller;
use vdx_booking::Actor;
use vdx_domain::ApiRole;

use crate::{Authenticated, Failure, Hub};

/// A caller with any role of the API: may read.
pub(super) struct Reader(pub(super) Actor);

/// A caller who may book, change and delete meetings.
pub(super) struct Booker(pub(super) Actor);

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
        Ok(Self(actor(caller)))
    }
}

impl FromRequestParts<Hub> for Booker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, hub).await?;
        if caller.has_any(BOOKERS) {
            Ok(Self(actor(caller)))
        } else {
            Err(Failure::new(StatusCode::FORBIDDEN))
        }
    }
}

/// The caller as the booking part knows them.
fn actor(caller: Caller) -> Actor {
    let (organisation, email) = caller
        .identity
        .map(|identity| (identity.organisation, identity.email))
        .unzip();
    Actor {
        organisation,
        email,
        roles: caller.roles.into_iter().collect(),
    }
}
