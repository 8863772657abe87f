//! `POST /oauth2/token`.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderMap};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_accounts::TokenRefused;

use super::credentials::{Credentials, NoCredentials};
use crate::{Failure, Hub, PeerAddress};

/// What is asked for.
#[derive(Deserialize, ToSchema)]
pub(super) struct TokenRequest {
    /// `client_credentials`.
    grant_type: Option<String>,
    /// The client's id, unless it is in the `Authorization` header.
    client_id: Option<String>,
    /// The client's secret, unless it is in the `Authorization` header.
    client_secret: Option<String>,
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
}

/// Gives an API client a token (RFC 6749 section 4.4).
#[utoipa::path(
    post,
    path = "/oauth2/token",
    tag = "Tokens",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = TokenResponse),
        (status = 400, description = "`invalid_request` or `unsupported_grant_type`"),
        (status = 401, description = "`invalid_client`"),
        (status = 429, description = "Too many attempts; `Retry-After` says how long to wait"),
    )
)]
pub(super) async fn token(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let Form(request) = form.map_err(|rejection| invalid_request(&rejection.body_text()))?;
    let credentials = Credentials::take(&headers, request.client_id, request.client_secret);
    let credentials = match credentials {
        Ok(credentials) => credentials,
        Err(NoCredentials::Missing) => return Err(invalid_client(&hub, "", address)),
        Err(NoCredentials::Twice) => {
            return Err(invalid_request("The client is named in two ways."));
        }
    };
    match request.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(Failure::new(StatusCode::BAD_REQUEST).code("unsupported_grant_type"));
        }
        None => return Err(invalid_request("grant_type is missing.")),
    }
    let issued = hub
        .accounts
        .client_token(&credentials.id, &credentials.secret)
        .await
        .map_err(|refused| match refused {
            TokenRefused::InvalidClient => invalid_client(&hub, &credentials.id, address),
            TokenRefused::Failed(error) => Failure::internal(&error),
        })?;
    let answer = Json(TokenResponse {
        access_token: issued.access_token,
        token_type: "Bearer",
        expires_in: issued.lifetime.as_secs(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

fn invalid_request(text: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST)
        .code("invalid_request")
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

fn slow_down(wait: Duration) -> Failure {
    Failure::new(StatusCode::TOO_MANY_REQUESTS)
        .code("slow_down")
        .text("Too many attempts.")
        .header(
            header::RETRY_AFTER,
            HeaderValue::from(wait.as_secs().saturating_add(1)),
        )
}
