//! Coming in, staying in, and leaving.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use vdx_domain::{RoomSettings, VmrQuality};
use vdx_testkit::{NewRoom, TestHub};

use super::{CLINIC, hub_with_clinic, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_door_asks_for_the_pins_the_room_has() {
    let hub = hub_with_clinic().await;
    hub.add_room(NewRoom {
        alias: "both@rooms.example",
        host_pin: Some("1111"),
        guest_pin: Some("2222"),
        ..NewRoom::default()
    })
    .await;
    let body = json!({ "display_name": "A" });
    let (status, answer) = hub.person(CLINIC).knock(body.clone(), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(text(&answer, "status"), "success");
    assert_eq!(text(&answer, "result.pin"), "required");
    assert_eq!(text(&answer, "result.guest_pin"), "none");
    assert!(answer["result"]["version"]["version_id"].is_string());

    let both = hub.person("both@rooms.example");
    let (status, answer) = both.knock(body.clone(), Some("none")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(text(&answer, "result.guest_pin"), "required");
    let (_, answer) = both.knock(body.clone(), Some("2222")).await;
    assert_eq!(text(&answer, "result.role"), "GUEST");
    let (_, answer) = both.knock(body.clone(), Some("1111")).await;
    assert_eq!(text(&answer, "result.role"), "HOST");
    let (status, answer) = both.knock(body, Some("3333")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer,
        json!({ "status": "failed", "result": "Invalid PIN", "vdx": { "tries_left": 2 } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_stops_lets_nobody_new_in_and_keeps_who_is_inside() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    hub.hub.conferences.close_doors();
    let body = json!({ "display_name": "Late" });
    let (status, answer) = hub.person(CLINIC).knock(body, Some("1111")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text(&answer, "status"), "failed");
    assert_eq!(hub.hub.conferences.counts().participants, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_let_in_is_told_what_clients_need() {
    let hub = hub_with_clinic().await;
    let result = hub.person(CLINIC).enter("Æ Ø", Some("none")).await;
    assert_eq!(result["role"], "GUEST");
    assert_eq!(result["current_service_type"], "waiting_room");
    assert_eq!(result["expires"], "120");
    assert_eq!(result["display_name"], "Æ Ø");
    assert_eq!(result["conference_name"], CLINIC);
    assert_eq!(result["chat_enabled"], true);
    assert_eq!(result["service_type"], "conference");
    let result = hub
        .person("CLINIC@rooms.Example")
        .enter("H", Some("1111"))
        .await;
    assert_eq!(result["role"], "HOST");
    assert_eq!(result["current_service_type"], "conference");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_room_is_not_found_in_the_apis_words() {
    let hub = TestHub::start().await;
    let body = json!({ "display_name": "A" });
    for alias in ["nobody@rooms.example", "%20", &"x".repeat(300)] {
        let (status, answer) = hub.person(alias).knock(body.clone(), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{alias}");
        assert_eq!(text(&answer, "status"), "failed");
        assert_eq!(
            text(&answer, "result"),
            "Neither conference nor gateway found"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_lets_nobody_in() {
    let hub = hub_with_clinic().await;
    let body = json!({ "display_name": "", "vdx": { "check": true } });
    let (status, answer) = hub.person(CLINIC).knock(body.clone(), Some("1111")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(text(&answer, "result.role"), "HOST");
    assert!(answer["result"]["token"].is_null());
    let (status, _) = hub.person(CLINIC).knock(body, Some("9999")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(hub.hub.conferences.counts().participants, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_hosts_alone_who_waits() {
    let hub = hub_with_clinic().await;
    let check = json!({ "display_name": "", "vdx": { "check": true } });
    let (_, nobody) = hub.person(CLINIC).knock(check.clone(), Some("1111")).await;
    assert_eq!(nobody["result"]["waiting"], json!([]));

    hub.person(CLINIC).enter("First", Some("none")).await;
    hub.clock.advance(Duration::from_secs(42));
    hub.person(CLINIC).enter("Second", Some("none")).await;
    let (_, host) = hub.person(CLINIC).knock(check.clone(), Some("1111")).await;
    let expected = json!([
        { "display_name": "First", "seconds": 42 },
        { "display_name": "Second", "seconds": 0 },
    ]);
    assert_eq!(host["result"]["waiting"], expected);
    let (_, guest) = hub.person(CLINIC).knock(check.clone(), Some("none")).await;
    assert_eq!(guest["result"], json!({ "role": "GUEST" }));

    hub.person(CLINIC).enter("Host", Some("1111")).await;
    let (_, inside) = hub.person(CLINIC).knock(check, Some("1111")).await;
    assert_eq!(inside["result"]["waiting"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_of_the_best_quality_says_so() {
    let hub = TestHub::start().await;
    for (alias, vmr_quality, allowed) in [
        ("sd@rooms.example", VmrQuality::Sd, false),
        ("hd@rooms.example", VmrQuality::Hd, false),
        ("fullhd@rooms.example", VmrQuality::Fullhd, true),
    ] {
        let settings = RoomSettings {
            vmr_quality,
            ..RoomSettings::default()
        };
        hub.add_room(NewRoom {
            alias,
            settings,
            ..NewRoom::default()
        })
        .await;
        let result = hub.person(alias).enter("A", None).await;
        assert_eq!(result["allow_1080p"], allowed, "{alias}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_room_takes_as_many_as_it_may() {
    let hub = TestHub::start().await;
    let settings = RoomSettings {
        max_participants: 1,
        ..RoomSettings::default()
    };
    hub.add_room(NewRoom {
        alias: CLINIC,
        settings,
        ..NewRoom::default()
    })
    .await;
    hub.person(CLINIC).enter("A", None).await;
    let body = json!({ "display_name": "B" });
    let (status, answer) = hub.person(CLINIC).knock(body, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(text(&answer, "result"), "Participant limit reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_and_ends_with_the_stay() {
    let hub = hub_with_clinic().await;
    let mut person = hub.person(CLINIC);
    person.enter("A", Some("1111")).await;
    hub.clock.advance(Duration::from_secs(100));
    let (status, answer) = person.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(text(&answer, "result.expires"), "120");
    assert_eq!(text(&answer, "result.role"), "HOST");
    let old = std::mem::replace(&mut person.token, text(&answer, "result.token").to_owned());
    hub.clock.advance(Duration::from_secs(100));
    let (status, _) = person.call(Method::GET, "participants", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let mut expired = person.clone();
    expired.token = old;
    let (status, answer) = expired.call(Method::GET, "participants", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(text(&answer, "result"), "Invalid token");

    let (status, answer) = person.call(Method::POST, "release_token", json!({})).await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &json!(true)));
    let (status, _) = person.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_page_leaves_with_the_token_in_the_query() {
    let hub = hub_with_clinic().await;
    let mut person = hub.person(CLINIC);
    person.enter("A", Some("1111")).await;
    let url = format!("{}/release_token?token={}", person.base(), person.token);
    let reply = hub.http.post(url).body("{}").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    let (status, _) = person.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_room_is_no_good_in_another() {
    let hub = hub_with_clinic().await;
    hub.add_room(NewRoom {
        alias: "other@rooms.example",
        ..NewRoom::default()
    })
    .await;
    let mut person = hub.person(CLINIC);
    person.enter("A", Some("1111")).await;
    let mut elsewhere = hub.person("other@rooms.example");
    elsewhere.token.clone_from(&person.token);
    for token in [person.token.as_str(), "", "x", "a.b"] {
        token.clone_into(&mut elsewhere.token);
        let (status, _) = elsewhere.call(Method::GET, "participants", json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{token}");
    }
}
