//! A full node: whom it lets in, and what it says.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_conference::capacity::Load;
use vdx_testkit::{NewRoom, TestHub};

use super::{CLINIC, hub_with_clinic, text};

const WARD: &str = "ward@rooms.example";
/// Long enough for what was measured before to have faded.
const LONG: Duration = Duration::from_secs(60);

/// Uses so much of a media thread's processor.
fn busy(hub: &TestHub, share: f64) {
    let load = Load {
        media_thread: share,
        ..Load::default()
    };
    hub.hub.conferences.measured(load, LONG);
}

async fn hub_with_two_rooms() -> TestHub {
    let hub = hub_with_clinic().await;
    hub.add_room(NewRoom {
        alias: WARD,
        ..NewRoom::default()
    })
    .await;
    hub
}

async fn knock(hub: &TestHub, alias: &str, pin: &str) -> StatusCode {
    let body = json!({ "display_name": "Somebody" });
    hub.person(alias).knock(body, Some(pin)).await.0
}

async fn ready(hub: &TestHub) -> (StatusCode, Value) {
    let url = format!("{}/readyz", hub.url);
    let reply = hub.http.get(url).send().await.unwrap();
    (reply.status(), reply.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_node_refuses_newcomers_and_keeps_those_inside() {
    let hub = hub_with_two_rooms().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    busy(&hub, 0.99);

    let request = hub
        .http
        .post(format!("{}/request_token", hub.person(CLINIC).base()))
        .header("pin", "none")
        .json(&json!({ "display_name": "Guest" }));
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers()["retry-after"], "30");
    let body: Value = reply.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "status": "failed", "result": "Out of resource" })
    );

    // Whoever is in renews, listens, and may open a call.
    let (status, answer) = host.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    host.token = text(&answer, "result.token").to_owned();
    host.listen().await.until("participant_sync_end").await;
    let garbage = json!({ "call_type": "WEBRTC", "sdp": "garbage" });
    let (status, _) = host.do_own("calls", garbage).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "the offer is looked at");

    let (status, parts) = ready(&hub).await;
    assert_eq!(status, StatusCode::OK, "{parts}");
    assert_eq!(parts["capacity"]["doors"], "closed");
    assert_eq!(parts["capacity"]["scarcest"], "media_thread");
    assert_eq!(hub.hub.conferences.refusals().no_capacity, 1);

    busy(&hub, 0.1);
    assert_eq!(knock(&hub, CLINIC, "none").await, StatusCode::OK);
    assert_eq!(ready(&hub).await.1["capacity"]["doors"], "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nearly_full_node_completes_meetings_and_begins_none() {
    let hub = hub_with_two_rooms().await;
    hub.person(CLINIC).enter("Guest", Some("none")).await;
    busy(&hub, 0.8);
    assert_eq!(
        knock(&hub, WARD, "none").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        knock(&hub, CLINIC, "1111").await,
        StatusCode::OK,
        "is awaited"
    );
    // Who only asks whether the PIN is right is told.
    let (status, _) = hub
        .person(WARD)
        .knock(json!({ "vdx": { "check": true } }), Some("none"))
        .await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_media_thread_shows_that_it_lives() {
    let hub = hub_with_clinic().await;
    let (_, parts) = ready(&hub).await;
    let threads = parts["media_threads"].as_array().unwrap();
    assert_eq!(threads.len(), 1);
    assert!(threads[0].as_u64().unwrap() < 10_000, "{parts}");
    hub.engine.stop();
    let (status, parts) = ready(&hub).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(parts["media"], false);
}
