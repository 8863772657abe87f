//! How many messages may be asked for.

use std::time::Duration;

use serde_json::json;
use vdx_testkit::TestHub;

use crate::rig::{Api, NUMBER, TEXT};

#[tokio::test]
async fn who_asks_for_too_many_is_told_how_long_to_wait() {
    let hub = TestHub::start().await;
    let ends = "2100-01-01T00:00:00Z";
    let booked = hub.book(json!({ "endTime": ends })).await;
    let id = booked["uuid"].as_str().unwrap();
    let limits = hub.hub.sms.settings().limits;

    let api = Api::new(&hub).await;
    for _ in 0..limits.number {
        api.send(id, NUMBER, TEXT).await.good();
    }
    let answer = api.send(id, NUMBER, TEXT).await;
    assert_eq!(answer.failed().0, 429);
    assert!(
        answer.failed().1.contains("to this number in an hour"),
        "{answer:?}"
    );
    let wait = answer.retry_after.unwrap();
    assert!((3000..=3601).contains(&wait), "{wait}");

    for n in limits.number..limits.caller {
        api.send(id, &format!("+4520123{n:03}"), TEXT).await.good();
    }
    let answer = api.send(id, "+4520124999", TEXT).await;
    assert_eq!(answer.failed().0, 429);
    assert!(
        answer.failed().1.contains("of this caller in a minute"),
        "{answer:?}"
    );
    assert!((1..=61).contains(&answer.retry_after.unwrap()));
    // It is this caller's limit, and it passes.
    let another = Api::new(&hub).await;
    another.send(id, "+4520124999", TEXT).await.good();
    hub.clock.advance(Duration::from_secs(61));
    api.send(id, "+4520124998", TEXT).await.good();
}
