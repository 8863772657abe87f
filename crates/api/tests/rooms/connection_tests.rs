//! Connection tests: a room for one visitor, and results that helpers look up.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_bench::Generator;
use vdx_domain::{ApiRole, RoomKey};
use vdx_store::call_records;
use vdx_testkit::TestHub;

use super::calls::{open_call, receives};
use super::text;

async fn begin_from(hub: &TestHub, address: Option<IpAddr>) -> reqwest::Response {
    let http = reqwest::Client::builder().local_address(address);
    let url = format!("{}/api/hub/v1/connection-tests", hub.url);
    http.build().unwrap().post(url).send().await.unwrap()
}

async fn begin(hub: &TestHub) -> Value {
    let reply = begin_from(hub, None).await;
    assert_eq!(reply.status(), StatusCode::OK);
    reply.json().await.unwrap()
}

fn results(verdict: &str) -> Value {
    json!({
        "verdict": verdict,
        "ways": [{ "way": "udp", "connected_ms": 120 }, { "way": "tcp", "connected_ms": null }],
        "events": true,
        "measured": {
            "way": "udp", "rtt_ms": 20, "loss_up_percent": 0.5, "loss_down_percent": 0.0,
            "jitter_up_ms": 3, "jitter_down_ms": 4, "available_up_kbps": 2500,
            "sent_kbps": 1800, "received_kbps": 1200,
        },
        "browser": "firefox",
        "browser_version": 140,
        "system": "windows",
    })
}

async fn tell(hub: &TestHub, test: &Value, ticket: &str, results: &Value) -> StatusCode {
    let reference = text(test, "reference");
    let url = format!("{}/api/hub/v1/connection-tests/{reference}", hub.url);
    let request = hub.http.put(url).header("ticket", ticket).json(results);
    request.send().await.unwrap().status()
}

async fn read(hub: &TestHub, role: ApiRole, reference: &str) -> (StatusCode, Value) {
    let token = hub.token_with(&[role]).await;
    let url = format!("{}/api/hub/v1/connection-tests/{reference}", hub.url);
    let reply = hub.http.get(url).bearer_auth(token).send().await.unwrap();
    (reply.status(), reply.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_meets_oneself_and_nothing_of_it_is_counted_or_kept() {
    let hub = TestHub::start().await;
    let test = begin(&hub).await;
    assert_eq!(test["expires_in_seconds"], 120);
    let generator = Generator::start().unwrap();
    let (mut sender, mut receiver) = (
        hub.person(text(&test, "address")),
        hub.person(text(&test, "address")),
    );
    let entered = sender.enter("Test", None).await;
    assert_eq!(text(&entered, "current_service_type"), "conference");
    receiver.enter("Test", None).await;
    let (_, from) = open_call(&sender, &generator, None).await;
    let (_, to) = open_call(&receiver, &generator, None).await;
    receives(&generator, to, from).await;

    let conferences = &hub.hub.conferences;
    assert_eq!(conferences.counts().participants, 0);
    assert_eq!(conferences.live_calls(|_| true, 10), []);
    let today = conferences.today();
    let figures = conferences.participants(None, today, today).await.unwrap();
    assert_eq!((figures.now, figures.days), (0, vec![]));
    let mut reader = hub.db.reader();
    let going_on = vdx_store::live_conferences::all(&mut reader).await.unwrap();
    assert_eq!(going_on, []);

    conferences.shut_down(Duration::from_secs(5)).await;
    let room = RoomKey::Test(text(&test, "reference").parse().unwrap());
    let records = call_records::of_room(&mut reader, room).await.unwrap();
    assert_eq!(records, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_room_is_open_for_two_minutes_and_only_at_its_address() {
    let hub = TestHub::start().await;
    let test = begin(&hub).await;
    let mut visitor = hub.person(text(&test, "address"));
    visitor.enter("Test", None).await;
    let mut events = visitor.listen().await;
    let body = json!({ "display_name": "Test" });
    let (status, _) = hub
        .person(text(&test, "reference"))
        .knock(body.clone(), None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    hub.clock.advance(Duration::from_secs(120));
    events.until("disconnect").await;
    let (status, _) = visitor.knock(body, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = visitor.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tested_tells_and_who_helps_reads() {
    let hub = TestHub::start().await;
    let (test, other) = (begin(&hub).await, begin(&hub).await);
    let (reference, ticket) = (text(&test, "reference"), text(&test, "ticket"));
    let (_, before) = read(&hub, ApiRole::Operator, reference).await;
    assert_eq!(before["results"], Value::Null);

    let found = results("good");
    for wrong in ["", "x", text(&other, "ticket")] {
        let status = tell(&hub, &test, wrong, &found).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let mut too_much = found.clone();
    too_much["name"] = json!("Somebody");
    for (body, status) in [
        (&too_much, StatusCode::BAD_REQUEST),
        (&found, StatusCode::NO_CONTENT),
        (&found, StatusCode::NO_CONTENT),
        (&results("none"), StatusCode::CONFLICT),
    ] {
        assert_eq!(tell(&hub, &test, ticket, body).await, status);
    }
    // The test is over with it.
    let body = json!({ "display_name": "Test" });
    let (status, _) = hub.person(text(&test, "address")).knock(body, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    for role in ApiRole::ALL {
        let helps = matches!(role, ApiRole::Operator | ApiRole::ManagementAdmin);
        let (status, body) = read(&hub, *role, &reference.to_lowercase()).await;
        if helps {
            assert_eq!(status, StatusCode::OK, "{body}");
            assert_eq!(body["results"], found);
            assert_eq!(text(&body, "reference"), reference);
        } else {
            assert_eq!(status, StatusCode::FORBIDDEN, "{role}");
        }
    }
    let url = format!("{}/api/hub/v1/connection-tests/{reference}", hub.url);
    let reply = hub.http.get(url).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    for unknown in ["000000", "BCDFGH", "%00"] {
        let (status, _) = read(&hub, ApiRole::Operator, unknown).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_told_within_ten_minutes() {
    let hub = TestHub::start().await;
    let (test, late) = (begin(&hub).await, begin(&hub).await);
    hub.clock.advance(Duration::from_secs(599));
    let found = results("ok");
    let status = tell(&hub, &test, text(&test, "ticket"), &found).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    hub.clock.advance(Duration::from_secs(1));
    let status = tell(&hub, &late, text(&late, "ticket"), &found).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// Begins tests from one address until one is refused; says how many began.
async fn fill(hub: &TestHub, address: &str) -> (usize, reqwest::Response) {
    let address = Some(address.parse().unwrap());
    for begun in 0..100 {
        let reply = begin_from(hub, address).await;
        if reply.status() != StatusCode::OK {
            assert!(reply.headers().contains_key("retry-after"));
            return (begun, reply);
        }
    }
    panic!("there is no limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_begin_and_no_more() {
    let hub = TestHub::start().await;
    let (first, refused) = fill(&hub, "127.0.0.2").await;
    assert!((20..40).contains(&first), "{first} from one address");
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let (second, _) = fill(&hub, "127.0.0.3").await;
    let (third, refused) = fill(&hub, "127.0.0.4").await;
    assert!((40..=50).contains(&(first + second + third)), "{third}");
    assert!(matches!(refused.status().as_u16(), 429 | 503));
}
