//! What rooms of today have and this hub does not have, or not yet. Clients are told
//! so in words: at the door (`breakout_rooms: false`), and when they ask. What asks
//! for nothing that is not so anyhow is answered as done.

use axum::Router;
use axum::routing::{any, post};
use http::StatusCode;
use serde::Deserialize;

use super::extract::{InRoom, Oneself};
use super::reply::{Success, refusal};
use crate::{Failure, Hub, JsonBody};

/// Whatever is asked of these is not to be had, and in these words.
const ABSENT: [(&str, &[&str]); 7] = [
    (
        "This hub has no breakout rooms",
        &[
            "breakouts",
            "breakouts/{*rest}",
            "participants/breakout",
            "breakoutbuzz",
            "clearbreakoutbuzz",
            "leavebreakout",
        ],
    ),
    (
        MIXES_NO_PICTURES,
        &[
            "video_mixes/create",
            "video_mixes/{mix}/configure",
            "video_mixes/{mix}/delete",
        ],
    ),
    (
        "This hub has no live captions",
        &[
            "participants/{participant}/show_live_captions",
            "participants/{participant}/hide_live_captions",
        ],
    ),
    (
        "This hub moves no cameras",
        &[
            "participants/{participant}/fecc",
            "participants/{participant}/calls/{call}/fecc",
        ],
    ),
    (
        "This hub sends no tones",
        &[
            "participants/{participant}/dtmf",
            "participants/{participant}/calls/{call}/dtmf",
        ],
    ),
    (
        "This hub does not look for silent video",
        &["silent_video_detection"],
    ),
    // The words that today's clients know.
    (
        "No image available",
        &["participants/{participant}/avatar.jpg"],
    ),
];

const MIXES_NO_PICTURES: &str = "This hub mixes no pictures";

/// They are in no document: there is nothing to be had.
pub(super) fn routes() -> Router<Hub> {
    let absent = ABSENT
        .into_iter()
        .flat_map(|(words, paths)| paths.iter().map(move |path| (words, path)));
    absent
        .fold(Router::new(), |router, (words, path)| {
            let said = move |_: InRoom| async move { not_here(words) };
            router.route(&in_room(path), any(said))
        })
        .route(&in_room("dial"), post(dial))
        .route(
            &in_room("participants/{participant}/pres_in_mix"),
            post(presentation_in_mix),
        )
        .route(
            &in_room("participants/{participant}/preferred_aspect_ratio"),
            post(already_so),
        )
        .route(
            &in_room("participants/{participant}/notify_not_afk"),
            post(already_so),
        )
}

fn in_room(path: &str) -> String {
    format!("/conferences/{{alias}}/{path}")
}

fn not_here(words: &'static str) -> Failure {
    Failure::new(StatusCode::NOT_FOUND).text(words)
}

/// Calling out needs a bridge to other networks.
async fn dial(InRoom(session): InRoom) -> Failure {
    match session.check_host() {
        Ok(()) => not_here("This hub does not dial out"),
        Err(refused) => refusal(refused),
    }
}

/// Whether the presentation is to be part of the picture of the others.
#[derive(Deserialize)]
struct InMix {
    state: bool,
}

/// A presentation has a slot of its own, always.
async fn presentation_in_mix(
    _: Oneself,
    JsonBody(wanted): JsonBody<InMix>,
) -> Result<Success<bool>, Failure> {
    if wanted.state {
        return Err(not_here(MIXES_NO_PICTURES));
    }
    Ok(Success::new(true))
}

/// Pictures come in the shape they were sent in, and nobody is put out for keeping
/// still.
async fn already_so(_: Oneself) -> Success<bool> {
    Success::new(true)
}
