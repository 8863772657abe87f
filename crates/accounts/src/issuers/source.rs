//! Reads the keys of an issuer, with limits.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::header::ACCEPT;
use reqwest::{Certificate, Client, StatusCode, Url, redirect};
use tokio::io::AsyncReadExt as _;

use super::KeySource;
use crate::key_set::MAX_LENGTH;

/// How long a server may take for its whole answer.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) enum Source {
    File(PathBuf),
    Url { url: Url, client: Client },
}

impl Source {
    pub(super) async fn open(keys: &KeySource) -> Result<Self, String> {
        let (url, roots) = match keys {
            KeySource::File(path) => return Ok(Self::File(path.clone())),
            KeySource::Url { url, roots } => (url, roots),
        };
        let url = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        if url.scheme() != "https" && !is_on_this_machine(&url) {
            return Err(format!("{url}: must be https"));
        }
        // An answer from elsewhere than the operator wrote is no answer.
        let mut client = Client::builder()
            .user_agent("vdx")
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT);
        if let Some(roots) = roots {
            let pem = read_file(roots).await?;
            let roots = Certificate::from_pem_bundle(&pem)
                .map_err(|error| format!("{}: {error}", roots.display()))?;
            client = client.tls_certs_only(roots);
        }
        let client = client.build().map_err(in_full)?;
        Ok(Self::Url { url, client })
    }

    /// How long what was read is used before it is asked for again: a key that
    /// the issuer withdrew counts no longer than this.
    pub(super) fn good_for(&self) -> SignedDuration {
        match self {
            Self::File(_) => SignedDuration::from_secs(10),
            Self::Url { .. } => SignedDuration::from_mins(10),
        }
    }

    pub(super) async fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => read_file(path).await,
            Self::Url { url, client } => fetch(client, url).await,
        }
    }
}

fn is_on_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "http" && ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

async fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_LENGTH as u64 + 1)
        .read_to_end(&mut bytes)
        .await
        .map_err(failed)?;
    within_limit(bytes)
}

async fn fetch(client: &Client, url: &Url) -> Result<Vec<u8>, String> {
    let mut answer = client
        .get(url.clone())
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .send()
        .await
        .map_err(in_full)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("{url} answered {}", answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(in_full)? {
        bytes.extend_from_slice(&chunk);
        bytes = within_limit(bytes)?;
    }
    Ok(bytes)
}

fn within_limit(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    (bytes.len() <= MAX_LENGTH)
        .then_some(bytes)
        .ok_or_else(|| "it is larger than 1 MiB".to_owned())
}

/// The error with its causes, which say what the first line does not.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature map_err asks for"
)]
fn in_full(error: reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
