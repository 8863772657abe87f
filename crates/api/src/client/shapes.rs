//! A participant, and the other things told by events, as clients know them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use vdx_conference::candidate::Candidate;
use vdx_conference::state::MessageKind;
use vdx_conference::{
    ConferenceView, Event, LayoutView, Message, ParticipantView, QualityView, SlotView, StageEntry,
};
use vdx_domain::{ParticipantRole, ViewType};
use vdx_media::{Content, VideoCodec};

use crate::quality::Quality;

/// A row of the roster. What the hub does not have is given as its absence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Participant {
    uuid: String,
    display_name: String,
    overlay_text: String,
    role: &'static str,
    service_type: &'static str,
    /// Seconds since the epoch.
    start_time: i64,
    has_media: bool,
    is_presenting: &'static str,
    is_muted: &'static str,
    is_client_muted: bool,
    is_video_muted: bool,
    is_video_silent: bool,
    is_audio_only_call: &'static str,
    is_video_call: &'static str,
    is_external: bool,
    is_idp_authenticated: bool,
    is_streaming_conference: bool,
    is_transferring: bool,
    mute_supported: &'static str,
    disconnect_supported: &'static str,
    transfer_supported: &'static str,
    fecc_supported: &'static str,
    presentation_supported: &'static str,
    rx_presentation_policy: &'static str,
    call_direction: &'static str,
    protocol: &'static str,
    encryption: &'static str,
    buzz_time: i64,
    spotlight: i64,
    supports_direct_chat: bool,
    can_receive_personal_mix: bool,
    receive_from_video_mix: Value,
    uri: &'static str,
    vendor: &'static str,
    local_alias: &'static str,
    external_node_uuid: &'static str,
}

impl From<&ParticipantView> for Participant {
    fn from(view: &ParticipantView) -> Self {
        Self {
            uuid: view.id.to_string(),
            display_name: view.name.as_str().to_owned(),
            overlay_text: view.overlay_text.as_str().to_owned(),
            role: match view.role {
                ParticipantRole::Host => "chair",
                ParticipantRole::Guest => "guest",
            },
            service_type: match (view.waiting, view.lecture) {
                (true, _) => "waiting_room",
                (false, true) => "lecture",
                (false, false) => "conference",
            },
            start_time: view.joined_at.as_second(),
            has_media: view.has_media,
            is_presenting: yes(view.presenting),
            is_muted: yes(view.muted),
            is_client_muted: view.client_muted,
            is_video_muted: view.video_muted,
            is_video_silent: false,
            is_audio_only_call: yes(false),
            is_video_call: yes(view.has_media),
            is_external: false,
            is_idp_authenticated: false,
            is_streaming_conference: false,
            is_transferring: false,
            mute_supported: yes(view.can_be_heard),
            disconnect_supported: yes(true),
            transfer_supported: yes(!view.waiting),
            fecc_supported: yes(false),
            presentation_supported: yes(true),
            rx_presentation_policy: if view.receives_presentation {
                "ALLOW"
            } else {
                "DENY"
            },
            call_direction: "in",
            protocol: if view.has_media { "webrtc" } else { "api" },
            encryption: if view.has_media { "On" } else { "Off" },
            buzz_time: seconds(view.hand_raised_at),
            spotlight: seconds(view.spotlight_since),
            supports_direct_chat: view.direct_chat,
            can_receive_personal_mix: false,
            receive_from_video_mix: json!({ "mix_name": "main", "timestamp": 0 }),
            uri: "",
            vendor: "",
            local_alias: "",
            external_node_uuid: "",
        }
    }
}

fn yes(is: bool) -> &'static str {
    if is { "YES" } else { "NO" }
}

/// Seconds since the epoch, 0 for never.
fn seconds(at: Option<Timestamp>) -> i64 {
    at.map_or(0, Timestamp::as_second)
}

/// An event's name and data.
pub(super) fn event(event: &Event) -> (&'static str, Value) {
    match event {
        Event::SyncBegin => ("participant_sync_begin", Value::Null),
        Event::SyncEnd => ("participant_sync_end", Value::Null),
        Event::ParticipantCreate(view) => ("participant_create", participant(view)),
        Event::ParticipantUpdate(view) => ("participant_update", participant(view)),
        Event::ParticipantDelete(who) => ("participant_delete", json!({ "uuid": who })),
        Event::Conference(view) => ("conference_update", conference(*view)),
        Event::Stage(stage) => ("stage", stage_rows(stage)),
        Event::Layout(view) => ("layout", layout(view)),
        Event::PresentationStart { presenter, name } => (
            "presentation_start",
            json!({
                "presenter_name": name.as_str(),
                "presenter_uri": "",
                "presenter_uuid": presenter,
            }),
        ),
        Event::PresentationStop => ("presentation_stop", Value::Null),
        Event::CallDisconnected { call, reason } => (
            "call_disconnected",
            json!({ "call_uuid": call, "reason": reason }),
        ),
        Event::Slots(slots) => (
            "vdx_slots",
            json!({ "slots": slots.iter().map(slot).collect::<Vec<_>>() }),
        ),
        Event::VideoCodec(codec) => ("vdx_video_codec", json!({ "codec": codec_word(*codec) })),
        Event::Message(message) => ("message_received", chat(message)),
        Event::Refer(referral) => (
            "refer",
            json!({ "alias": referral.alias, "token": referral.token }),
        ),
        Event::Ending(ending) => (
            "vdx_ending",
            json!({
                "end_time": ending.ends_at.as_second(),
                "within_seconds": ending.within,
            }),
        ),
        Event::Layers { call, rids } => {
            ("vdx_layers", json!({ "call_uuid": call, "rids": &**rids }))
        }
        Event::Quality(rows) => (
            "vdx_quality",
            json!({ "participants": rows.iter().map(quality).collect::<Vec<_>>() }),
        ),
        Event::NewOffer(offer) => ("new_offer", json!({ "sdp": offer.as_str() })),
        Event::UpdateSdp(offer) => ("update_sdp", json!({ "sdp": offer.as_str() })),
        Event::NewCandidate(found) => ("new_candidate", candidate(found)),
        Event::PeerDisconnect { call, direct } => (
            "peer_disconnect",
            json!({ "call_uuid": call, "vdx_direct": direct }),
        ),
        Event::Disconnect { reason } => ("disconnect", json!({ "reason": reason })),
    }
}

fn candidate(found: &Candidate) -> Value {
    let mut told = json!({ "candidate": found.line(), "mid": found.mid() });
    if let Some(ufrag) = found.ufrag() {
        told["ufrag"] = json!(ufrag);
    }
    told
}

fn quality(view: &QualityView) -> Value {
    json!({
        "participant_uuid": view.participant,
        "quality": Quality::from(&view.latest),
    })
}

fn participant(view: &ParticipantView) -> Value {
    json!(Participant::from(view))
}

pub(super) fn conference(view: ConferenceView) -> Value {
    let mut state = json!({
        "locked": view.locked,
        "guests_muted": view.guests_muted,
        "all_muted": false,
        "started": view.started,
        "live_captions_available": false,
        "breakout_rooms": false,
        "direct_media": view.direct_media,
        "guests_can_unmute": view.guests_can_unmute,
        "guests_can_present": view.guests_can_present,
        "presentation_allowed": view.presentation_allowed,
    });
    if let Some(ends_at) = view.ends_at {
        state["vdx_ends_at"] = json!(ends_at.as_second());
        if view.ends_for_all {
            state["end_time"] = json!(ends_at.as_second());
            state["end_action"] = json!("disconnect");
        }
    }
    state
}

fn chat(message: &Message) -> Value {
    json!({
        "type": match message.body.kind() {
            MessageKind::Text => "text/plain",
            MessageKind::Json => "application/json",
        },
        "payload": message.body.payload(),
        "origin": message.name.as_str(),
        "uuid": message.from,
        "direct": message.direct,
    })
}

fn stage_rows(stage: &[StageEntry]) -> Value {
    stage
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            json!({
                "participant_uuid": entry.participant,
                "stage_index": index,
                "vad": if entry.talking { 100 } else { 0 },
            })
        })
        .collect()
}

fn layout(view: &LayoutView) -> Value {
    json!({
        "view": view_word(view.own_view),
        "participants": view.participants,
        "requested_layout": {
            "primary_screen": {
                "chair_layout": view_word(view.host_view),
                "guest_layout": view_word(view.guest_view),
            },
        },
        "overlay_text_enabled": view.overlay_text,
    })
}

/// Large pictures and small ones, as `mains:pips`.
pub(super) fn view_word(view: ViewType) -> &'static str {
    match view {
        ViewType::OneMainZeroPips => "1:0",
        ViewType::OneMainSevenPips => "1:7",
        ViewType::OneMainTwentyonePips => "1:21",
        ViewType::TwoMainsTwentyonePips => "2:21",
        ViewType::FourMainsZeroPips => "4:0",
        ViewType::FiveMainsSevenPips => "5:7",
        ViewType::OneMainThirtythreePips => "1:33",
        ViewType::NineMainsZeroPips => "9:0",
        ViewType::SixteenMainsZeroPips => "16:0",
        ViewType::TwentyfiveMainsZeroPips => "25:0",
    }
}

fn slot(view: &SlotView) -> Value {
    json!({
        "mid": view.mid,
        "content": match view.slot.content {
            Content::Audio => "audio",
            Content::Main => "main",
            Content::Slides => "slides",
        },
        "index": view.slot.index,
        "participant_uuid": view.participant,
        "large": view.large,
    })
}

fn codec_word(codec: VideoCodec) -> &'static str {
    match codec {
        VideoCodec::Vp8 => "VP8",
        VideoCodec::H264 => "H264",
    }
}
