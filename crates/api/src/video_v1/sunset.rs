//! The end of v1: an operator may switch it off by date.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::{Failure, Hub};

/// When v1 goes out of service (RFC 8594).
const SUNSET: HeaderName = HeaderName::from_static("sunset");
/// Since when v1 is not to be built on (RFC 9745).
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// v1 came into the hub on 23 November 2026, beside the v2 that replaces it, and
/// was deprecated from that day on. In seconds since 1970.
const DEPRECATED_SINCE: i64 = 1_795_392_000;

/// The layer around v1: announces the end, and after it answers every call 410.
/// Without an end it does nothing.
pub(crate) async fn until_the_end(
    State(hub): State<Hub>,
    request: Request,
    next: Next,
) -> Response {
    let Some(end) = hub.settings.video_v1_end else {
        return next.run(request).await;
    };
    let mut response = if hub.clock.now() < end {
        next.run(request).await
    } else {
        Failure::new(StatusCode::GONE)
            .text("Version 1 of this API is switched off. Version 2 is under /videoapi/v2.")
            .into_response()
    };
    announce(response.headers_mut(), end, &hub.settings.public_url);
    response
}

fn announce(headers: &mut HeaderMap, end: Timestamp, public_url: &str) {
    // RFC 9745 section 4: the end is never before the deprecation.
    let deprecated = DEPRECATED_SINCE.min(end.as_second());
    let sunset = DateTimePrinter::new().timestamp_to_rfc9110_string(&end);
    let entries = [
        (SUNSET, sunset.unwrap_or_default()),
        (DEPRECATION, format!("@{deprecated}")),
        // RFC 5829: where to go on.
        (
            header::LINK,
            format!("<{public_url}/docs/video-v2>; rel=\"successor-version\""),
        ),
    ];
    for (name, text) in entries {
        // Digits, words and an address always make a value.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(end: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        announce(&mut headers, end.parse().unwrap(), "https://hub.example");
        [SUNSET, DEPRECATION, header::LINK]
            .map(|name| headers[&name].to_str().unwrap().to_owned())
            .to_vec()
    }

    #[test]
    fn the_end_is_told_in_the_forms_of_the_standards() {
        assert_eq!(
            announced("2026-12-31T23:00:00Z"),
            [
                "Thu, 31 Dec 2026 23:00:00 GMT",
                "@1795392000",
                "<https://hub.example/docs/video-v2>; rel=\"successor-version\"",
            ]
        );
        assert_eq!(announced("2020-01-01T00:00:00Z")[1], "@1577836800");
        let since = Timestamp::from_second(DEPRECATED_SINCE).unwrap();
        assert_eq!(since.to_string(), "2026-11-23T00:00:00Z");
    }
}
