//! Who may call what of the hub's own API needs a token.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use vdx_accounts::organisations::{Authority, Manager};
use vdx_domain::{Agent, ApiRole};

use crate::video::access::{READERS, callers};
use crate::{AnyRole, Authenticated, Failure, Hub, PeerAddress};

callers! {
    Authenticated, StatusCode::FORBIDDEN;
    /// A caller with any role of the booking API: may read.
    Reader: READERS;
}

/// A caller who oversees organisations: an operator all of them, a
/// management-admin the own one and each below it.
pub(super) struct Overseer(pub(super) Authority);

impl FromRequestParts<Hub> for Overseer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let AnyRole(caller) = AnyRole::from_request_parts(parts, hub).await?;
        let PeerAddress(address) = PeerAddress::from_request_parts(parts, hub).await?;
        let (operates, manages) = (
            caller.has(ApiRole::Operator),
            caller.has(ApiRole::ManagementAdmin),
        );
        let (organisation, email) = caller
            .identity
            .map(|identity| (identity.organisation, identity.email))
            .unzip();
        let agent = Agent {
            id: caller.id,
            email,
            organisation: organisation.clone(),
            address: Some(address),
        };
        match organisation {
            _ if operates => Ok(Self(Authority::Operator(agent))),
            Some(organisation) if manages => Ok(Self(Authority::Manager(Manager {
                organisation,
                agent,
            }))),
            _ => Err(Failure::new(StatusCode::FORBIDDEN)
                .text("The role management-admin or operator is needed.")),
        }
    }
}
