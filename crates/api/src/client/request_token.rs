//! `POST request_token`: asks to be let in.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use vdx_conference::admission::{PinAnswer, PinsNeeded};
use vdx_conference::door::Answer;
use vdx_conference::state::Newcomer;
use vdx_conference::tries::TriesLeft;
use vdx_conference::{DisplayName, Entered};
use vdx_domain::{
    ParticipantRole, Room, RoomAddress, RoomSettings, RoomState, VmrQuality, VmrType,
};

use super::extract::Alias;
use super::relays::{Stun, Turn};
use super::reply::{Failed, Success, no_such_room, refusal};
use super::statistics::STATISTICS_INTERVAL_MS;
use crate::{Failure, Hub, JsonBody, PeerAddress};

/// So many of those who wait are told to a host who is not inside.
const MAX_TOLD_WAITING: usize = 100;

/// Who asks. What else clients send is not needed here and left unread.
#[derive(Deserialize, ToSchema)]
pub(super) struct Asking {
    /// What the others read.
    #[serde(default)]
    display_name: String,
    /// A ticket: entry without a PIN.
    token: Option<String>,
    /// Given back as it came.
    call_tag: Option<String>,
    /// Whether the client shows messages for this participant alone.
    #[serde(default)]
    supports_direct_chat: bool,
    /// Whether the client can send media to another client directly.
    #[serde(default)]
    direct_media: bool,
    /// The hub's extension.
    #[serde(default)]
    vdx: Extension,
}

#[derive(Default, Deserialize, ToSchema)]
pub(super) struct Extension {
    /// Only say whether these credentials would be let in.
    #[serde(default)]
    check: bool,
}

/// Let in.
#[derive(Serialize, ToSchema)]
struct Admission {
    token: String,
    expires: String,
    participant_uuid: String,
    role: &'static str,
    display_name: String,
    conference_name: String,
    service_type: &'static str,
    current_service_type: &'static str,
    call_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_tag: Option<String>,
    chat_enabled: bool,
    /// Ours: whether the room has chat, also where two have direct media.
    vdx_chat: bool,
    /// The client is to try direct media.
    direct_media: bool,
    fecc_enabled: bool,
    guests_can_present: bool,
    breakout_rooms: bool,
    /// Whether a camera may send 1080 rows; else 720 or, in an `sd` room, 480.
    allow_1080p: bool,
    vp9_enabled: bool,
    trickle_ice_enabled: bool,
    analytics_enabled: bool,
    /// How often the client is to tell its statistics, in milliseconds.
    client_stats_update_interval: u32,
    version: Version,
    /// Where the client learns its own address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stun: Vec<Stun>,
    /// Ways to the media port for networks that block it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    turn: Vec<Turn>,
}

/// Not let in.
#[derive(Serialize, ToSchema)]
struct NotLetIn {
    #[schema(example = "failed")]
    status: &'static str,
    #[schema(example = "Invalid PIN")]
    result: &'static str,
    /// The hub's extension, after a wrong PIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    vdx: Option<Tries>,
}

/// What becomes of further PINs.
#[derive(Serialize, ToSchema)]
struct Tries {
    /// So many more wrong PINs from this address are read here; 0: none is, not
    /// the right one either.
    tries_left: u32,
    /// With 0: when the next is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
}

/// Of the program.
#[derive(Serialize, ToSchema)]
struct Version {
    version_id: &'static str,
    pseudo_version: &'static str,
}

const VERSION: Version = Version {
    version_id: env!("CARGO_PKG_VERSION"),
    pseudo_version: env!("CARGO_PKG_VERSION"),
};

/// Asks to be let in.
///
/// Needs the room's PIN in the header `pin`, or `none` to enter as a guest
/// without one, or a ticket. Guests wait until the first host has come.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/request_token",
    tag = "Coming and going",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("pin" = Option<String>, Header, description = "Digits, or `none`."),
    ),
    request_body = Asking,
    responses(
        (status = 200, description = "Let in.", body = Success<Admission>),
        (status = 403, description = "A PIN is needed, or it is wrong, or the room is full.", body = NotLetIn),
        (status = 404, description = "No such room, or not now.", body = Failed),
        (status = 503, description = "The hub is full or stopping; `Retry-After` says when to try again.", body = Failed),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Alias(alias): Alias,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    JsonBody(asking): JsonBody<Asking>,
) -> Result<Response, Failure> {
    let room = room_at(&hub, &alias).await?;
    let pin = headers.get("pin").and_then(|value| value.to_str().ok());
    let pin = PinAnswer::from_header(pin);
    let role = match hub
        .conferences
        .admit(&room, asking.token.as_deref(), pin, address)
        .await
    {
        Answer::Admit(role) => role,
        Answer::AskPin(needed) => return Ok(pin_needed(needed)),
        Answer::WrongPin(left) => return Ok(wrong_pin(left)),
    };
    if asking.vdx.check {
        return Ok(Success::new(checked(&hub, &room, role)).into_response());
    }
    let name = DisplayName::parse(&asking.display_name)
        .ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST).text("display_name is required"))?;
    let newcomer = Newcomer {
        name: name.clone(),
        role,
        direct_chat: asking.supports_direct_chat,
        direct_media: asking.direct_media,
    };
    let entered = hub
        .conferences
        .enter(room.clone(), alias, newcomer)
        .map_err(refusal)?;
    let mut admission = Admission {
        display_name: name.as_str().to_owned(),
        conference_name: room.name.clone(),
        guests_can_present: room.settings.guests_can_present,
        allow_1080p: room.settings.vmr_quality == VmrQuality::Fullhd,
        // Today's clients write by a data channel then, which the hub has not.
        chat_enabled: room.chat && !entered.direct_media,
        vdx_chat: room.chat,
        service_type: service_word(&room.settings),
        call_tag: asking.call_tag,
        ..Admission::of(entered)
    };
    if let Some(access) = &hub.settings.turn {
        admission.stun = access.stun();
        admission.turn = access.turn(&admission.participant_uuid, hub.clock.now());
    }
    Ok(Success::new(admission).into_response())
}

/// The answer of a check: as whom one would come in, and to a host who waits.
fn checked(hub: &Hub, room: &Room, role: ParticipantRole) -> Value {
    let mut answer = json!({ "role": role_word(role) });
    if role == ParticipantRole::Host {
        let now = hub.clock.now();
        let waiting = hub.conferences.at_the_door(room.key, MAX_TOLD_WAITING);
        let told = waiting.iter().map(|one| {
            let seconds = now.duration_since(one.since).as_secs().max(0);
            json!({ "display_name": one.name.as_str(), "seconds": seconds })
        });
        answer["waiting"] = told.collect();
    }
    answer
}

/// The room that is open at this address: of a connection test, booked or fixed.
async fn room_at(hub: &Hub, alias: &RoomAddress) -> Result<Room, Failure> {
    if let Some(room) = hub.conferences.test_room(alias) {
        return Ok(room);
    }
    match hub.booking.room_at(alias).await? {
        RoomState::Open(room) => Ok(*room),
        RoomState::NotYet { .. } | RoomState::Over | RoomState::Unknown => Err(no_such_room()),
    }
}

impl Admission {
    /// What the conference says; the rest is what the hub does not have.
    fn of(entered: Entered) -> Self {
        Self {
            token: entered.issued.token,
            expires: entered.issued.expires.to_string(),
            participant_uuid: entered.session.participant().to_string(),
            role: role_word(entered.issued.role),
            display_name: String::new(),
            conference_name: String::new(),
            service_type: "conference",
            current_service_type: if entered.waiting {
                "waiting_room"
            } else {
                "conference"
            },
            call_type: "video",
            call_tag: None,
            chat_enabled: false,
            vdx_chat: false,
            direct_media: entered.direct_media,
            fecc_enabled: false,
            guests_can_present: false,
            breakout_rooms: false,
            allow_1080p: false,
            vp9_enabled: false,
            trickle_ice_enabled: true,
            analytics_enabled: false,
            client_stats_update_interval: STATISTICS_INTERVAL_MS,
            version: VERSION,
            stun: Vec::new(),
            turn: Vec::new(),
        }
    }
}

pub(super) fn role_word(role: ParticipantRole) -> &'static str {
    match role {
        ParticipantRole::Host => "HOST",
        ParticipantRole::Guest => "GUEST",
    }
}

/// What kind of service a room is.
fn service_word(settings: &RoomSettings) -> &'static str {
    match settings.vmr_type {
        VmrType::Conference => "conference",
        VmrType::Lecture => "lecture",
    }
}

/// The answer that asks for a PIN: a success by its word, a 403 by its status.
fn pin_needed(needed: PinsNeeded) -> Response {
    let word = |needed| if needed { "required" } else { "none" };
    let body = json!({
        "status": "success",
        "result": {
            "pin": word(needed.host),
            "guest_pin": word(needed.guest),
            "version": VERSION,
        },
    });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

/// The refusal of a wrong PIN, in the words of today's clients and with how many
/// more may be tried.
fn wrong_pin(left: TriesLeft) -> Response {
    let tries = match left {
        TriesLeft::More(left) => Tries {
            tries_left: left.get(),
            retry_after_seconds: None,
        },
        TriesLeft::NoneFor(wait) => Tries {
            tries_left: 0,
            // Whole seconds, so that it is never too early.
            retry_after_seconds: Some(wait.as_secs().unsigned_abs() + 1),
        },
    };
    let body = NotLetIn {
        status: "failed",
        result: "Invalid PIN",
        vdx: Some(tries),
    };
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}
