//! `PUT organisations/{code}/theme/logo`: gives an organisation a logo.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode, header};
use vdx_domain::{LogoType, OrganisationCode};

use super::super::HubError;
use super::super::access::Overseer;
use super::shapes::DetailsShape;
use crate::{Failure, Hub};

/// Puts this picture in the place of the organisation's own logo.
///
/// At most 200,000 bytes and 2000 pixels each way. For operator, and for
/// management-admin on the own organisation and those below it.
#[utoipa::path(
    put,
    path = "/organisations/{code}/theme/logo",
    tag = "Themes",
    security(("oauth2" = [])),
    params(("code" = String, Path, description = "The organisation's code; a slash in it is written `%2F`.")),
    request_body(
        description = "The picture.",
        content(("image/png"), ("image/jpeg"), ("image/webp")),
    ),
    responses(
        (status = 200, description = "As it is now.", body = DetailsShape),
        (status = 400, description = "It is no such picture, or too large.", body = HubError),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "Not for this caller.", body = HubError),
        (status = 404, description = "No such organisation.", body = HubError),
        (status = 415, description = "Another kind of picture, or none.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Overseer(by): Overseer,
    Path(code): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Json<DetailsShape>, Failure> {
    let kind = kind(&headers).ok_or_else(|| {
        Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).text(
            "Content-Type must be image/png, image/jpeg or image/webp. \
             SVG is not taken: it can hold script.",
        )
    })?;
    let code = OrganisationCode(code);
    let theme = hub
        .organisations
        .set_logo(&by, &code, kind, content.into())
        .await?;
    Ok(Json(theme.into()))
}

fn kind(headers: &HeaderMap) -> Option<LogoType> {
    let said = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    said.trim().to_ascii_lowercase().parse().ok()
}
