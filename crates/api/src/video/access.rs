//! Which roles may call which operation of the booking APIs.
//!
//! An operation takes its caller as one of the extractors that [`callers`]
//! makes for its version, before path and body: who may not call learns nothing
//! of the input.

use vdx_accounts::{API_ROLES, Caller};
use vdx_booking::Actor;
use vdx_domain::{Agent, ApiRole};

use crate::PeerAddress;

/// May read.
pub(crate) const READERS: &[ApiRole] = &API_ROLES;

/// May book, change and delete meetings.
pub(crate) const BOOKERS: &[ApiRole] = &[
    ApiRole::MeetingAdmin,
    ApiRole::MeetingUser,
    ApiRole::MeetingPlanner,
    ApiRole::MeetingProvisionerUser,
];

/// May change templates and set rooms aside.
pub(crate) const ADMINISTRATORS: &[ApiRole] = &[ApiRole::MeetingAdmin];

/// May make rooms and report how they stand.
pub(crate) const ROOM_MAKERS: &[ApiRole] = &[ApiRole::MeetingProvisionerUser];

/// Makes the extractors of a version: `$known` finds out who calls, and
/// `$status` refuses a caller without one of the roles.
macro_rules! callers {
    ($known:ty, $status:expr; $($(#[$doc:meta])* $caller:ident: $roles:expr;)+) => {
        $(
            $(#[$doc])*
            pub(super) struct $caller(pub(super) vdx_booking::Actor);

            impl axum::extract::FromRequestParts<$crate::Hub> for $caller {
                type Rejection = $crate::Failure;

                async fn from_request_parts(
                    parts: &mut http::request::Parts,
                    hub: &$crate::Hub,
                ) -> Result<Self, $crate::Failure> {
                    let caller = <$known>::from_request_parts(parts, hub).await?.0;
                    if !caller.has_any($roles) {
                        return Err($crate::Failure::new($status));
                    }
                    let address = $crate::PeerAddress::from_request_parts(parts, hub).await?;
                    Ok(Self($crate::video::access::actor(caller, address)))
                }
            }
        )+
    };
}
pub(crate) use callers;

/// The caller as the booking part knows them.
pub(crate) fn actor(caller: Caller, PeerAddress(address): PeerAddress) -> Actor {
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
