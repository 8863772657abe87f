//! The client API of the rooms: the shapes of Pexip's client REST API v2, so that
//! clients built for today's rooms work unchanged. What is served, and what the
//! hub adds, is in `docs/client-api.md`.
//!
//! Every answer is `{"status": "success"|"failed", "result": …}`. Tokens are in
//! headers and there are no cookies, so pages of any origin may call.

// Its macro is used below.
#[macro_use]
mod on_participant;

mod attention;
mod calls;
mod conference;
mod elsewhere;
mod end_call;
mod events;
mod extend;
mod extract;
mod floor;
mod invitation;
mod layout;
mod message;
mod mutes;
mod participants;
mod put_out;
mod refresh_token;
mod relays;
mod release_token;
mod reply;
mod request_token;
mod shapes;
mod shown;
mod signalling;
mod sms;
mod statistics;
mod theme;
mod transfer;
mod update_call;

use std::time::Duration;

use http::{HeaderName, Method, header};
use tower_http::cors::{Any, CorsLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;

pub use relays::TurnAccess;
pub(crate) use reply::wording;

/// How long a browser may remember that it may call from another origin.
const PREFLIGHT_AGE: Duration = Duration::from_secs(24 * 3600);

/// The operations, under `/api/client/v2`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        // Coming and going.
        .routes(routes!(request_token::operation))
        .routes(routes!(refresh_token::operation))
        .routes(routes!(release_token::operation))
        .routes(routes!(theme::operation))
        // Who is there.
        .routes(routes!(events::operation))
        .routes(routes!(participants::operation))
        .routes(routes!(put_out::operation))
        // Calls.
        .routes(routes!(calls::operation))
        .routes(routes!(update_call::operation))
        .routes(routes!(signalling::ack))
        .routes(routes!(signalling::new_candidate))
        .routes(routes!(shown::operation))
        .routes(routes!(end_call::operation))
        .routes(routes!(statistics::operation))
        // Presenting.
        .routes(routes!(floor::take))
        .routes(routes!(floor::release))
        // Microphones and cameras.
        .routes(routes!(mutes::mute))
        .routes(routes!(mutes::unmute))
        .routes(routes!(mutes::client_mute))
        .routes(routes!(mutes::client_unmute))
        .routes(routes!(mutes::video_muted))
        .routes(routes!(mutes::video_unmuted))
        // The conference.
        .routes(routes!(conference::status))
        .routes(routes!(conference::lock))
        .routes(routes!(conference::unlock))
        .routes(routes!(conference::admit_all))
        .routes(routes!(conference::start))
        .routes(routes!(conference::mute_guests))
        .routes(routes!(conference::unmute_guests))
        .routes(routes!(conference::set_guests_can_unmute))
        .routes(routes!(conference::lower_all_hands))
        .routes(routes!(conference::disconnect))
        .routes(routes!(layout::transform))
        .routes(routes!(layout::available))
        .routes(routes!(layout::svgs))
        // The meeting the room belongs to, and bringing somebody in.
        .routes(routes!(extend::operation))
        .routes(routes!(invitation::operation))
        .routes(routes!(sms::send))
        .routes(routes!(sms::status))
        // Participants.
        .routes(routes!(attention::admit))
        .routes(routes!(attention::role))
        .routes(routes!(attention::buzz))
        .routes(routes!(attention::clear_buzz))
        .routes(routes!(attention::spotlight_on))
        .routes(routes!(attention::spotlight_off))
        .routes(routes!(attention::allow_presentation))
        .routes(routes!(attention::deny_presentation))
        .routes(routes!(attention::overlay_text))
        .routes(routes!(transfer::operation))
        // Chat.
        .routes(routes!(message::to_all))
        .routes(routes!(message::to_one))
        .merge(OpenApiRouter::from(elsewhere::routes()))
        .layer(from_any_origin())
}

fn from_any_origin() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::CONTENT_TYPE,
            HeaderName::from_static("token"),
            HeaderName::from_static("pin"),
        ])
        .max_age(PREFLIGHT_AGE)
}
