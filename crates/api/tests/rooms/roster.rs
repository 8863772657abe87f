//! The roster and its events.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{CLINIC, hub_with_clinic, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_waits_until_the_host_comes_and_then_sees_everybody() {
    let hub = hub_with_clinic().await;
    let mut guest = hub.person(CLINIC);
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    assert_eq!(events.next().await.unwrap().name, "participant_sync_begin");
    let oneself = events.next().await.unwrap();
    assert_eq!(oneself.name, "participant_create");
    assert_eq!(oneself.data["uuid"], guest.uuid);
    assert_eq!(oneself.data["service_type"], "waiting_room");
    assert_eq!(events.next().await.unwrap().name, "participant_sync_end");
    assert_eq!(events.until("conference_update").await["started"], false);

    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let update = events.until("participant_update").await;
    assert_eq!(update["uuid"], guest.uuid);
    assert_eq!(update["service_type"], "conference");
    let create = events.until("participant_create").await;
    assert_eq!(create["uuid"], host.uuid);
    assert_eq!(create["role"], "chair");
    assert_eq!(create["display_name"], "Host");
    assert_eq!(events.until("conference_update").await["started"], true);

    let (_, roster) = guest.call(Method::GET, "participants", json!({})).await;
    assert_eq!(roster["result"].as_array().unwrap().len(), 2);

    let left = Instant::now();
    host.call(Method::POST, "release_token", json!({})).await;
    assert_eq!(events.until("participant_delete").await["uuid"], host.uuid);
    assert!(left.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_the_roster_has_every_field_clients_check() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let row = host.listen().await.until("participant_create").await;
    for (field, allowed) in [
        ("call_direction", &["in", "out"][..]),
        ("disconnect_supported", &["YES", "NO"]),
        ("encryption", &["On", "Off"]),
        ("fecc_supported", &["YES", "NO"]),
        ("is_audio_only_call", &["YES", "NO"]),
        ("is_muted", &["YES", "NO"]),
        ("is_presenting", &["YES", "NO"]),
        ("is_video_call", &["YES", "NO"]),
        ("mute_supported", &["YES", "NO"]),
        ("protocol", &["api", "webrtc"]),
        ("role", &["chair", "guest"]),
        ("rx_presentation_policy", &["ALLOW", "DENY"]),
        ("service_type", &["conference", "waiting_room"]),
        ("transfer_supported", &["YES", "NO"]),
    ] {
        assert!(allowed.contains(&text(&row, field)), "{field}");
    }
    for field in [
        "display_name",
        "external_node_uuid",
        "local_alias",
        "overlay_text",
        "uuid",
    ] {
        assert!(row[field].is_string(), "{field}");
    }
    for field in [
        "has_media",
        "is_external",
        "is_streaming_conference",
        "is_video_muted",
        "is_video_silent",
        "supports_direct_chat",
        "can_receive_personal_mix",
    ] {
        assert!(row[field].is_boolean(), "{field}");
    }
    for field in ["buzz_time", "spotlight", "start_time"] {
        assert!(row[field].is_number(), "{field}");
    }
    assert_eq!(row["receive_from_video_mix"]["mix_name"], "main");
}

#[tokio::test(flavor = "multi_thread")]
async fn listening_again_begins_anew_and_ends_the_older_stream() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let mut first = host.listen().await;
    first.until("participant_sync_end").await;
    let mut second = host.listen().await;
    second.until("participant_sync_end").await;
    while let Some(event) = first.next().await {
        assert_ne!(event.name, "disconnect");
    }
    let mut guest = hub.person(CLINIC);
    guest.enter("Guest", Some("none")).await;
    assert_eq!(second.until("participant_create").await["uuid"], guest.uuid);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_switch_off_is_told_and_only_hosts_switch_others() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = host.listen().await;
    let own = |person: &vdx_testkit::Person| person.uuid.clone();
    for (operation, field, value) in [
        ("client_mute", "is_client_muted", json!(true)),
        ("client_unmute", "is_client_muted", json!(false)),
        ("video_muted", "is_video_muted", json!(true)),
        ("video_unmuted", "is_video_muted", json!(false)),
        ("mute", "is_muted", json!("YES")),
        ("unmute", "is_muted", json!("NO")),
    ] {
        let (status, answer) = guest.do_own(operation, json!({})).await;
        assert_eq!((status, &answer["result"]), (StatusCode::OK, &json!(true)));
        let update = events.until("participant_update").await;
        assert_eq!(update["uuid"], own(&guest));
        assert_eq!(update[field], value, "{operation}");
    }
    let path = |whom: &str| format!("participants/{whom}/mute");
    let (status, _) = guest.call(Method::POST, &path(&host.uuid), json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = host.call(Method::POST, &path(&guest.uuid), json!({})).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_puts_a_guest_out_who_is_told_why() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    let path = |whom: &str| format!("participants/{whom}/disconnect");
    let (status, _) = guest.call(Method::POST, &path(&host.uuid), json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = host.call(Method::POST, &path(&guest.uuid), json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        events.until("disconnect").await["reason"],
        "API initiated participant disconnect"
    );
    assert!(events.next().await.is_none(), "the stream ends");
    let (status, _) = guest.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_floor_goes_to_who_takes_it() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = host.listen().await;
    let (status, _) = guest.do_own("take_floor", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let start = events.until("presentation_start").await;
    assert_eq!(start["presenter_uuid"], guest.uuid);
    assert_eq!(start["presenter_name"], "Guest");
    let path = format!("participants/{}/take_floor", host.uuid);
    let (status, _) = guest.call(Method::POST, &path, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, answer) = guest.do_own("release_floor", json!({})).await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &json!(null)));
    events.until("presentation_stop").await;
}
