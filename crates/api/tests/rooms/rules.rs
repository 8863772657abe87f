//! Rules of booked rooms: how guests come in, timers, ends.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_domain::{RoomSettings, VmrType};
use vdx_testkit::{Events, NewRoom, Person, TestHub};

use super::{CLINIC, assert_done, assert_refused, text};

/// Lets the hub's clock run, and the hub look at it; tokens are renewed.
async fn wait(hub: &TestHub, people: &mut [&mut Person], seconds: u64) {
    for _ in 0..seconds / 60 {
        hub.clock.advance(Duration::from_secs(60));
        for person in &mut *people {
            let (status, answer) = person.call(Method::POST, "refresh_token", json!({})).await;
            if status == StatusCode::OK {
                text(&answer, "result.token").clone_into(&mut person.token);
            }
        }
    }
}

/// The address of a meeting's room.
async fn address(hub: &TestHub, meeting: &Value) -> String {
    let link = format!("{}/api/hub/v1/links/{}", hub.url, text(meeting, "shortId"));
    let reply = hub.http.get(link).send().await.unwrap();
    let link: Value = reply.json().await.unwrap();
    text(&link, "address").to_owned()
}

async fn reason(events: &mut Events) -> String {
    let told = events.until("disconnect").await;
    told["reason"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meetings_call_type_and_microphone_hold_for_its_guests() {
    let hub = TestHub::start().await;
    let meeting = hub
        .book(json!({
            "guestMicrophone": "off",
            "callType": "VideoSendOnlyPresentationRecvOnly",
            "hostPin": 1111,
            "guestPin": 2222,
        }))
        .await;
    let address = address(&hub, &meeting).await;
    let (mut host, mut guest) = (hub.person(&address), hub.person(&address));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("2222")).await;
    let mut events = host.listen().await;
    let row = events
        .until_such("participant_create", |row| row["uuid"] == guest.uuid)
        .await;
    assert_eq!(row["is_muted"], "YES");
    assert_eq!(row["mute_supported"], "NO");
    for by in [&guest, &host] {
        let answer = by.do_to(&guest, "unmute", json!({})).await;
        assert_refused(&answer, 403, "Invalid role");
    }
    let answer = guest.do_own("take_floor", json!({})).await;
    assert_refused(&answer, 403, "Invalid role");
    let (status, _) = host.do_own("take_floor", json!({})).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lecture_says_that_it_is_one() {
    let hub = TestHub::start().await;
    hub.add_room(NewRoom {
        alias: CLINIC,
        host_pin: Some("1111"),
        settings: RoomSettings {
            vmr_type: VmrType::Lecture,
            ..RoomSettings::default()
        },
        ..NewRoom::default()
    })
    .await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    let result = host.enter("Host", Some("1111")).await;
    assert_eq!(result["service_type"], "lecture");
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    let me = events
        .until_such("participant_create", |row| row["uuid"] == guest.uuid)
        .await;
    assert_eq!(me["service_type"], "lecture");
    assert_eq!(me["is_muted"], "YES");
    let state = events.until("conference_update").await;
    assert_eq!(state["guests_muted"], true);
    assert_eq!(state["guests_can_unmute"], false);
    let answer = guest.do_own("unmute", json!({})).await;
    assert_refused(&answer, 403, "Invalid role");
    assert_done(&guest.do_own("buzz", json!({})).await);
    assert_done(&host.do_to(&guest, "unmute", json!({})).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_alone_are_told_that_the_hosts_have_left() {
    let hub = super::hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    host.call(Method::POST, "release_token", json!({})).await;
    wait(&hub, &mut [&mut guest], 60).await;
    assert_eq!(
        reason(&mut events).await,
        "All conference hosts departed hosted conference"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_an_hour_for_a_host_is_told_that_none_came() {
    let hub = super::hub_with_clinic().await;
    let mut guest = hub.person(CLINIC);
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    wait(&hub, &mut [&mut guest], 3600).await;
    assert!(
        reason(&mut events)
            .await
            .starts_with("Timeout waiting for conference host")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_meeting_is_announced_and_comes() {
    let hub = TestHub::start().await;
    let meeting = hub
        .book(json!({ "endMeetingOnEndTime": true, "hostPin": 1111 }))
        .await;
    let address = address(&hub, &meeting).await;
    let mut host = hub.person(&address);
    host.enter("Host", Some("1111")).await;
    let mut events = host.listen().await;
    let state = events.until("conference_update").await;
    assert_eq!(state["end_action"], "disconnect");
    let end = state["end_time"].as_i64().unwrap();
    let mut warned: Vec<Value> = Vec::new();
    while warned.len() < 3 {
        wait(&hub, &mut [&mut host], 60).await;
        let left = end - hub.hub.clock.now().as_second();
        assert!(left > 0, "warned of {warned:?} only");
        let due = [600, 300, 60].iter().filter(|mark| left <= **mark).count();
        while warned.len() < due {
            let told = events.until("vdx_ending").await;
            assert_eq!(told["end_time"], end);
            warned.push(told["within_seconds"].clone());
        }
    }
    assert_eq!(warned, [json!(600), json!(300), json!(60)]);
    wait(&hub, &mut [&mut host], 60).await;
    assert_eq!(
        reason(&mut events).await,
        "API initiated conference termination"
    );
}
