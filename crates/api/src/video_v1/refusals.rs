//! The failures of the operations, in the document of v1. They look alike, so an
//! operation names them by kind.

use std::collections::BTreeMap;

use utoipa::openapi::content::Content;
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

use super::failure::ApiError;
use super::hal;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:literal: $description:literal;)+) => {
        $(
            $(#[$doc])*
            pub(super) struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    BTreeMap::from([($status.to_owned(), refusal($description))])
                }
            }
        )+
    };
}

refusals! {
    /// Of an operation with input.
    BadRequest = "400": "A value is refused.";
    /// Of an operation that asks who calls.
    Unauthorized = "401": "Not signed in, or without a role for this.";
    /// The same.
    Forbidden = "403": "Not for this caller.";
    /// Of an operation on something that may not be there.
    NotFound = "404": "There is no such thing.";
    /// Of an operation that a status or a template may forbid.
    NotAcceptable = "406": "The room's status or the template does not allow it.";
}

fn refusal(description: &str) -> RefOr<Response> {
    let body = Ref::from_schema_name(ApiError::name());
    ResponseBuilder::new()
        .description(description)
        .content(hal::MEDIA_TYPE, Content::new(Some(body)))
        .build()
        .into()
}
