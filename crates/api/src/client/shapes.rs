//! A participant, and the other things told by events, as clients know them.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use vdx_conference::{ConferenceView, Event, LayoutView, ParticipantView, SlotView, StageEntry};
use vdx_domain::{ParticipantRole, ViewType};
use vdx_media::{Content, VideoCodec};

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
            overlay_text: view.name.as_str().to_owned(),
            role: match view.role {
                ParticipantRole::Host => "chair",
                ParticipantRole::Guest => "guest",
            },
            service_type: if view.waiting {
                "waiting_room"
            } else {
                "conference"
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
            mute_supported: yes(true),
            disconnect_supported: yes(true),
            transfer_supported: yes(false),
            fecc_supported: yes(false),
            presentation_supported: yes(true),
            rx_presentation_policy: "ALLOW",
            call_direction: "in",
            protocol: if view.has_media { "webrtc" } else { "api" },
            encryption: if view.has_media { "On" } else { "Off" },
            buzz_time: 0,
            spotlight: 0,
            supports_direct_chat: false,
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
        Event::Disconnect { reason } => ("disconnect", json!({ "reason": reason })),
    }
}

fn participant(view: &ParticipantView) -> Value {
    json!(Participant::from(view))
}

fn conference(view: ConferenceView) -> Value {
    json!({
        "locked": false,
        "guests_muted": false,
        "all_muted": false,
        "started": view.started,
        "live_captions_available": false,
        "breakout_rooms": false,
        "direct_media": false,
        "guests_can_unmute": true,
        "guests_can_present": view.guests_can_present,
        "presentation_allowed": view.presentation_allowed,
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
fn view_word(view: ViewType) -> &'static str {
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
    })
}

fn codec_word(codec: VideoCodec) -> &'static str {
    match codec {
        VideoCodec::Vp8 => "VP8",
        VideoCodec::H264 => "H264",
    }
}
