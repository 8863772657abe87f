//! Who may call what of the hub's own API needs a token.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use vdx_domain::ApiRole;

use crate::video::access::{READERS, callers};
use crate::{AnyRole, Authenticated, Failure, Hub};

callers! {
    Authenticated, StatusCode::FORBIDDEN;
    /// A caller with any role of the booking API: may read.
    Reader: READERS;
}

/// A caller who runs the hub or manages an organisation: those whom a visitor
/// whose video does not work turns to.
pub(super) struct Helper;

impl FromRequestParts<Hub> for Helper {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let AnyRole(caller) = AnyRole::from_request_parts(parts, hub).await?;
        let helps = caller.has(ApiRole::Operator) || caller.has(ApiRole::ManagementAdmin);
        helps.then_some(Self).ok_or_else(|| {
            Failure::new(StatusCode::FORBIDDEN)
                .text("The role management-admin or operator is needed.")
        })
    }
}
