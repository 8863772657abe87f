//! The table of contents: every address of the hub.

use axum::{Router, middleware};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;

use crate::edge::{frame, mount};
use crate::failure::Failure;
use crate::{Hub, client, health, hub as own, oauth, openapi, video_v2};

/// All that is spoken over HTTP, and the pages.
pub fn router(hub: Hub) -> Router {
    let mounted = |name, routes: Router<Hub>, wording| mount(name, routes, &hub, wording);
    // An API that owns all addresses under its own words the unknown ones too.
    let whole = |name, routes: OpenApiRouter<Hub>, wording| {
        let routes = Router::from(routes).fallback(async || Failure::new(StatusCode::NOT_FOUND));
        mount(name, routes, &hub, wording)
    };
    Router::new()
        // The pages: `/`, `/m/{shortId}`, `/webapp/…`, `/webapp3/…`, `/assets/…`
        .merge(vdx_web::pages())
        // Signing in: `/oauth2/…`, `/.well-known/…`
        .merge(mounted("oauth", oauth::routes().into(), oauth::wording))
        // Booking: `/videoapi/v2/…`
        .nest(
            "/videoapi/v2",
            whole("video-v2", video_v2::routes(), video_v2::wording),
        )
        // Rooms: `/api/client/v2/conferences/{alias}/…`
        .nest(
            "/api/client/v2",
            whole("client", client::routes(), client::wording),
        )
        // The hub's own: `/api/hub/v1/…`
        .nest("/api/hub/v1", whole("hub-v1", own::routes(), own::wording))
        // The API documents: `/docs/…`
        .merge(mounted("docs", openapi::routes(), health::wording))
        // For those who run the hub: `/healthz`, `/readyz`, `/metrics`
        .merge(mounted("health", health::routes(), health::wording))
        .fallback(async || (StatusCode::NOT_FOUND, "Not Found\n"))
        .layer(middleware::from_fn_with_state(hub.clone(), frame))
        .with_state(hub)
}
