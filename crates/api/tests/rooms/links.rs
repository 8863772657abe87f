//! Short links and their tickets.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use vdx_testkit::TestHub;

use super::text;

async fn look_up(hub: &TestHub, short_id: &str) -> (StatusCode, Value) {
    let url = format!("{}/api/hub/v1/links/{short_id}", hub.url);
    let reply = hub.http.get(url).send().await.unwrap();
    (reply.status(), reply.json().await.unwrap())
}

async fn link_of(hub: &TestHub, meeting: Value) -> (String, Value) {
    let booked = hub.book(meeting).await;
    let short_id = text(&booked, "shortId").to_owned();
    let (status, link) = look_up(hub, &short_id).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!link.to_string().to_lowercase().contains("host"), "{link}");
    (short_id, link)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_link_lets_a_guest_in_without_a_pin() {
    let hub = TestHub::start().await;
    let (_, link) = link_of(&hub, json!({ "callType": "video" })).await;
    assert_eq!(text(&link, "state"), "open");
    assert_eq!(link["pin_required"], false);
    assert_eq!(text(&link, "guest_microphone"), "on");
    assert_eq!(text(&link, "call_type"), "video");
    assert!(link["return_url"].is_null());
    let person = hub.person(text(&link, "address"));
    let body = |ticket: &str| json!({ "display_name": "A", "token": ticket });
    let (status, answer) = person.knock(body(text(&link, "ticket")), None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(text(&answer, "result.role"), "GUEST");
    assert_eq!(text(&answer, "result.current_service_type"), "waiting_room");

    let (_, other) = link_of(&hub, json!({})).await;
    let (status, answer) = person.knock(body(text(&other, "ticket")), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a ticket of another room");
    assert_eq!(text(&answer, "result.guest_pin"), "required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_while_pins_are_not_read() {
    let hub = TestHub::start().await;
    let (_, link) = link_of(&hub, json!({})).await;
    let person = hub.person(text(&link, "address"));
    let body = json!({ "display_name": "A", "token": link["ticket"] });
    for _ in 0..7 {
        let (status, _) = person.knock(body.clone(), Some("000000")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let (status, _) = person.knock(body, None).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_pin_is_asked_there_is_no_ticket() {
    let hub = TestHub::start().await;
    let (_, link) = link_of(&hub, json!({ "guestPinRequired": true, "guestPin": 4321 })).await;
    assert_eq!(link["pin_required"], true);
    assert!(link["ticket"].is_null());
    assert!(!link.to_string().contains("4321"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_says_when_it_opens_and_that_it_is_over() {
    let hub = TestHub::start().await;
    let start = hub.hub.clock.now() + Duration::from_secs(3600);
    let end = start + Duration::from_secs(600);
    let times = json!({ "startTime": start.to_string(), "endTime": end.to_string() });
    let (short_id, link) = link_of(&hub, times).await;
    assert_eq!(text(&link, "state"), "not_yet");
    assert!(link["ticket"].is_null());
    let opens: jiff::Timestamp = text(&link, "opens_at").parse().unwrap();
    assert_eq!(start.as_second() - opens.as_second(), 15 * 60);
    hub.clock.advance(Duration::from_secs(46 * 60));
    let (_, link) = look_up(&hub, &short_id).await;
    assert_eq!(text(&link, "state"), "open");
    hub.clock.advance(Duration::from_secs(3600));
    let (_, link) = look_up(&hub, &short_id).await;
    assert_eq!(text(&link, "state"), "over");
    assert!(link["ticket"].is_null());
    let body = json!({ "display_name": "A" });
    let (status, _) = hub.person(text(&link, "address")).knock(body, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_says_that_its_meeting_was_moved_or_cancelled() {
    let hub = TestHub::start().await;
    let now = hub.hub.clock.now().as_second();
    let at = |minutes: i64| {
        jiff::Timestamp::from_second(now + 60 * minutes)
            .unwrap()
            .to_string()
    };
    let (start, later, end) = (at(60), at(90), at(120));
    let booked = hub
        .book(json!({ "startTime": start, "endTime": end }))
        .await;
    let short_id = text(&booked, "shortId");
    let (_, link) = look_up(&hub, short_id).await;
    assert!(link.get("moved_from").is_none(), "{link}");

    let meeting = format!("{}/videoapi/v2/meetings/{}", hub.url, text(&booked, "uuid"));
    let change = hub
        .http
        .patch(&meeting)
        .json(&json!({ "startTime": later }));
    let reply = change.bearer_auth(hub.token().await).send().await.unwrap();
    assert!(reply.status().is_success());
    let (_, link) = look_up(&hub, short_id).await;
    assert_eq!(
        (&link["starts_at"], &link["moved_from"]),
        (&json!(later), &json!(start))
    );

    let delete = hub.http.delete(&meeting).bearer_auth(hub.token().await);
    assert!(delete.send().await.unwrap().status().is_success());
    let (status, link) = look_up(&hub, short_id).await;
    let theme = link["theme"].clone();
    let cancelled =
        json!({ "state": "cancelled", "starts_at": later, "ends_at": end, "theme": theme });
    assert_eq!((status, link), (StatusCode::OK, cancelled));
    hub.clock.advance(Duration::from_secs(26 * 3600));
    let (status, _) = look_up(&hub, short_id).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a day after its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_link_is_not_found() {
    let hub = TestHub::start().await;
    for short_id in ["000000000000", "x", "%00"] {
        let (status, answer) = look_up(&hub, short_id).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(text(&answer, "error"), "not_found");
    }
}
