//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use uuid::Uuid;

use super::failure::invalid;
use crate::{Failure, Hub};

/// The `{uuid}` of a path.
pub(super) struct Id(pub(super) Uuid);

impl FromRequestParts<Hub> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        Path::<Uuid>::from_request_parts(parts, hub)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_| invalid("uuid", "must be a UUID"))
    }
}
