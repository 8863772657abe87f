//! Guessing PINs, and who comes in all the same.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_testkit::{NewRoom, Person, TestHub};

use super::{CLINIC, hub_with_clinic, text};

/// Addresses of different subscribers.
fn address(n: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 1, n).into()
}

/// Is refused, and gives what is told of further PINs.
async fn guess(person: &Person, pin: &str) -> Value {
    let (status, mut answer) = person
        .knock(json!({ "display_name": "A" }), Some(pin))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let tries = answer["vdx"].take();
    let refusal = json!({ "status": "failed", "result": "Invalid PIN", "vdx": null });
    assert_eq!(answer, refusal, "the answer tells nothing else");
    tries
}

/// Uses up what a room bears: its PINs are not read from anywhere.
async fn attack(hub: &TestHub, alias: &str) {
    for n in 1..=10 {
        let person = hub.person(alias).at_address(address(n));
        for _ in 0..3 {
            guess(&person, "90909").await;
        }
    }
}

async fn host_link(hub: &TestHub, alias: &str, bearer: &str) -> (StatusCode, Value) {
    let url = format!("{}/api/hub/v1/rooms/{alias}/host-link", hub.url);
    let reply = hub.http.post(url).bearer_auth(bearer).send().await.unwrap();
    (reply.status(), reply.json().await.unwrap())
}

fn ticket_in(link: &Value) -> &str {
    text(link, "link").split_once("#/?ticket=").unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_few_tries_and_guests_without_a_pin_come_in() {
    let hub = hub_with_clinic().await;
    let body = json!({ "display_name": "A" });
    let person = hub.person(CLINIC);
    for _ in 0..3 {
        guess(&person, "0000").await;
    }
    guess(&person, "1111").await;
    let (status, _) = person.knock(body.clone(), Some("none")).await;
    assert_eq!(status, StatusCode::OK);
    let elsewhere = person.clone().at_address(address(1));
    let (status, _) = elsewhere.knock(body.clone(), Some("1111")).await;
    assert_eq!(status, StatusCode::OK, "from another address");
    hub.clock.advance(Duration::from_secs(3 * 3600));
    let (status, _) = person.knock(body, Some("1111")).await;
    assert_eq!(status, StatusCode::OK, "three hours later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_tells_how_many_more_are_read_and_of_the_pin_nothing() {
    let hub = hub_with_clinic().await;
    let person = hub.person(CLINIC);
    assert_eq!(
        guess(&person, "x").await,
        json!({ "tries_left": 3 }),
        "no PIN"
    );
    for left in [2, 1] {
        assert_eq!(guess(&person, "0000").await, json!({ "tries_left": left }));
    }
    let mut waits = Vec::new();
    // The last that is read, and then a wrong, a right and an impossible one.
    for pin in ["0000", "0000", "1111", "x"] {
        let tries = guess(&person, pin).await;
        assert_eq!(tries["tries_left"], 0, "{pin}");
        waits.push(tries["retry_after_seconds"].as_u64().unwrap());
    }
    let three_hours = 3 * 3600;
    assert!(
        waits
            .iter()
            .all(|wait| (three_hours - 60..=three_hours + 1).contains(wait)),
        "{waits:?}"
    );
    hub.clock.advance(Duration::from_secs(waits[0]));
    let body = json!({ "display_name": "A" });
    let (status, _) = person.knock(body, Some("1111")).await;
    assert_eq!(status, StatusCode::OK, "when it was said");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_tries_of_a_room_are_shared_by_all_addresses() {
    let hub = hub_with_clinic().await;
    for n in 1..=2 {
        let person = hub.person(CLINIC).at_address(address(n));
        for _ in 0..3 {
            guess(&person, "90909").await;
        }
    }
    let newcomer = hub.person(CLINIC).at_address(address(3));
    assert_eq!(guess(&newcomer, "90909").await, json!({ "tries_left": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_no_pin_uses_nothing_up() {
    let hub = hub_with_clinic().await;
    let person = hub.person(CLINIC);
    for pin in ["1", "12x4", "123456789012345678901", "1111 "] {
        for _ in 0..5 {
            let body = json!({ "display_name": "A", "vdx": { "check": true } });
            person.knock(body, Some(pin)).await;
        }
    }
    let body = json!({ "display_name": "A" });
    let (status, _) = person.knock(body, Some("1111")).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_room_under_attack_the_rightful_still_come_in() {
    let hub = TestHub::start().await;
    let booked = hub.book(json!({})).await;
    let url = format!("{}/api/hub/v1/links/{}", hub.url, text(&booked, "shortId"));
    let link: Value = hub
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let alias = text(&link, "address");
    let bearer = hub.token().await;
    let url = format!(
        "{}/videoapi/v2/scheduling-info/{}",
        hub.url,
        text(&booked, "uuid")
    );
    let room = hub.http.get(url).bearer_auth(&bearer).send().await.unwrap();
    let room: Value = room.json().await.unwrap();
    let host_pin = room["hostPin"].to_string();

    let mut inside = hub.person(alias);
    inside.enter("Host", Some(&host_pin)).await;
    attack(&hub, alias).await;
    let newcomer = hub.person(alias).at_address(address(99));
    guess(&newcomer, &host_pin).await;

    let (status, _) = inside.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::OK, "who is inside stays");
    let knock = async |ticket: &str, pin| {
        newcomer
            .knock(json!({ "display_name": "A", "token": ticket }), pin)
            .await
    };
    let (status, answer) = knock(text(&link, "ticket"), None).await;
    assert_eq!(
        (status, text(&answer, "result.role")),
        (StatusCode::OK, "GUEST")
    );
    let (_, made) = host_link(&hub, alias, &bearer).await;
    assert!(
        text(&made, "link").starts_with(&format!("{}/m/", hub.url)),
        "{made}"
    );
    assert_eq!(made["expires_at"], link["ends_at"]);
    for pin in [None, Some("none"), Some("90909"), Some(host_pin.as_str())] {
        let (status, answer) = knock(ticket_in(&made), pin).await;
        assert_eq!(
            (status, text(&answer, "result.role")),
            (StatusCode::OK, "HOST")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgives_no_wrong_pin() {
    let mut hub = hub_with_clinic().await;
    attack(&hub, CLINIC).await;
    hub.restart().await;
    let newcomer = hub.person(CLINIC).at_address(address(99));
    guess(&newcomer, "1111").await;
    hub.clock.advance(Duration::from_secs(3 * 3600));
    let body = json!({ "display_name": "A" });
    let (status, _) = newcomer.knock(body, Some("1111")).await;
    assert_eq!(status, StatusCode::OK, "one more after three hours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosts_link_is_for_its_room_ends_and_is_made_for_who_may_read_the_pin() {
    let hub = hub_with_clinic().await;
    hub.add_room(NewRoom {
        alias: "other@rooms.example",
        host_pin: Some("2222"),
        ..NewRoom::default()
    })
    .await;
    let (status, made) =
        host_link(&hub, CLINIC, &hub.token_with(&[ApiRole::MeetingUser]).await).await;
    assert_eq!(status, StatusCode::OK);
    let page = format!("{}/webapp3/m/{CLINIC}#/?ticket=", hub.url);
    assert!(text(&made, "link").starts_with(&page), "{made}");
    let body = json!({ "display_name": "A", "token": ticket_in(&made) });
    let (status, answer) = hub.person(CLINIC).knock(body.clone(), None).await;
    assert_eq!(
        (status, text(&answer, "result.role")),
        (StatusCode::OK, "HOST")
    );
    let (status, _) = hub
        .person("other@rooms.example")
        .knock(body.clone(), None)
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "of another room");
    hub.clock.advance(Duration::from_secs(24 * 3600));
    let (status, _) = hub.person(CLINIC).knock(body, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a day later");

    let (status, _) = host_link(&hub, CLINIC, "nobody").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = host_link(&hub, "nobody@rooms.example", &hub.token().await).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    hub.add_organisation("other").await;
    let identity = Some(("other", "planner@example.org"));
    let stranger = hub
        .add_client_as(&[ApiRole::MeetingPlanner], identity)
        .await;
    let (status, _) = host_link(&hub, CLINIC, &hub.token_of(&stranger).await).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
