//! What surrounds every API: limits, request ids, headers, panics.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::failure::{self, Failure, Wording};
use crate::{Hub, certificate, metrics};

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 1 << 20;
/// How much more of a body that is too large is read and thrown away, so that
/// the caller gets to read the answer instead of a broken connection.
const MAX_DISCARDED: usize = 32 << 20;
/// How long an operation may take until it answers. What it streams after
/// that (events) is not bound by it.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Names a request in logs and answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the limits around an API and words its failures.
pub(crate) fn mount(
    api: &'static str,
    routes: Router<Hub>,
    hub: &Hub,
    wording: Wording,
) -> Router<Hub> {
    routes
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(limit_body))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(middleware::from_fn_with_state(
            (hub.clone(), wording),
            failure::word,
        ))
        .layer(middleware::from_fn_with_state(
            (hub.metrics.clone(), api),
            metrics::measure,
        ))
}

/// A panic is a defect of the hub: told in the log, worded as a 500.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature tower-http asks for"
)]
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let what = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    tracing::error!(what, "an operation panicked");
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// Reads the body before the operation runs, so that all APIs refuse one that
/// is too large in the same way.
async fn limit_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match read(body).await {
        Ok(bytes) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Err(status) => Failure::new(status).into_response(),
    }
}

async fn read(body: Body) -> Result<Bytes, StatusCode> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
        length = length.saturating_add(chunk.len());
        if length <= MAX_BODY {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
        if length > MAX_DISCARDED {
            break;
        }
    }
    if length > MAX_BODY {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(bytes.into())
}

/// The outermost layer: gives the request an id, opens its log span, and sets
/// the headers every answer has.
pub(crate) async fn frame(State(hub): State<Hub>, mut request: Request, next: Next) -> Response {
    certificate::strip(&hub, &mut request);
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| is_plain(id))
        .cloned()
        .unwrap_or_else(new_id);
    // The path holds ids and addresses but never a PIN or a token; the query may.
    let span = tracing::info_span!(
        "http",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        path = request.uri().path(),
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), "answered"));
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        // The pages set their own, which allow more.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if hub.settings.public_url.starts_with("https://") {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

/// A caller's own id is taken when it cannot spoil a log line.
fn is_plain(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn new_id() -> HeaderValue {
    // A UUID is always a header value; an empty one would only lose the id.
    HeaderValue::from_str(&Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static(""))
}
