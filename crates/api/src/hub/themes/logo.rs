//! `GET themes/{code}/logo`: a logo, for everybody.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;
use vdx_domain::OrganisationCode;
use vdx_store::themes::Logo;
use vdx_web::{Caching, has_current_copy};

use super::super::HubError;
use super::shapes::VERSION_LENGTH;
use crate::{Failure, Hub, PeerAddress};

/// It does nothing but show a picture, also where somebody opens it alone.
const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Which version.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Version {
    /// As in `logo_url`. A browser keeps the logo of this address for good; without
    /// it, it asks each time whether there is another.
    #[param(nullable = false)]
    v: Option<String>,
}

/// The logo an organisation has of its own.
///
/// Needs no token: whoever follows a link sees it.
#[utoipa::path(
    get,
    path = "/themes/{code}/logo",
    tag = "Themes",
    params(
        ("code" = String, Path, description = "The organisation's code; a slash in it is written `%2F`."),
        Version,
    ),
    responses(
        (status = 200, description = "The picture.", content(("image/png"), ("image/jpeg"), ("image/webp"))),
        (status = 304, description = "The browser has it."),
        (status = 400, description = "The code is not UTF-8.", body = HubError),
        (status = 404, description = "There is none.", body = HubError),
        (status = 429, description = "Too many look-ups from this address; `Retry-After` says how long to wait.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    Path(code): Path<String>,
    Query(Version { v }): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    hub.look_up_limit.count(address)?;
    let logo = hub.organisations.logo(&OrganisationCode(code)).await?;
    let none = || Failure::new(StatusCode::NOT_FOUND).text("There is no such logo.");
    Ok(picture(logo.ok_or_else(none)?, v.as_deref(), &headers))
}

fn picture(logo: Logo, version: Option<&str>, request: &HeaderMap) -> Response {
    let caching = if version == logo.hash.get(..VERSION_LENGTH) {
        Caching::Immutable
    } else {
        Caching::Revalidate
    };
    let etag = format!("\"{}\"", logo.hash);
    let common = [
        (header::CACHE_CONTROL, caching.header()),
        (header::ETAG, &etag),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if has_current_copy(request, &etag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = [(header::CONTENT_TYPE, logo.media_type.as_str())];
    (common, kind, logo.content).into_response()
}
