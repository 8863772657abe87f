//! `POST /videoapi/token`: the sign-in of the VDX API v1.

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_accounts::certificates::{Certificate, ExchangeRefused};

use super::parameters::invalid_request;
use super::token::{OAuthError, slow_down};
use crate::certificate::{ShownCertificate, needed};
use crate::{Failure, Hub, PeerAddress};

/// The form's one member.
const MEMBER: &str = "saml-token";

/// What is exchanged.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the form; it is read member by member")]
pub(super) struct ExchangeRequest {
    /// Base64 of a signed SAML 2.0 assertion (XML, up to 64 KiB), confirmed by
    /// the key of the certificate the request is made with.
    #[serde(rename = "saml-token")]
    saml_token: String,
}

/// The token.
#[derive(Serialize, ToSchema)]
pub(super) struct HolderOfKeyToken {
    /// A UUID. It counts only together with the same certificate.
    access_token: String,
    /// Always `Holder-of-key`: the scheme of the `Authorization` header.
    token_type: &'static str,
    /// Seconds the token is good for.
    expires_in: u64,
}

/// Exchanges an assertion of a security token service, over mutual TLS, for a
/// token of the VDX API v1.
#[utoipa::path(
    post,
    path = "/videoapi/token",
    tag = "Sign-in of the VDX API v1",
    security(("certificate" = [])),
    request_body(content = ExchangeRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = HolderOfKeyToken),
        (status = 400, description = "`invalid_request`, or `invalid_grant`: the assertion does not count", body = OAuthError),
        (status = 401, description = "`invalid_client`: no client certificate, or none that is good now", body = OAuthError),
        (status = 403, description = "`access_denied`: the organisation is not known", body = OAuthError),
        (status = 404, description = "This hub takes no assertions", body = OAuthError),
        (status = 410, description = "The VDX API v1 is switched off", body = OAuthError),
        (status = 413, description = "The body is too large", body = OAuthError),
        (status = 429, description = "Too many attempts; `Retry-After` says how long to wait", body = OAuthError),
    )
)]
pub(super) async fn exchange(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    ShownCertificate(certificate): ShownCertificate,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let certificate = certificate.ok_or_else(needed)?;
    let assertion = member(form)?;
    let exchanged = hub
        .accounts
        .exchange_assertion(&assertion, &certificate, address)
        .await;
    let given = match exchanged {
        Ok(given) => given,
        Err(refused) => {
            let failure = failure(&refused);
            if failure.status.is_client_error() {
                count(&hub, &certificate, address)?;
            }
            return Err(failure);
        }
    };
    let answer = Json(HolderOfKeyToken {
        access_token: given.token,
        token_type: "Holder-of-key",
        expires_in: given.lifetime.as_secs(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// A wrong assertion counts as a wrong secret does.
fn count(hub: &Hub, certificate: &Certificate, address: std::net::IpAddr) -> Result<(), Failure> {
    let who = certificate.fingerprint().to_string();
    hub.token_limits.mistake(&who, address).map_err(slow_down)
}

fn member(form: Result<Form<Vec<(String, String)>>, FormRejection>) -> Result<String, Failure> {
    let Form(pairs) = form.map_err(|rejection| invalid_request(&rejection.body_text()))?;
    let mut values = pairs.into_iter().filter(|(name, _)| name == MEMBER);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        (None, _) => Err(invalid_request("saml-token is missing.")),
        (Some(_), Some(_)) => Err(invalid_request("saml-token is there twice.")),
    }
}

fn failure(refused: &ExchangeRefused) -> Failure {
    match refused {
        ExchangeRefused::NotOffered => Failure::new(StatusCode::NOT_FOUND),
        ExchangeRefused::InvalidCertificate(_) => needed(),
        ExchangeRefused::InvalidAssertion(_) => {
            Failure::new(StatusCode::BAD_REQUEST).code("invalid_grant")
        }
        ExchangeRefused::UnknownOrganisation => {
            Failure::new(StatusCode::FORBIDDEN).code("access_denied")
        }
        ExchangeRefused::Failed(error) => return Failure::internal(error),
    }
    .text(refused.to_string())
}
