//! Answers as HAL: `application/hal+json`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of good answers.
pub(crate) const MEDIA_TYPE: &str = "application/hal+json";

/// A good answer.
pub(crate) struct Hal<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Hal<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        response
    }
}

/// Where something is found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = link)]
pub(crate) struct HalLink {
    /// A complete address.
    #[schema(format = "uri")]
    pub(crate) href: String,
}
