//! One built file as an HTTP answer.

use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderName, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The files Vite built.
#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
#[allow_missing = true]
struct Built;

/// How long a browser may use a file without asking.
#[derive(Debug, Clone, Copy)]
pub enum Caching {
    /// A name whose content never changes: a year (RFC 8246).
    Immutable,
    /// Ask each time whether it changed; the entity tag makes that cheap.
    Revalidate,
}

impl Caching {
    /// What `Cache-Control` says.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        }
    }
}

/// The names of all built files.
pub(crate) fn names() -> impl Iterator<Item = String> {
    Built::iter().map(std::borrow::Cow::into_owned)
}

/// A built file's content, for the hub itself.
pub(crate) fn read(path: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Some(Built::get(path)?.data)
}

/// Answers with the file, compressed where the browser takes it, or that the
/// browser's copy is still good; `None` when there is no such file.
pub(crate) fn serve(path: &str, caching: Caching, request: &HeaderMap) -> Option<Response> {
    let plain = Built::get(path)?;
    let content_type = plain.metadata.mimetype().to_owned();
    let (file, encoding) = smallest(path, plain, request);
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));

    let common: [(HeaderName, &str); 3] = [
        (CACHE_CONTROL, caching.header()),
        (ETAG, &etag),
        (VARY, "accept-encoding"),
    ];
    if has_current_copy(request, &etag) {
        return Some((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let content_type = match content_type.as_str() {
        text @ ("text/html" | "text/css" | "text/javascript") => format!("{text}; charset=utf-8"),
        _ => content_type,
    };
    let described = (common, [(CONTENT_TYPE, content_type)]);
    Some(match encoding {
        Some(name) => (
            described,
            [(CONTENT_ENCODING, name)],
            file.data.into_owned(),
        )
            .into_response(),
        None => (described, file.data.into_owned()).into_response(),
    })
}

/// The build leaves `.br` and `.gz` copies beside each text file that gain from it.
fn smallest(
    path: &str,
    plain: EmbeddedFile,
    request: &HeaderMap,
) -> (EmbeddedFile, Option<&'static str>) {
    for (name, extension) in [("br", "br"), ("gzip", "gz")] {
        if accepts(request, name)
            && let Some(file) = Built::get(&format!("{path}.{extension}"))
        {
            return (file, Some(name));
        }
    }
    (plain, None)
}

/// Whether `Accept-Encoding` (RFC 9110, 12.5.3) names the coding without
/// refusing it. A bare `*` is not taken up: uncompressed is always right.
fn accepts(request: &HeaderMap, coding: &str) -> bool {
    request
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let (name, weight) = offer.split_once(';').unwrap_or((offer, "q=1"));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
            name.trim().eq_ignore_ascii_case(coding) && !refused
        })
}

/// Whether a request's `If-None-Match` names the entity tag (RFC 9110, 13.1.2: weak comparison).
#[must_use]
pub fn has_current_copy(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_coding_is_used_only_when_offered_and_not_refused() {
        assert!(accepts(&with(ACCEPT_ENCODING, "gzip, deflate, br"), "br"));
        assert!(accepts(&with(ACCEPT_ENCODING, "GZIP;q=0.5"), "gzip"));
        assert!(!accepts(&with(ACCEPT_ENCODING, "br;q=0, gzip"), "br"));
        assert!(!accepts(&with(ACCEPT_ENCODING, "br;q=0.000"), "br"));
        assert!(!accepts(&with(ACCEPT_ENCODING, "bread"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_copy_is_current_when_its_tag_is_named() {
        assert!(has_current_copy(
            &with(IF_NONE_MATCH, "\"a\", W/\"b\""),
            "\"b\""
        ));
        assert!(has_current_copy(&with(IF_NONE_MATCH, "*"), "\"b\""));
        assert!(!has_current_copy(&with(IF_NONE_MATCH, "\"a\""), "\"b\""));
        assert!(!has_current_copy(&HeaderMap::new(), "\"b\""));
    }

    #[test]
    fn nothing_outside_the_build_is_served() {
        for path in [
            "assets/../../Cargo.toml",
            "../Cargo.toml",
            "assets/../../../Cargo.toml",
            "/etc/passwd",
        ] {
            assert!(serve(path, Caching::Revalidate, &HeaderMap::new()).is_none());
        }
    }
}
