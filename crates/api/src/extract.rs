//! What operations take from a request, with failures every API can word.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, OriginalUri, Request};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use vdx_accounts::{API_ROLES, Caller, CallerRefused};
use vdx_domain::ApiRole;

use crate::{Failure, Hub};

/// A caller with a good bearer token (RFC 6750) and at least one role of the
/// meetings' APIs. Take it before the body: who may not call learns nothing of
/// the input.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

/// As [`Authenticated`], where the roles of those who run and manage the hub
/// count too.
#[derive(Debug, Clone)]
pub struct AnyRole(pub Caller);

impl FromRequestParts<Hub> for Authenticated {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        caller(parts, hub, &API_ROLES).await.map(Self)
    }
}

impl FromRequestParts<Hub> for AnyRole {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        caller(parts, hub, ApiRole::ALL).await.map(Self)
    }
}

async fn caller(parts: &Parts, hub: &Hub, counting: &[ApiRole]) -> Result<Caller, Failure> {
    let token = credentials(&parts.headers, "bearer")
        .ok_or_else(|| Failure::new(StatusCode::UNAUTHORIZED).text("A bearer token is needed."))?;
    // A nested router takes off the beginning of the path.
    let original = parts.extensions.get::<OriginalUri>();
    let path = original.map_or(parts.uri.path(), |original| original.path());
    let url = format!("{}{path}", hub.settings.public_url);
    let caller = hub.accounts.caller(token, &url, counting).await;
    caller.map_err(|refused| refusal(&refused))
}

pub(crate) fn refusal(refused: &CallerRefused) -> Failure {
    match refused {
        CallerRefused::InvalidToken(_)
        | CallerRefused::InvalidCertificate(_)
        | CallerRefused::NoRole
        | CallerRefused::NoIdentity => {
            Failure::new(StatusCode::UNAUTHORIZED).text(refused.to_string())
        }
        CallerRefused::UnknownOrganisation => {
            Failure::new(StatusCode::FORBIDDEN).text(refused.to_string())
        }
        CallerRefused::Failed(error) => Failure::internal(error),
    }
}

/// What stands behind the scheme in `Authorization`; the scheme's case does not
/// matter.
pub(crate) fn credentials<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case(wanted)
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

/// A body that is a JSON object. What is malformed is a 400 with the field and
/// the reason.
#[derive(Debug, Clone)]
pub struct JsonBody<T>(pub T);

/// A body that is a JSON list. Otherwise as [`JsonBody`].
#[derive(Debug, Clone)]
pub struct JsonList<T>(pub Vec<T>);

impl<T: DeserializeOwned> FromRequest<Hub> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, hub: &Hub) -> Result<Self, Failure> {
        let json = read_json(request, hub).await?;
        // Without this a list would be taken for the members in their order.
        if json.is_array() {
            return Err(Failure::new(StatusCode::BAD_REQUEST)
                .text("The body is not as expected: a list instead of an object."));
        }
        understand(json).map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<Hub> for JsonList<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, hub: &Hub) -> Result<Self, Failure> {
        understand(read_json(request, hub).await?).map(Self)
    }
}

async fn read_json(request: Request, hub: &Hub) -> Result<Value, Failure> {
    let bytes = Bytes::from_request(request, hub)
        .await
        .map_err(|rejection: BytesRejection| Failure::new(rejection.status()))?;
    let mut json: Value = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(StatusCode::BAD_REQUEST).text(format!("The body is not as expected: {error}."))
    })?;
    make_whole(&mut json);
    Ok(json)
}

fn understand<T: DeserializeOwned>(json: Value) -> Result<T, Failure> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let text = match error.path().to_string().as_str() {
            "." => format!("The body is not as expected: {}.", error.inner()),
            field => format!("{field}: {}", error.inner()),
        };
        Failure::new(StatusCode::BAD_REQUEST).text(text)
    })
}

/// To JSON 5.0 is the whole number 5, and some languages write it so.
fn make_whole(value: &mut Value) {
    /// Up to here a floating point number holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => {
            let float = number.as_f64().filter(|_| number.is_f64());
            if let Some(float) = float.filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)
            {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
                let whole = float as i64;
                *number = whole.into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(make_whole),
        Value::Object(members) => members.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// From where the request comes: the address of the other end, or, when that
/// is a proxy the operator trusts, the one the proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

impl FromRequestParts<Hub> for PeerAddress {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, hub)
            .await
            .map_err(|error| Failure::internal(&error))?;
        Ok(Self(behind_proxies(
            peer.ip(),
            &parts.headers,
            &hub.settings.trusted_proxies,
        )))
    }
}

/// Walks `X-Forwarded-For` from its end, where the nearest proxy wrote, to the
/// first address that is not a trusted proxy: what stands before it anybody
/// can have written.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer.to_canonical();
    let named: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for named in named.iter().rev() {
        if !trusted.contains(&address) {
            break;
        }
        let Ok(next) = named.trim().parse::<IpAddr>() else {
            break;
        };
        address = next.to_canonical();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|ip| ip.parse().unwrap()).collect();
        behind_proxies(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        let mut value = serde_json::json!({ "a": [5.0, -1e3, 5.5, 1e300, 7], "b": "5.0" });
        make_whole(&mut value);
        let wanted = serde_json::json!({ "a": [5, -1000, 5.5, 1e300, 7], "b": "5.0" });
        assert_eq!(value, wanted);
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(from("10.0.0.9", &["1.2.3.4"], &[]), "10.0.0.9");
        assert_eq!(from("10.0.0.9", &["1.2.3.4"], &["10.0.0.9"]), "1.2.3.4");
        assert_eq!(
            from("::ffff:10.0.0.9", &["1.2.3.4"], &["10.0.0.9"]),
            "1.2.3.4"
        );
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        assert_eq!(
            from("10.0.0.9", &["6.6.6.6, 1.2.3.4"], &["10.0.0.9"]),
            "1.2.3.4"
        );
        assert_eq!(
            from(
                "10.0.0.9",
                &["6.6.6.6", "1.2.3.4, 10.0.0.8"],
                &["10.0.0.9", "10.0.0.8"]
            ),
            "1.2.3.4"
        );
        assert_eq!(from("10.0.0.9", &["rubbish"], &["10.0.0.9"]), "10.0.0.9");
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Basic abc", None),
            ("Bearer ", None),
            ("Bearer", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(credentials(&headers, "bearer"), token, "{value}");
        }
    }
}
