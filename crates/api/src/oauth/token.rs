//! `POST /oauth2/token` and `POST /oauth2/revoke`.

use std::net::IpAddr;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_accounts::{Credentials, Grant, TokenRefused};

use super::credentials;
use super::parameters::{FormParameters, Parameters, invalid_request};
use crate::limits::too_many;
use crate::{Failure, Hub, PeerAddress};

/// What is asked for. Each member at most once.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the form; it is read member by member")]
pub(super) struct TokenRequest {
    /// `client_credentials`, `authorization_code` or `refresh_token`.
    grant_type: String,
    /// With `authorization_code`: the code.
    code: Option<String>,
    /// With `authorization_code`: where the code was sent.
    redirect_uri: Option<String>,
    /// With `authorization_code`: what was hashed for the challenge (RFC 7636).
    code_verifier: Option<String>,
    /// With `refresh_token`: the token. It is good once.
    refresh_token: Option<String>,
    /// For what the token is to be good (RFC 8707): this hub (the default), the
    /// address of one of its APIs, or another system that trusts its tokens.
    resource: Option<String>,
    /// The client's id, unless it is in the `Authorization` header.
    client_id: Option<String>,
    /// The client's secret, unless it is in the `Authorization` header.
    client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    client_assertion_type: Option<String>,
    /// Instead of a secret: a JWT signed with the client's key (RFC 7523).
    client_assertion: Option<String>,
}

/// The token.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenResponse {
    /// A JWT signed with RS256.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds the token is good for.
    expires_in: u64,
    /// Gets the next tokens, once; where a person signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Who signed in, for scope `openid`: a JWT signed with RS256.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    /// What was granted; where a person signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// What went wrong (RFC 6749 section 5.2).
#[derive(Serialize, ToSchema)]
pub(super) struct OAuthError {
    /// The code.
    pub(super) error: &'static str,
    /// For the developer of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_description: Option<String>,
}

/// Gives a client tokens: for itself, or for somebody who signed in (RFC 6749).
#[utoipa::path(
    post,
    path = "/oauth2/token",
    tag = "Tokens",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens", body = TokenResponse),
        (status = 400, description = "`invalid_request`, `invalid_grant`, `unsupported_grant_type`, `unauthorized_client` or `invalid_target`", body = OAuthError),
        (status = 401, description = "`invalid_client`", body = OAuthError),
        (status = 413, description = "The body is too large", body = OAuthError),
        (status = 429, description = "Too many attempts; `Retry-After` says how long to wait", body = OAuthError),
    )
)]
pub(super) async fn token(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    FormParameters(form): FormParameters,
) -> Result<Response, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let credentials = client(&hub, &headers, &form, address)?;
    let grant = grant(&form)?;
    let request = vdx_accounts::TokenRequest {
        credentials,
        grant,
        resource: resource(&form)?,
        address,
    };
    let issued = hub.accounts.token(&request).await;
    let issued =
        issued.map_err(|refused| failure(&hub, &refused, &request.credentials, address))?;
    let answer = Json(TokenResponse {
        access_token: issued.access_token,
        token_type: "Bearer",
        expires_in: issued.lifetime.as_secs(),
        refresh_token: issued.refresh_token,
        id_token: issued.id_token,
        scope: issued.scope,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// What is taken back. Each member at most once; the client shows who it is as
/// at the token endpoint.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the form; it is read member by member")]
pub(super) struct RevocationRequest {
    /// The token.
    token: String,
    /// What kind of token it is. Not needed: the hub sees it.
    token_type_hint: Option<String>,
    /// The client's id, unless it is in the `Authorization` header.
    client_id: Option<String>,
    /// The client's secret, unless it is in the `Authorization` header.
    client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    client_assertion_type: Option<String>,
    /// Instead of a secret: a JWT signed with the client's key (RFC 7523).
    client_assertion: Option<String>,
}

/// Takes a token back: from now on it is refused (RFC 7009).
#[utoipa::path(
    post,
    path = "/oauth2/revoke",
    tag = "Tokens",
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token does not count any more, or never did"),
        (status = 400, description = "`invalid_request`, or `invalid_grant` for a token of another client", body = OAuthError),
        (status = 401, description = "`invalid_client`", body = OAuthError),
        (status = 413, description = "The body is too large", body = OAuthError),
        (status = 429, description = "Too many attempts; `Retry-After` says how long to wait", body = OAuthError),
    )
)]
pub(super) async fn revoke(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    FormParameters(form): FormParameters,
) -> Result<StatusCode, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let credentials = client(&hub, &headers, &form, address)?;
    let token = form.required("token")?;
    let revoked = hub.accounts.revoke(&credentials, &token, address).await;
    revoked.map_err(|refused| failure(&hub, &refused, &credentials, address))?;
    Ok(StatusCode::OK)
}

fn grant(form: &Parameters) -> Result<Grant, Failure> {
    match form.one("grant_type")? {
        Some("client_credentials") => Ok(Grant::ClientCredentials),
        Some("authorization_code") => Ok(Grant::Code {
            code: form.required("code")?,
            redirect_uri: form.required("redirect_uri")?,
            verifier: form.required("code_verifier")?,
        }),
        Some("refresh_token") => Ok(Grant::Refresh {
            token: form.required("refresh_token")?,
        }),
        Some(_) => Err(Failure::new(StatusCode::BAD_REQUEST).code("unsupported_grant_type")),
        None => Err(invalid_request("grant_type is missing.")),
    }
}

fn client(
    hub: &Hub,
    headers: &HeaderMap,
    form: &Parameters,
    address: IpAddr,
) -> Result<Credentials, Failure> {
    credentials::take(headers, form)?.ok_or_else(|| invalid_client(hub, "", address))
}

/// One resource: a token for several could be used by each at the others.
fn resource(form: &Parameters) -> Result<Option<String>, Failure> {
    if form.all("resource").nth(1).is_some() {
        return Err(invalid_target("A token is for one resource."));
    }
    form.owned("resource")
}

fn failure(
    hub: &Hub,
    refused: &TokenRefused,
    credentials: &Credentials,
    address: IpAddr,
) -> Failure {
    let code = match refused {
        TokenRefused::InvalidClient => {
            return invalid_client(hub, &credentials.client_id(), address);
        }
        TokenRefused::Failed(error) => return Failure::internal(error),
        TokenRefused::InvalidTarget => return invalid_target(refused.to_string()),
        TokenRefused::UnauthorizedClient => "unauthorized_client",
        TokenRefused::InvalidGrant(_) => "invalid_grant",
    };
    Failure::new(StatusCode::BAD_REQUEST)
        .code(code)
        .text(refused.to_string())
}

fn invalid_target(text: impl Into<String>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST)
        .code("invalid_target")
        .text(text)
}

/// Section 5.2: a 401 names the scheme the client may use.
fn invalid_client(hub: &Hub, id: &str, address: IpAddr) -> Failure {
    match hub.token_limits.mistake(id, address) {
        Ok(()) => Failure::new(StatusCode::UNAUTHORIZED)
            .code("invalid_client")
            .header(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"vdx\""),
            ),
        Err(wait) => slow_down(wait),
    }
}

pub(super) fn slow_down(wait: Duration) -> Failure {
    too_many(wait).code("slow_down").text("Too many attempts.")
}
