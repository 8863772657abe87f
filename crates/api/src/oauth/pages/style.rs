//! The look of the pages: that of the video client.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;

use crate::Hub;

/// Colours and sizes, for when the browser apps are not built.
const BASE: &str = include_str!("../../../../../web/shared/style/base.css");
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

async fn style() -> impl IntoResponse {
    let base = match vdx_web::asset_address("pages-", ".css") {
        Some(built) => format!("@import url(\"{built}\");\n"),
        None => without_fonts(BASE),
    };
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, KEEP),
        ],
        base + OWN,
    )
}

/// The fonts are part of the build: without it, the system's is used.
fn without_fonts(css: &str) -> String {
    let mut pieces = css.split("@font-face");
    let begin = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(begin, |whole, piece| {
        let rest = piece.split_once('}').map_or("", |(_, rest)| rest);
        whole + rest
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_build_no_font_is_asked_for() {
        assert!(BASE.contains("@font-face"));
        let without = without_fonts(BASE);
        assert!(!without.contains("@font-face") && !without.contains("woff2"));
        assert!(without.contains(":root {") && without.contains(".stack {"));
    }
}
