//! The look of the pages: that of the video client.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;

use crate::Hub;

/// Colours, sizes and plain elements, shared with the browser apps.
const BASE: &str = include_str!("../../../../../web/shared/style/base.css");
/// What the browser apps' build replaces by the font's address.
const FONT: &str = "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2";
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
    let font = vdx_web::asset_address("atkinson-hyperlegible-next-latin-wght-normal", ".woff2");
    // Without the built apps there is no font: the system's is used.
    let base = match font {
        Some(font) => BASE.replace(FONT, &font),
        None => without_font(BASE),
    };
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, KEEP),
        ],
        base + OWN,
    )
}

fn without_font(css: &str) -> String {
    let begin = css.find("@font-face").unwrap_or(css.len());
    let end = css[begin..]
        .find('}')
        .map_or(css.len(), |end| begin + end + 1);
    format!("{}{}", &css[..begin], &css[end..])
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
    fn the_font_is_where_the_style_sheet_says() {
        assert_eq!(BASE.matches(FONT).count(), 1);
        let without = without_font(BASE);
        assert!(!without.contains("@font-face") && !without.contains("woff2"));
        assert!(without.contains(":root {") && without.contains(".button.primary"));
    }
}
