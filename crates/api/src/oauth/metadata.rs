//! Where the token service is, what it can do, and its public keys.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Hub;

/// How long the documents may be kept.
const KEEP: &str = "public, max-age=300";

/// Names only what exists: more grants come with the apps that use them.
#[derive(Serialize, ToSchema)]
pub(super) struct Metadata {
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    grant_types_supported: &'static [&'static str],
    response_types_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    claims_supported: &'static [&'static str],
    /// Required by OpenID Connect Discovery.
    subject_types_supported: &'static [&'static str],
    /// Required by OpenID Connect Discovery.
    id_token_signing_alg_values_supported: &'static [&'static str],
}

fn metadata(hub: &Hub) -> impl IntoResponse + use<> {
    let issuer = hub.accounts.issuer().to_owned();
    let document = Metadata {
        token_endpoint: format!("{issuer}/oauth2/token"),
        jwks_uri: format!("{issuer}/oauth2/jwks"),
        issuer,
        grant_types_supported: &["client_credentials"],
        response_types_supported: &[],
        token_endpoint_auth_methods_supported: &["client_secret_basic", "client_secret_post"],
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
        Json(hub.accounts.jwks().clone()),
    )
}
