//! The hub's own token service: OAuth 2.0 (RFC 6749) as RFC 9700 wants it.

mod authorize;
mod cookies;
mod credentials;
mod exchange;
mod limits;
mod metadata;
mod pages;
mod parameters;
mod sign_out;
mod token;

use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::{HeaderValue, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::failure::{FailedCall, Failure};
use crate::{Hub, cors, video_v1};

use token::OAuthError;

pub(crate) use authorize::{current, language};
pub(crate) use limits::TokenLimits;
pub(crate) use pages::{Language, mark};
pub(crate) use parameters::Parameters;

/// The operations.
pub fn routes() -> OpenApiRouter<Hub> {
    for_clients()
        .merge(for_everybody())
        .merge(for_people())
        .merge(for_systems())
}

/// The same, open to the pages that may call each of them.
pub(crate) fn router(hub: &Hub) -> Router<Hub> {
    Router::from(for_clients().layer(cors::registered(hub)))
        .merge(Router::from(for_everybody().layer(cors::public())))
        .merge(Router::from(for_people()))
        // It goes with the API it signs in to.
        .merge(Router::from(for_systems().layer(from_fn_with_state(
            hub.clone(),
            video_v1::until_the_end,
        ))))
        .merge(pages::routes())
}

fn for_clients() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(token::token))
        .routes(routes!(token::revoke))
}

fn for_everybody() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(metadata::jwks))
        .routes(routes!(metadata::openid_configuration))
        .routes(routes!(metadata::authorization_server))
}

fn for_people() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(authorize::authorize))
        .routes(routes!(authorize::sign_in))
        .routes(routes!(sign_out::ask, sign_out::confirm))
}

fn for_systems() -> OpenApiRouter<Hub> {
    OpenApiRouter::new().routes(routes!(exchange::exchange))
}

/// The error body of RFC 6749 section 5.2.
pub(crate) fn wording(failure: &Failure, _: &FailedCall) -> Response {
    let code = failure.code.unwrap_or(match failure.status {
        StatusCode::INTERNAL_SERVER_ERROR => "server_error",
        StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
        _ => "invalid_request",
    });
    let body = OAuthError {
        error: code,
        error_description: failure.text.clone(),
    };
    let mut response = (failure.status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
