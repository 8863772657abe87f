//! Event streams that break and go on.

use serde_json::json;

use super::{CLINIC, hub_with_clinic};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_broke_goes_on_where_it_was() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = host.listen().await;
    let mut last = events.next().await.unwrap();
    while last.name != "layout" {
        assert!(!last.id.is_empty());
        last = events.next().await.unwrap();
    }
    drop(events);
    let text = |payload| json!({ "type": "text/plain", "payload": payload });
    for n in ["1", "2", "3"] {
        guest.call(reqwest::Method::POST, "message", text(n)).await;
    }
    let mut again = host.listen_after(&last.id).await;
    // Without the roster in between: nothing is told twice, nothing is missing.
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let event = again.next().await.unwrap();
        assert_ne!(event.name, "participant_sync_begin");
        if event.name == "message_received" {
            seen.push(event.data["payload"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(seen, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_in_this_stream_begins_anew() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let mut events = host.listen().await;
    events.until("participant_sync_end").await;
    for last in ["", "x", "1-1", "99999999999999-0"] {
        let mut again = host.listen_after(last).await;
        let first = again.next().await.unwrap();
        assert_eq!(first.name, "participant_sync_begin", "{last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_makes_a_new_stream_says_so_in_the_query() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let mut events = host.listen().await;
    let begin = events.next().await.unwrap();
    let url = format!(
        "{}/events?token={}&last_event_id={}",
        host.base(),
        host.token,
        begin.id
    );
    let mut again = vdx_testkit::Events::new(hub.http.get(url).send().await.unwrap());
    let next = again.next().await.unwrap();
    assert_eq!(next.name, "participant_create");
    assert_ne!(next.id, begin.id);
}
