//! Callers in every way today's clients sign in: a token of the hub, a token
//! for a certificate, or a certificate alone.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use vdx_accounts::Caller;

use crate::certificate::needed;
use crate::extract::{credentials, refusal};
use crate::{Authenticated, Failure, Hub, ShownCertificate};

/// A caller who is known in one of the three ways, in this order: a token for
/// the certificate, the certificate where nothing else is shown, a bearer token.
pub(crate) struct Known(pub(crate) Caller);

impl FromRequestParts<Hub> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let caller = if let Some(token) = credentials(&parts.headers, "holder-of-key") {
            let token = token.to_owned();
            with_token_for_certificate(&token, parts, hub).await?
        } else if let Some(caller) = with_certificate_alone(parts, hub).await? {
            caller
        } else {
            Authenticated::from_request_parts(parts, hub).await?.0
        };
        Ok(Self(caller))
    }
}

async fn with_token_for_certificate(
    token: &str,
    parts: &mut Parts,
    hub: &Hub,
) -> Result<Caller, Failure> {
    let ShownCertificate(shown) = ShownCertificate::from_request_parts(parts, hub).await?;
    let certificate = shown.ok_or_else(needed)?;
    let caller = hub
        .accounts
        .caller_with_certificate_token(token, &certificate);
    caller.await.map_err(|refused| refusal(&refused))
}

/// `None`: the caller says otherwise who it is, or shows nothing.
async fn with_certificate_alone(parts: &mut Parts, hub: &Hub) -> Result<Option<Caller>, Failure> {
    if parts.headers.contains_key(header::AUTHORIZATION) || is_of_a_page(&parts.headers) {
        return Ok(None);
    }
    let ShownCertificate(shown) = ShownCertificate::from_request_parts(parts, hub).await?;
    let Some(certificate) = shown else {
        return Ok(None);
    };
    let caller = hub.accounts.caller_with_certificate(&certificate).await;
    caller.map(Some).map_err(|refused| refusal(&refused))
}

/// A browser shows its owner's certificate whatever page makes it call, so
/// there a certificate alone says nothing of who wants the call made.
fn is_of_a_page(headers: &HeaderMap) -> bool {
    const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    headers.contains_key(header::ORIGIN) || headers.contains_key(FETCH_SITE)
}
