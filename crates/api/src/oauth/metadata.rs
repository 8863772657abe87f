//! Where the token service is, what it can do, and its public keys.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_accounts::{ALGORITHMS, SCOPES, TOKEN_PATH};

use super::pages::LANGUAGES;
use crate::Hub;

/// How long the documents may be kept.
const KEEP: &str = "public, max-age=300";

const AUTH_METHODS: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
];

/// Names all that exists, and nothing else.
#[derive(Serialize, ToSchema)]
pub(super) struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    jwks_uri: String,
    scopes_supported: &'static [&'static str],
    grant_types_supported: &'static [&'static str],
    response_types_supported: &'static [&'static str],
    response_modes_supported: &'static [&'static str],
    code_challenge_methods_supported: &'static [&'static str],
    prompt_values_supported: &'static [&'static str],
    ui_locales_supported: &'static [&'static str],
    /// RFC 9207.
    authorization_response_iss_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    claims_parameter_supported: bool,
    token_endpoint_auth_methods_supported: &'static [&'static str],
    token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    claims_supported: &'static [&'static str],
    /// Required by OpenID Connect Discovery.
    subject_types_supported: &'static [&'static str],
    /// Required by OpenID Connect Discovery.
    id_token_signing_alg_values_supported: &'static [&'static str],
}

/// How clients may sign statements.
fn algorithms() -> Vec<String> {
    ALGORITHMS.iter().map(|one| format!("{one:?}")).collect()
}

fn metadata(hub: &Hub) -> impl IntoResponse + use<> {
    let issuer = hub.accounts.issuer().to_owned();
    let document = Metadata {
        authorization_endpoint: format!("{issuer}/oauth2/authorize"),
        token_endpoint: format!("{issuer}{TOKEN_PATH}"),
        end_session_endpoint: format!("{issuer}/oauth2/logout"),
        revocation_endpoint: format!("{issuer}/oauth2/revoke"),
        jwks_uri: format!("{issuer}/oauth2/jwks"),
        issuer,
        scopes_supported: &SCOPES,
        grant_types_supported: &["authorization_code", "refresh_token", "client_credentials"],
        response_types_supported: &["code"],
        response_modes_supported: &["query"],
        code_challenge_methods_supported: &["S256"],
        prompt_values_supported: &["none", "login"],
        ui_locales_supported: &LANGUAGES,
        authorization_response_iss_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        claims_parameter_supported: false,
        token_endpoint_auth_methods_supported: AUTH_METHODS,
        token_endpoint_auth_signing_alg_values_supported: algorithms(),
        revocation_endpoint_auth_methods_supported: AUTH_METHODS,
        revocation_endpoint_auth_signing_alg_values_supported: algorithms(),
        claims_supported: &[
            "iss",
            "aud",
            "sub",
            "client_id",
            "iat",
            "exp",
            "jti",
            "organisation_id",
            "email",
            "userrole",
            "auth_time",
            "nonce",
            "sid",
            "preferred_username",
        ],
        subject_types_supported: &["public"],
        id_token_signing_alg_values_supported: &["RS256"],
    };
    ([(header::CACHE_CONTROL, KEEP)], Json(document))
}

/// OpenID Connect Discovery 1.0 section 4.
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    tag = "Tokens",
    responses((status = 200, description = "What the token service can do", body = Metadata))
)]
pub(super) async fn openid_configuration(State(hub): State<Hub>) -> impl IntoResponse {
    metadata(&hub)
}

/// RFC 8414 section 3.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    tag = "Tokens",
    responses((status = 200, description = "What the token service can do", body = Metadata))
)]
pub(super) async fn authorization_server(State(hub): State<Hub>) -> impl IntoResponse {
    metadata(&hub)
}

/// The public keys of the token service (RFC 7517).
#[utoipa::path(
    get,
    path = "/oauth2/jwks",
    tag = "Tokens",
    responses((status = 200, description = "A JWK set"))
)]
pub(super) async fn jwks(State(hub): State<Hub>) -> impl IntoResponse {
    (
        [(header::CACHE_CONTROL, KEEP)],
        Json(hub.accounts.jwks().await),
    )
}
