//! What a browser may do with the pages.

use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};

/// Everything comes from the hub itself. `blob:` and `data:` let a page play
/// and show what it made, nothing that came over the network.
const CONTENT: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// Devices for the hub's own pages; nothing for others, and none of the rest.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), \
     autoplay=(self), speaker-selection=(self), fullscreen=(self), screen-wake-lock=(self), \
     geolocation=(), payment=(), usb=(), browsing-topics=()";

/// The headers every page and asset carries.
const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, CONTENT),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    // Links carry room addresses and PINs: no other site is told where a visitor came from.
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Links to meetings do not belong in search engines.
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// Adds the headers to an answer.
pub(crate) async fn apply(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
