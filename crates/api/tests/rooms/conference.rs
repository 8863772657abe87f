//! What hosts do to the whole conference.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{CLINIC, assert_done, assert_refused, hub_with_clinic, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_state_is_told_and_can_be_asked_for() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    let told = events.until("conference_update").await;
    let (status, answer) = guest
        .call(Method::GET, "conference_status", json!({}))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["result"], told);
    for field in [
        "locked",
        "guests_muted",
        "all_muted",
        "started",
        "guests_can_unmute",
        "guests_can_present",
        "presentation_allowed",
        "breakout_rooms",
        "direct_media",
        "live_captions_available",
    ] {
        assert!(told[field].is_boolean(), "{field}");
    }
    assert_done(&host.call(Method::POST, "lock", json!({})).await);
    let told = events.until("conference_update").await;
    assert_eq!(told["locked"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_are_muted_and_may_or_may_not_unmute() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    events.until("participant_sync_end").await;
    assert_done(&host.call(Method::POST, "muteguests", json!({})).await);
    let me = events.until("participant_update").await;
    assert_eq!(me["is_muted"], "YES");
    assert_eq!(
        events.until("conference_update").await["guests_muted"],
        true
    );
    let setting = json!({ "setting": false });
    let path = "set_guests_can_unmute";
    assert_done(&host.call(Method::POST, path, setting).await);
    let told = events.until("conference_update").await;
    assert_eq!(told["guests_can_unmute"], false);
    assert_refused(
        &guest.do_own("unmute", json!({})).await,
        403,
        "Invalid role",
    );
    assert_done(&host.call(Method::POST, "unmuteguests", json!({})).await);
    assert_eq!(events.until("participant_update").await["is_muted"], "NO");

    for path in [
        "muteguests",
        "unmuteguests",
        "clearallbuzz",
        "disconnect",
        "start_conference",
    ] {
        let answer = guest.call(Method::POST, path, json!({})).await;
        assert_refused(&answer, 403, "Invalid role");
    }
    let (status, _) = host
        .call(Method::POST, "set_guests_can_unmute", json!({}))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_ends_it_for_all() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut streams = [host.listen().await, guest.listen().await];
    assert_done(&host.call(Method::POST, "disconnect", json!({})).await);
    for events in &mut streams {
        assert_eq!(
            events.until("disconnect").await["reason"],
            "Conference terminated by another participant"
        );
        assert!(events.next().await.is_none());
    }
    let (status, _) = host.call(Method::GET, "participants", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_choose_among_the_layouts_there_are() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let (_, answer) = guest
        .call(Method::GET, "available_layouts?annotate=false", json!({}))
        .await;
    let layouts = answer["result"].as_array().unwrap().clone();
    assert_eq!(layouts.len(), 10);
    let (_, answer) = guest
        .call(Method::GET, "available_layouts?annotate=true", json!({}))
        .await;
    assert_eq!(answer["result"][0], json!({ "name": "1:0", "tags": [] }));
    let (_, answer) = guest.call(Method::GET, "layout_svgs", json!({})).await;
    for name in &layouts {
        let svg = text(&answer["result"], name.as_str().unwrap());
        assert!(svg.starts_with("<svg"), "{name}");
    }

    let mut events = guest.listen().await;
    assert_eq!(events.until("layout").await["view"], "1:7");
    let wanted = |transforms: Value| json!({ "transforms": transforms });
    let body =
        wanted(json!({ "layout": "4:0", "guest_layout": "1:0", "enable_overlay_text": false }));
    assert_done(
        &host
            .call(Method::POST, "transform_layout", body.clone())
            .await,
    );
    let layout = events.until("layout").await;
    assert_eq!(layout["view"], "1:0");
    let screen = &layout["requested_layout"]["primary_screen"];
    assert_eq!(screen["chair_layout"], "4:0");
    assert_eq!(screen["guest_layout"], "1:0");
    assert_eq!(layout["overlay_text_enabled"], false);

    let answer = guest.call(Method::POST, "transform_layout", body).await;
    assert_refused(&answer, 403, "Invalid role");
    let body = wanted(json!({ "layout": "3:3" }));
    let answer = host.call(Method::POST, "transform_layout", body).await;
    assert_refused(&answer, 400, "Unknown layout");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_does_not_have_is_said() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    let result = host.enter("Host", Some("1111")).await;
    assert_eq!(result["breakout_rooms"], false);
    guest.enter("Guest", Some("none")).await;
    let room = "0198b2c4-0000-7000-8000-000000000000";
    for path in [
        "breakouts".to_owned(),
        format!("breakouts/{room}/disconnect"),
        format!("breakouts/{room}/participants/{}/mute", host.uuid),
        "participants/breakout".to_owned(),
        "breakoutbuzz".to_owned(),
        "leavebreakout".to_owned(),
    ] {
        let answer = host.call(Method::POST, &path, json!({})).await;
        assert_refused(&answer, 404, "This hub has no breakout rooms");
    }
    let body = json!({ "role": "GUEST", "destination": "x@y.example", "protocol": "sip" });
    let answer = host.call(Method::POST, "dial", body.clone()).await;
    assert_refused(&answer, 404, "This hub does not dial out");
    let answer = guest.call(Method::POST, "dial", body).await;
    assert_refused(&answer, 403, "Invalid role");

    for (path, words) in [
        ("video_mixes/create", "This hub mixes no pictures"),
        ("video_mixes/main.x/configure", "This hub mixes no pictures"),
        ("video_mixes/main.x/delete", "This hub mixes no pictures"),
        (
            "silent_video_detection",
            "This hub does not look for silent video",
        ),
    ] {
        let answer = host.call(Method::POST, path, json!({})).await;
        assert_refused(&answer, 404, words);
    }
    for (path, words) in [
        ("show_live_captions", "This hub has no live captions"),
        ("hide_live_captions", "This hub has no live captions"),
        ("fecc", "This hub moves no cameras"),
        ("dtmf", "This hub sends no tones"),
    ] {
        assert_refused(&guest.do_own(path, json!({})).await, 404, words);
    }
    for path in ["fecc", "dtmf"] {
        let path = format!("calls/{room}/{path}");
        assert_eq!(guest.do_own(&path, json!({})).await.0.as_u16(), 404);
    }
    let avatar = format!("participants/{}/avatar.jpg", guest.uuid);
    let answer = host.call(Method::GET, &avatar, json!({})).await;
    assert_refused(&answer, 404, "No image available");
    guest.token.clear();
    let answer = guest.do_own("dtmf", json!({})).await;
    assert_refused(&answer, 403, "Invalid token");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_so_anyhow_is_answered_as_done() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    for (path, body) in [
        ("notify_not_afk", json!({})),
        ("preferred_aspect_ratio", json!({ "aspect_ratio": 0.5625 })),
        ("pres_in_mix", json!({ "state": false })),
    ] {
        assert_done(&host.do_own(path, body).await);
    }
    let answer = host.do_own("pres_in_mix", json!({ "state": true })).await;
    assert_refused(&answer, 404, "This hub mixes no pictures");
}
