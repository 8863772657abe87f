//! How a client shows who it is: HTTP Basic or the form (RFC 6749 section 2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

/// Id and secret, not yet checked.
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: String,
}

/// Why no credentials could be taken from the request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoCredentials {
    /// There are none, or they cannot be read.
    Missing,
    /// Both ways at once, which section 2.3 forbids.
    Twice,
}

impl Credentials {
    pub(super) fn take(
        headers: &HeaderMap,
        id: Option<String>,
        secret: Option<String>,
    ) -> Result<Self, NoCredentials> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return match (id, secret) {
                (Some(id), Some(secret)) => Ok(Self { id, secret }),
                _ => Err(NoCredentials::Missing),
            };
        };
        if secret.is_some() {
            return Err(NoCredentials::Twice);
        }
        let basic = value.to_str().ok().and_then(Self::from_basic);
        match basic {
            // A client may repeat its id in the form, but no other one.
            Some(basic) if id.is_none_or(|id| id == basic.id) => Ok(basic),
            Some(_) => Err(NoCredentials::Twice),
            None => Err(NoCredentials::Missing),
        }
    }

    fn from_basic(value: &str) -> Option<Self> {
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some(Self {
            id: form_decoded(id)?,
            secret: form_decoded(secret)?,
        })
    }
}

/// Both parts are form-encoded before they are joined (RFC 6749 appendix B).
fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(
        header: Option<&str>,
        id: Option<&str>,
        secret: Option<&str>,
    ) -> Result<(String, String), NoCredentials> {
        let mut headers = HeaderMap::new();
        if let Some(value) = header {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        Credentials::take(&headers, id.map(str::to_owned), secret.map(str::to_owned))
            .map(|taken| (taken.id, taken.secret))
    }

    fn pair(id: &str, secret: &str) -> Result<(String, String), NoCredentials> {
        Ok((id.to_owned(), secret.to_owned()))
    }

    #[test]
    fn basic_and_form_both_work() {
        let basic = format!("Basic {}", STANDARD.encode("me:s%3Acr+t:x"));
        assert_eq!(take(Some(&basic), None, None), pair("me", "s:cr t:x"));
        assert_eq!(take(Some(&basic), Some("me"), None), pair("me", "s:cr t:x"));
        assert_eq!(take(None, Some("me"), Some("x")), pair("me", "x"));
    }

    #[test]
    fn two_ways_at_once_are_refused() {
        let basic = format!("Basic {}", STANDARD.encode("me:x"));
        assert_eq!(
            take(Some(&basic), Some("me"), Some("x")),
            Err(NoCredentials::Twice)
        );
        assert_eq!(
            take(Some(&basic), Some("you"), None),
            Err(NoCredentials::Twice)
        );
    }

    #[test]
    fn what_cannot_be_read_is_missing() {
        for header in ["Basic", "Basic !!", "Bearer abc", "Basic bWU="] {
            assert_eq!(
                take(Some(header), None, None),
                Err(NoCredentials::Missing),
                "{header}"
            );
        }
        assert_eq!(take(None, Some("me"), None), Err(NoCredentials::Missing));
        assert_eq!(take(None, None, None), Err(NoCredentials::Missing));
    }
}
