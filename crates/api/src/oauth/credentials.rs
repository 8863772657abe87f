//! How a client shows who it is: HTTP Basic, the form (RFC 6749 section 2.3.1),
//! or a signed statement (RFC 7521 section 4.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;
use vdx_accounts::Credentials;

use super::parameters::{Parameters, invalid_request};
use crate::Failure;

/// The one kind of statement there is (RFC 7523 section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the request shows; `None` when there is nothing that can be read.
pub(super) fn take(headers: &HeaderMap, form: &Parameters) -> Result<Option<Credentials>, Failure> {
    let twice = || Err(invalid_request("The client is named in two ways."));
    let id = form.owned("client_id")?;
    let secret = form.owned("client_secret")?;
    let assertion = form.owned("client_assertion")?;
    let header = headers.get(header::AUTHORIZATION);
    let ways = [header.is_some(), secret.is_some(), assertion.is_some()];
    if ways.iter().filter(|way| **way).count() > 1 {
        return twice();
    }
    if let Some(assertion) = assertion {
        if form.one("client_assertion_type")? != Some(ASSERTION_TYPE) {
            return Err(invalid_request("client_assertion_type is not known."));
        }
        return Ok(Some(Credentials::Assertion { id, assertion }));
    }
    if let Some(value) = header {
        let Some((named, secret)) = value.to_str().ok().and_then(from_basic) else {
            return Ok(None);
        };
        // A client may repeat its id in the form, but no other one.
        if id.is_some_and(|id| id != named) {
            return twice();
        }
        return Ok(Some(Credentials::Secret { id: named, secret }));
    }
    Ok(match (id, secret) {
        (Some(id), Some(secret)) => Some(Credentials::Secret { id, secret }),
        (Some(id), None) => Some(Credentials::Public { id }),
        (None, _) => None,
    })
}

fn from_basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
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
    use crate::oauth::parameters::tests::parameters;

    /// The way, the id and what is shown.
    type Shown = (&'static str, String, String);

    fn take(header: Option<&str>, form: &[(&str, &str)]) -> Result<Option<Shown>, Failure> {
        let mut headers = HeaderMap::new();
        if let Some(value) = header {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        Ok(
            super::take(&headers, &parameters(form))?.map(|taken| match taken {
                Credentials::Secret { id, secret } => ("secret", id, secret),
                Credentials::Public { id } => ("public", id, String::new()),
                Credentials::Assertion { id, assertion } => {
                    ("assertion", id.unwrap_or_default(), assertion)
                }
            }),
        )
    }

    fn shown(way: &'static str, id: &str, what: &str) -> Option<Shown> {
        Some((way, id.to_owned(), what.to_owned()))
    }

    const ID: (&str, &str) = ("client_id", "me");
    const TYPE: (&str, &str) = ("client_assertion_type", ASSERTION_TYPE);

    #[test]
    fn each_way_works() {
        let basic = format!("Basic {}", STANDARD.encode("me:s%3Acr+t:x"));
        for form in [&[][..], &[ID]] {
            assert_eq!(
                take(Some(&basic), form).unwrap(),
                shown("secret", "me", "s:cr t:x")
            );
        }
        let form = [ID, ("client_secret", "x")];
        assert_eq!(take(None, &form).unwrap(), shown("secret", "me", "x"));
        assert_eq!(take(None, &[ID]).unwrap(), shown("public", "me", ""));
        let form = [("client_assertion", "j"), TYPE];
        assert_eq!(take(None, &form).unwrap(), shown("assertion", "", "j"));
    }

    #[test]
    fn two_ways_at_once_are_refused() {
        let basic = format!("Basic {}", STANDARD.encode("me:x"));
        let (secret, assertion) = (("client_secret", "x"), ("client_assertion", "j"));
        for (header, form) in [
            (Some(&*basic), &[ID, secret][..]),
            (Some(&*basic), &[("client_id", "you")]),
            (Some(&*basic), &[assertion, TYPE]),
            (None, &[ID, secret, assertion, TYPE]),
            (None, &[ID, assertion]),
        ] {
            assert!(take(header, form).is_err(), "{form:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_nothing() {
        for header in ["Basic", "Basic !!", "Bearer abc", "Basic bWU="] {
            assert_eq!(take(Some(header), &[]).unwrap(), None, "{header}");
        }
        assert_eq!(take(None, &[]).unwrap(), None);
        assert_eq!(take(None, &[("client_secret", "x")]).unwrap(), None);
    }
}
