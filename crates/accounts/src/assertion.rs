//! Signed statements of clients: `private_key_jwt` (RFC 7523, and OpenID
//! Connect Core section 9).

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use vdx_store::api_clients::ApiClient;

use crate::TOKEN_PATH;
use crate::claims::{Claims, SKEW};
use crate::key_set::KeySet;

/// Longest statement that is looked at, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// Longest id of a statement, in bytes.
const MAX_ID: usize = 200;
/// Latest end of a statement, from now.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// A statement that is good once.
pub(crate) struct Statement {
    /// Its id.
    pub(crate) jti: String,
    /// From when on it would be refused by its end alone.
    pub(crate) ends: Timestamp,
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

/// The client a statement speaks for, before anything is checked.
pub(crate) fn named_client(token: &str) -> Option<String> {
    let claims = (token.len() <= MAX_LENGTH)
        .then(|| jsonwebtoken::dangerous::insecure_decode_claims::<Subject>(token).ok());
    claims.flatten().map(|claims| claims.sub)
}

/// Whether the client says with its own key, to this hub and now, who it is.
/// What is left to check is that it was not said before.
pub(crate) fn check(
    client: &ApiClient,
    token: &str,
    hub: &str,
    now: Timestamp,
) -> Option<Statement> {
    if token.len() > MAX_LENGTH {
        return None;
    }
    let keys = KeySet::parse(client.keys.as_ref()?.as_bytes()).ok()?;
    let header = jsonwebtoken::decode_header(token).ok()?;
    let claims: Claims = keys.claims(token, &header)?;
    let id = client.id.to_string();
    let of_client = ["iss", "sub"]
        .iter()
        .all(|name| claims.text(name) == Some(&id));
    // For this hub alone: whoever else it were for could use it here.
    let ours = |name: &String| name == hub || name.strip_prefix(hub) == Some(TOKEN_PATH);
    let names = claims.aud.names();
    let for_us = !names.is_empty() && names.iter().all(ours);
    let timely = claims.check_times(now, SKEW).is_ok();
    let jti = claims.text("jti").filter(|id| is_id(id))?;
    let end = claims.expires_at()?;
    let skew = SignedDuration::try_from_secs_f64(SKEW).ok()?;
    let short = end.duration_since(now) <= LIFETIME + skew;
    (of_client && for_us && timely && short).then(|| Statement {
        jti: jti.to_owned(),
        ends: end + skew,
    })
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && !text.contains(char::is_control)
}
