//! How much one participant may do: so much at once, and what others do is theirs.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_testkit::{Person, TestHub};

use super::{CLINIC, assert_done, assert_refused, hub_with_clinic};

/// More than any allowance, earned again while it is used up.
const MANY: usize = 2_000;

type Answer = (StatusCode, Value);

async fn two() -> (TestHub, Person, Person) {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    (hub, host, guest)
}

/// Asks until it is too often: how often it was not, and the answer then.
async fn until_too_often(ask: impl AsyncFn() -> Answer) -> (usize, Answer) {
    for count in 0..MANY {
        let answer = ask().await;
        if answer.0 == StatusCode::TOO_MANY_REQUESTS {
            return (count, answer);
        }
    }
    panic!("there is no limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_that_are_never_ending_are_not_read() {
    let (hub, host, guest) = two().await;
    let offer = || json!({ "call_type": "WEBRTC", "sdp": "v=0\r\n" });
    let (read, refused) = until_too_often(async || guest.do_own("calls", offer()).await).await;
    assert!(read >= 20, "{read}");
    assert_refused(&refused, 429, "Too many offers or candidates");
    let (status, answer) = host.do_own("calls", offer()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    // What is left to do is not touched, and offers are earned again.
    assert_done(&guest.do_own("client_mute", json!({})).await);
    hub.clock.advance(std::time::Duration::from_secs(2));
    let (status, answer) = guest.do_own("calls", offer()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_that_are_never_ending_are_not_told() {
    let (hub, host, guest) = two().await;
    for path in ["client_mute", "buzz", "overlaytext", "spotlighton"] {
        let ask = async || guest.do_own(path, json!({ "text": "x" })).await;
        let (done, refused) = until_too_often(ask).await;
        assert!(done >= 100, "{path}: {done}");
        assert_refused(&refused, 429, "Too many requests");
        // All of it is there again, and the token still good.
        hub.clock.advance(std::time::Duration::from_secs(20));
    }
    let lock = async || host.call(Method::POST, "lock", json!({})).await;
    let (_, refused) = until_too_often(lock).await;
    assert_refused(&refused, 429, "Too many requests");
    let (status, _) = host.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(status, StatusCode::OK, "one stays all the same");
    let (status, _) = host.call(Method::POST, "release_token", json!({})).await;
    assert_eq!(status, StatusCode::OK, "and may leave");
}
