//! Asking a gateway over HTTP, with limits.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;

/// How long a gateway may take for its whole answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long until it must have taken the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer that is read, in bytes.
const MAX_LENGTH: usize = 1 << 20;
/// Longest pause a gateway is granted.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A client for one gateway, and where the gateway is.
pub(super) struct Gateway {
    client: Client,
    base: Url,
}

/// An answer, read to its end.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) wait: Option<Duration>,
    body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoReply {
    /// The gateway was not reached: it knows nothing of the request.
    NotReached,
    /// The request may have arrived.
    Lost,
}

impl Gateway {
    /// For a gateway at this address: `https`, or `http` on this machine.
    pub(super) fn open(url: &str) -> Result<Self, String> {
        let base = Url::parse(&format!("{}/", url.trim_end_matches('/')))
            .map_err(|error| format!("{url}: {error}"))?;
        if base.scheme() != "https" && !is_on_this_machine(&base) {
            return Err(format!("{url}: must be https"));
        }
        let client = Client::builder()
            .user_agent("vdx")
            // Numbers go where the operator wrote, and nowhere else.
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, base })
    }

    /// A POST to a path below the gateway's address.
    pub(super) fn post(&self, path: &str) -> Result<RequestBuilder, NoReply> {
        Ok(self.client.post(self.address(path)?))
    }

    /// A GET below the gateway's address.
    pub(super) fn get(&self, path: &str) -> Result<RequestBuilder, NoReply> {
        Ok(self.client.get(self.address(path)?))
    }

    fn address(&self, path: &str) -> Result<Url, NoReply> {
        self.base.join(path).map_err(|_| NoReply::NotReached)
    }
}

/// Sends a request and reads its answer. Errors of the library are not passed
/// on: they quote the address, which may hold a number.
pub(super) async fn ask(request: RequestBuilder) -> Result<Reply, NoReply> {
    let mut response = request.send().await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            NoReply::NotReached
        } else {
            NoReply::Lost
        }
    })?;
    let status = response.status();
    let wait = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NoReply::Lost)? {
        if body.len() + chunk.len() > MAX_LENGTH {
            return Err(NoReply::Lost);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, wait, body })
}

impl Reply {
    /// The body as JSON of this shape.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

fn is_on_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "http" && ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

/// What a check says of an answer's status.
pub(super) fn checked(name: &str, reply: Result<Reply, NoReply>) -> Result<Reply, String> {
    match reply {
        Ok(reply) if reply.status.is_success() => Ok(reply),
        Ok(reply) if matches!(reply.status.as_u16(), 401 | 403) => {
            Err(format!("{name} does not let the hub in ({})", reply.status))
        }
        Ok(reply) => Err(format!("{name} answered {}", reply.status)),
        Err(NoReply::NotReached) => Err(format!("{name} cannot be reached")),
        Err(NoReply::Lost) => Err(format!("{name} does not answer")),
    }
}
