//! Messages.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_testkit::{NewRoom, TestHub};

use super::{CLINIC, assert_done, assert_refused, hub_with_clinic};

fn plain(payload: &str) -> Value {
    json!({ "type": "text/plain", "payload": payload })
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_reach_the_others_or_one() {
    let hub = hub_with_clinic().await;
    let (mut host, mut a, mut b) = (hub.person(CLINIC), hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Læge", Some("1111")).await;
    let body = json!({ "display_name": "A", "supports_direct_chat": true });
    let (_, answer) = a.knock(body, Some("none")).await;
    a.entered(&answer);
    b.enter("B", Some("none")).await;
    let (mut host_hears, mut b_hears) = (host.listen().await, b.listen().await);
    let row = host_hears
        .until_such("participant_create", |row| row["uuid"] == a.uuid)
        .await;
    assert_eq!(row["supports_direct_chat"], true);

    assert_done(&a.call(Method::POST, "message", plain("Goddag æøå")).await);
    for events in [&mut host_hears, &mut b_hears] {
        assert_eq!(
            events.until("message_received").await,
            json!({ "type": "text/plain", "payload": "Goddag æøå", "origin": "A",
                    "uuid": a.uuid, "direct": false })
        );
    }
    let body = json!({ "type": "application/json", "payload": "{\"n\":1}" });
    assert_done(&host.do_to(&b, "message", body).await);
    let told = b_hears.until("message_received").await;
    assert_eq!(told["direct"], true);
    assert_eq!(told["type"], "application/json");
    assert_eq!(told["origin"], "Læge");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_have_types_sizes_and_a_rate() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    for body in [
        plain(""),
        plain(&"x".repeat(8193)),
        json!({ "type": "text/html", "payload": "x" }),
        json!({ "payload": "x" }),
        json!({ "type": "text/plain" }),
    ] {
        let (status, answer) = host.call(Method::POST, "message", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    let largest = plain(&"x".repeat(8192));
    assert_done(&host.call(Method::POST, "message", largest).await);
    // One more is earned each second, and sending is faster than that.
    for _ in 0..1000 {
        let answer = host.call(Method::POST, "message", plain("x")).await;
        if answer.0 != StatusCode::OK {
            return assert_refused(&answer, 429, "Too many messages");
        }
    }
    panic!("there is no limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_without_chat_says_so() {
    let hub = TestHub::start().await;
    hub.add_room(NewRoom {
        alias: CLINIC,
        without_chat: true,
        ..NewRoom::default()
    })
    .await;
    let mut host = hub.person(CLINIC);
    let result = host.enter("Host", None).await;
    assert_eq!(result["chat_enabled"], false);
    let answer = host.call(Method::POST, "message", plain("x")).await;
    assert_refused(&answer, 403, "Disabled");
}
