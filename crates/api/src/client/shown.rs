//! `POST …/calls/{call}/vdx_shown`: how large a client shows its pictures.

use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use vdx_conference::ShownPicture;
use vdx_media::MAX_SLOTS;

use super::extract::OwnCall;
use super::reply::{Failed, Success, refusal};
use crate::{Failure, JsonBody};

/// Most pictures of a call: all camera slots and a presentation.
const MOST_PICTURES: usize = MAX_SLOTS as usize + 1;

/// How large the pictures are shown.
#[derive(Deserialize, ToSchema)]
pub(super) struct Shown {
    /// Those to tell of, at most 26. What is not named stays as it was told.
    pictures: Vec<Picture>,
}

/// How large a picture is shown.
#[derive(Deserialize, ToSchema)]
struct Picture {
    /// Its media section.
    mid: String,
    /// Rows on the screen, in device pixels. 0 = not shown, nothing is sent; null
    /// is left to the hub, as before it was told.
    height: Option<u16>,
}

/// Tells how large the client shows the pictures in its slots. It gets the layer
/// of each that is large enough, as far as its bandwidth allows, and nothing of
/// what it does not show. The hub's extension.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/vdx_shown",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Shown,
    responses(
        (status = 200, description = "Noted.", body = Success<bool>),
        (status = 400, description = "Too many pictures.", body = Failed),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
    ),
)]
pub(super) async fn operation(
    OwnCall(session, call): OwnCall,
    JsonBody(shown): JsonBody<Shown>,
) -> Result<Success<bool>, Failure> {
    if shown.pictures.len() > MOST_PICTURES {
        return Err(Failure::new(StatusCode::BAD_REQUEST).text("too many pictures"));
    }
    let pictures: Vec<ShownPicture> = shown
        .pictures
        .into_iter()
        .map(|picture| ShownPicture {
            mid: picture.mid,
            height: picture.height,
        })
        .collect();
    session.show(call, &pictures).map_err(refusal)?;
    Ok(Success::new(true))
}
