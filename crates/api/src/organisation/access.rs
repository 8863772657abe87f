//! Who may call: meeting-admin, for the own organisation and those below it.
//!
//! An operation takes its caller before path, query and body: who may not call
//! learns nothing of the input.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use vdx_accounts::organisations::Manager;
use vdx_domain::{Agent, ApiRole};

use crate::{Authenticated, Failure, Hub, PeerAddress};

/// A caller with the role meeting-admin.
pub(super) struct Admin(pub(super) Manager);

impl FromRequestParts<Hub> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, hub).await?;
        let PeerAddress(address) = PeerAddress::from_request_parts(parts, hub).await?;
        let admin = caller.has(ApiRole::MeetingAdmin);
        let identity = caller.identity.filter(|_| admin).ok_or_else(|| {
            Failure::new(StatusCode::FORBIDDEN).text("The role meeting-admin is needed.")
        })?;
        Ok(Self(Manager {
            agent: Agent {
                id: caller.id,
                email: Some(identity.email),
                organisation: Some(identity.organisation.clone()),
                address: Some(address),
            },
            organisation: identity.organisation,
        }))
    }
}
