//! The look of the pages: that of the video client.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;

use crate::Hub;

const OWN: &str = include_str!("pages.css");
const MARK: &str = include_str!("../../../../../web/client/src/ui/mark.svg");
/// How long browsers may keep them.
const KEEP: &str = "public, max-age=3600";

/// The style sheet and the sign.
pub(in crate::oauth) fn routes() -> Router<Hub> {
    Router::new()
        .route("/oauth2/style.css", get(style))
        .route("/oauth2/mark.svg", get(mark))
}

/// What a page's head links to: the colours and elements of the browser apps, and
/// what only these pages have. Without the built apps a page is plain, and works.
pub(crate) fn links() -> String {
    let shared = vdx_web::asset_address("style-", ".css");
    let shared = shared.map(|address| format!("<link rel=\"stylesheet\" href=\"{address}\">"));
    format!(
        "<link rel=\"icon\" type=\"image/svg+xml\" href=\"/oauth2/mark.svg\">{}\
         <link rel=\"stylesheet\" href=\"/oauth2/style.css\">",
        shared.unwrap_or_default()
    )
}

async fn style() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, KEEP),
        ],
        OWN,
    )
}

async fn mark() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (header::CACHE_CONTROL, KEEP),
        ],
        MARK,
    )
}
