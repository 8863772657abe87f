//! Which pages of other sites may call (CORS): those of registered apps.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use crate::Hub;

/// How long a browser may remember that it may call.
const REMEMBER: Duration = Duration::from_secs(600);

/// Pages from the origins registered for apps.
pub(crate) fn registered(hub: &Hub) -> CorsLayer {
    let hub = hub.clone();
    let allowed = move |origin: HeaderValue, _: &_| async move {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        match hub.accounts.is_origin(origin).await {
            Ok(registered) => registered,
            Err(error) => {
                tracing::error!(%error, "the origins of apps cannot be read");
                false
            }
        }
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::async_predicate(allowed))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(REMEMBER)
}

/// Pages from anywhere, for what everybody may read.
pub(crate) fn public() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET])
        .max_age(REMEMBER)
}
