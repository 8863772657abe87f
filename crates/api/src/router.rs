//! The table of contents: every address of the hub.

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;

use crate::edge::{frame, mount};
use crate::failure::Failure;
use crate::{
    Hub, client, cors, development, health, hub as own, oauth, openapi, organisation, sms_v1,
    video_v1, video_v2,
};

/// The APIs that take tokens, by their addresses under the hub's own: a token
/// can be for one of them alone (RFC 8707).
#[must_use]
pub fn token_apis(public_url: &str) -> Vec<String> {
    ["/videoapi", "/services", "/sms", "/api/hub"]
        .map(|path| format!("{public_url}{path}"))
        .to_vec()
}

/// All that is spoken over HTTP, and the pages.
pub fn router(hub: Hub) -> Router {
    let mounted = |name, routes: Router<Hub>, wording| mount(name, routes, &hub, wording);
    // An API that owns all addresses under its own words the unknown ones too.
    let whole = |name, routes: OpenApiRouter<Hub>, wording| {
        let routes = Router::from(routes).fallback(async || Failure::new(StatusCode::NOT_FOUND));
        mount(name, routes, &hub, wording)
    };
    let from_apps = || cors::registered(&hub);
    Router::new()
        // The pages: `/`, `/test`, `/m/{shortId}`, `/webapp/…`, `/webapp3/…`, `/assets/…`
        .merge(vdx_web::pages())
        // Signing in: `/oauth2/…`, `/.well-known/…`
        .merge(mounted("oauth", oauth::router(&hub), oauth::wording))
        // Booking: `/videoapi/v2/…`, and v1 beside it
        .nest(
            "/videoapi/v2",
            whole(
                "video-v2",
                video_v2::routes().layer(from_apps()),
                video_v2::wording,
            ),
        )
        .nest(
            "/videoapi",
            whole(
                "video-v1",
                video_v1::routes()
                    .layer(from_fn_with_state(hub.clone(), video_v1::until_the_end))
                    .layer(from_apps()),
                video_v1::wording,
            ),
        )
        // Organisations: `/services/v2/…`, and v1 beside it
        .nest(
            "/services/v2",
            whole(
                "organisation-v2",
                organisation::v2_routes().layer(from_apps()),
                organisation::wording,
            ),
        )
        .nest(
            "/services",
            whole(
                "organisation-v1",
                organisation::v1_routes().layer(from_apps()),
                organisation::wording,
            ),
        )
        // Text messages: `/sms/v1/…`
        .nest(
            "/sms/v1",
            whole(
                "sms-v1",
                sms_v1::routes().layer(from_apps()),
                sms_v1::wording,
            ),
        )
        // Rooms: `/api/client/v2/conferences/{alias}/…`
        .nest(
            "/api/client/v2",
            whole("client", client::routes(), client::wording),
        )
        // The hub's own: `/api/hub/v1/…`
        .nest(
            "/api/hub/v1",
            whole("hub-v1", own::routes().layer(from_apps()), own::wording),
        )
        // The API documents: `/docs/…`
        .merge(mounted("docs", openapi::routes(), health::wording))
        // For developers: `/development/messages`
        .merge(mounted(
            "development",
            development::routes(),
            health::wording,
        ))
        // For those who run the hub: `/healthz`, `/readyz`, `/metrics`
        .merge(mounted("health", health::routes(), health::wording))
        .fallback(async || (StatusCode::NOT_FOUND, "Not Found\n"))
        .layer(from_fn_with_state(hub.clone(), frame))
        .with_state(hub)
}
