//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use uuid::Uuid;

use super::refusal::invalid;
use crate::{Failure, Hub};

/// The `{uuid}` of a path.
pub(crate) struct Id(pub(crate) Uuid);

impl FromRequestParts<Hub> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        Path::<Uuid>::from_request_parts(parts, hub)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_| invalid("uuid", "must be a UUID"))
    }
}

/// The `{id}` of a path: a template's.
pub(crate) struct Number(pub(crate) i64);

impl FromRequestParts<Hub> for Number {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        Path::<i64>::from_request_parts(parts, hub)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_| invalid("id", "must be a whole number"))
    }
}
