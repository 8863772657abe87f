//! How failures reach the caller: one meaning, worded by each API.
//!
//! An operation, an extractor or a layer answers with a [`Failure`]. It has no
//! body yet: it rides in the response, and the layer [`worded_by`] around the
//! API gives it the API's own body. The same layer words the bare answers of
//! the framework (404, 405, 413, 408). A panic becomes a 500 like any other.

use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::Hub;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status.
    pub status: StatusCode,
    /// The API's own code: `detailed_error_code`, `error`, …
    pub code: Option<&'static str>,
    /// For the developer of the client: no secrets, no insides of the hub.
    pub text: Option<String>,
    /// Headers of the answer; boxed, because results carry failures around.
    pub headers: Box<HeaderMap>,
}

impl Failure {
    /// With a status alone.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            code: None,
            text: None,
            headers: Box::default(),
        }
    }

    /// With the API's own code.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// With a text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The hub failed. What failed goes to the log, not to the caller.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(error), "a call failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<vdx_store::Error> for Failure {
    fn from(error: vdx_store::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<vdx_accounts::Error> for Failure {
    fn from(error: vdx_accounts::Error) -> Self {
        Self::internal(&error)
    }
}

/// An error with its causes.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, HeaderMap::clone(&self.headers)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 6750 section 3, unless the operation names another scheme.
            response
                .headers_mut()
                .entry(header::WWW_AUTHENTICATE)
                .or_insert(HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// What an API may tell about the call that failed.
#[derive(Debug, Clone)]
pub struct FailedCall {
    /// The path called, with everything the API is mounted under.
    pub path: String,
    /// When the answer was made.
    pub at: Timestamp,
}

/// An API's way to word failures: gives the whole response; status and
/// headers set before are put over it.
pub type Wording = fn(&Failure, &FailedCall) -> Response;

/// The HTTP status in the body of a failure, as documents have it.
pub(crate) fn status_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("The HTTP status."))
        .build()
}

/// The layer around an API.
pub(crate) async fn word(
    State((hub, wording)): State<(Hub, Wording)>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let failure = match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure,
        None if is_bare(&response) => Failure::new(response.status()),
        None => return response,
    };
    let call = FailedCall {
        path: uri.path().to_owned(),
        at: hub.clock.now(),
    };
    let mut worded = wording(&failure, &call);
    *worded.status_mut() = response.status();
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            worded.headers_mut().insert(name, value.clone());
        }
    }
    worded
}

/// An error of the framework: it has no body, or a plain text.
fn is_bare(response: &Response) -> bool {
    let status = response.status();
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    (status.is_client_error() || status.is_server_error()) && plain
}
