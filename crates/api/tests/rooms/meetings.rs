//! What hosts do to the meeting their room belongs to: a longer one, and an
//! invitation to it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_store::{audit, both_engines};
use vdx_testkit::{NewRoom, Person, TestHub};

use super::{CLINIC, assert_refused, hub_with_clinic, text};

/// A meeting that ends in so many seconds, and its host inside.
async fn in_meeting(hub: &TestHub, seconds: u64, more: Value) -> (Value, Person) {
    let end = hub.hub.clock.now() + Duration::from_secs(seconds);
    let mut wish = json!({ "endTime": end.to_string(), "hostPin": 4711, "guestPin": 5822 });
    wish.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let booked = hub.book(wish).await;
    let mut host = hub.person(&address(hub, &booked).await);
    host.enter("Host", Some("4711")).await;
    (booked, host)
}

async fn address(hub: &TestHub, booked: &Value) -> String {
    text(&link(hub, booked).await, "address").to_owned()
}

async fn link(hub: &TestHub, booked: &Value) -> Value {
    let short_id = text(booked, "shortId");
    let url = format!("{}/api/hub/v1/links/{short_id}", hub.url);
    hub.http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

fn end_of(booked: &Value) -> i64 {
    let end: jiff::Timestamp = text(booked, "endTime").parse().unwrap();
    end.as_second()
}

async fn extend(person: &Person, minutes: i64) -> (StatusCode, Value) {
    let wish = json!({ "minutes": minutes });
    person.call(Method::POST, "vdx_extend", wish).await
}

async fn invitation(person: &Person) -> (StatusCode, Value) {
    person.call(Method::GET, "vdx_invitation", json!({})).await
}

both_engines! {
    async fn a_host_extends_the_meeting_and_everybody_is_told(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (booked, host) = in_meeting(&hub, 90, json!({ "endMeetingOnEndTime": true })).await;
        let end = end_of(&booked);
        let ticket = link(&hub, &booked).await["ticket"].clone();
        let mut guest = hub.person(&address(&hub, &booked).await);
        guest.enter("Guest", Some("5822")).await;
        let mut events = guest.listen().await;
        let status = events.until("conference_update").await;
        assert_eq!((&status["end_time"], &status["vdx_ends_at"]), (&json!(end), &json!(end)));
        assert_eq!(events.until("vdx_ending").await["within_seconds"], 300);

        let (code, answer) = extend(&host, 10).await;
        assert_eq!((code, &answer["result"]), (StatusCode::OK, &json!({ "end_time": end + 600 })));
        let status = events.until("conference_update").await;
        assert_eq!(status["end_time"], end + 600);
        assert_eq!(status["end_action"], "disconnect");
        assert_eq!(status["vdx_ends_at"], end + 600);
        let (_, answer) = host.call(Method::GET, "conference_status", json!({})).await;
        assert_eq!(answer["result"]["end_time"], end + 600);

        // After the old end: those inside stay, and who was given a ticket before
        // it comes in by it.
        hub.clock.advance(Duration::from_secs(100));
        assert_eq!(events.until("vdx_ending").await["end_time"], end + 600);
        assert_eq!(link(&hub, &booked).await["state"], "open");
        let late = hub.person(&address(&hub, &booked).await);
        let body = json!({ "display_name": "Late", "token": ticket });
        let (code, answer) = late.knock(body, None).await;
        assert_eq!((code, text(&answer, "result.role")), (StatusCode::OK, "GUEST"));
        let (code, _) = host.call(Method::POST, "refresh_token", json!({})).await;
        assert_eq!(code, StatusCode::OK);
    }

    async fn a_room_whose_people_may_stay_closes_later_too(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (booked, host) = in_meeting(&hub, 90, json!({})).await;
        let end = end_of(&booked);
        let mut events = host.listen().await;
        let status = events.until("conference_update").await;
        assert_eq!(status["vdx_ends_at"], end);
        assert!(status["end_time"].is_null() && status["end_action"].is_null());
        let (code, _) = extend(&host, 1).await;
        assert_eq!(code, StatusCode::OK);
        assert_eq!(events.until("conference_update").await["vdx_ends_at"], end + 60);
        hub.clock.advance(Duration::from_secs(100));
        let mut late = hub.person(&address(&hub, &booked).await);
        late.enter("Late", Some("5822")).await;
        hub.clock.advance(Duration::from_secs(55));
        let (code, _) = late.knock(json!({ "display_name": "Too late" }), Some("5822")).await;
        assert_eq!(code, StatusCode::NOT_FOUND);
    }

    async fn an_extension_is_a_change_of_the_meeting(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (booked, host) = in_meeting(&hub, 3600, json!({})).await;
        extend(&host, 120).await;
        let id = text(&booked, "uuid");
        let url = format!("{}/videoapi/v2/meetings/{id}", hub.url);
        let request = hub.http.get(url).bearer_auth(hub.token().await);
        let meeting: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(end_of(&meeting), end_of(&booked) + 7200);
        let records = audit::of(&mut hub.db.reader(), id).await.unwrap();
        let by_host = format!("host:{}", host.uuid);
        assert!(records.iter().any(|one| one.operation == "update" && one.actor == by_host));
    }

    async fn an_invitation_holds_no_host_pin_and_is_recorded(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (booked, host) = in_meeting(&hub, 90, json!({})).await;
        let (code, answer) = invitation(&host).await;
        assert_eq!(code, StatusCode::OK);
        assert_eq!(answer["result"], json!({
            "address": address(&hub, &booked).await,
            "guest_pin": "5822",
            "link": text(&booked, "shortLink"),
        }));
        let records = audit::of(&mut hub.db.reader(), text(&booked, "uuid")).await.unwrap();
        let by_host = format!("host:{}", host.uuid);
        let read = |one: &&audit::Record| one.operation == "read" && one.actor == by_host;
        assert_eq!(records.iter().filter(read).count(), 1);
        hub.clock.advance(Duration::from_secs(91));
        assert_refused(&invitation(&host).await, 409, "The meeting is over");
        assert_refused(&extend(&host, 5).await, 409, "The meeting is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_extended_is_said() {
    let hub = TestHub::start().await;
    let (_, host) = in_meeting(&hub, 24 * 3600, json!({})).await;
    for minutes in [0, 121] {
        let refused = extend(&host, minutes).await;
        assert_refused(&refused, 400, "minutes: must be from 1 to 120");
    }
    for minutes in [-1, 1 << 40] {
        assert_eq!(extend(&host, minutes).await.0, StatusCode::BAD_REQUEST);
    }
    let refused = extend(&host, 120).await;
    assert_refused(&refused, 409, "The meeting cannot be that long");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_neither_extend_nor_invite() {
    let hub = TestHub::start().await;
    let (booked, host) = in_meeting(&hub, 3600, json!({})).await;
    let mut guest = hub.person(&address(&hub, &booked).await);
    guest.enter("Guest", Some("5822")).await;
    host.call(Method::POST, "lock", json!({})).await;
    let mut knocking = hub.person(&address(&hub, &booked).await);
    knocking.enter("Knocking", Some("5822")).await;
    for person in [&guest, &knocking] {
        assert_refused(&extend(person, 5).await, 403, "Invalid role");
        assert_refused(&invitation(person).await, 403, "Invalid role");
        let answer = person.call(Method::POST, "vdx_admit_all", json!({})).await;
        assert_refused(&answer, 403, "Invalid role");
    }
    let stranger = hub.person(&address(&hub, &booked).await);
    assert_refused(&invitation(&stranger).await, 403, "Invalid token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_room_has_no_meeting() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    assert_refused(&extend(&host, 5).await, 409, "No meeting");
    let (_, answer) = invitation(&host).await;
    let way_in = json!({ "address": CLINIC, "guest_pin": null, "link": null });
    assert_eq!(answer["result"], way_in);
    let (_, answer) = host.call(Method::GET, "conference_status", json!({})).await;
    assert!(answer["result"]["vdx_ends_at"].is_null());

    hub.add_room(NewRoom {
        alias: "ward@rooms.example",
        host_pin: Some("1111"),
        guest_pin: Some("2222"),
        ..NewRoom::default()
    })
    .await;
    let mut host = hub.person("ward@rooms.example");
    host.enter("Host", Some("1111")).await;
    let (_, answer) = invitation(&host).await;
    assert_eq!(answer["result"]["guest_pin"], "2222");
}

/// A host's link that was made before the meeting was extended.
#[tokio::test(flavor = "multi_thread")]
async fn a_hosts_link_is_good_as_long_as_the_meeting() {
    let hub = TestHub::start().await;
    let (booked, host) = in_meeting(&hub, 60, json!({})).await;
    let alias = address(&hub, &booked).await;
    let url = format!("{}/api/hub/v1/rooms/{alias}/host-link", hub.url);
    let request = hub.http.post(url).bearer_auth(hub.token().await);
    let made: Value = request.send().await.unwrap().json().await.unwrap();
    let (_, ticket) = text(&made, "link").split_once("ticket=").unwrap();
    let body = json!({ "display_name": "Doctor", "token": ticket });
    extend(&host, 1).await;
    hub.clock.advance(Duration::from_secs(65));
    let (code, answer) = hub.person(&alias).knock(body.clone(), None).await;
    assert_eq!(
        (code, text(&answer, "result.role")),
        (StatusCode::OK, "HOST")
    );
    hub.clock.advance(Duration::from_secs(60));
    let (code, _) = hub.person(&alias).knock(body, None).await;
    assert_eq!(code, StatusCode::NOT_FOUND);
}
