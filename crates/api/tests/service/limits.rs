//! Limits, and how each API words what the framework refuses.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vdx_testkit::TestHub;

/// A field that only this API's error body has.
const APIS: [(&str, &str); 5] = [
    ("/videoapi/v2/meetings", "detailed_error_code"),
    (
        "/api/client/v2/conferences/a@b.example/request_token",
        "result",
    ),
    (
        "/sms/v1/meeting/00000000-0000-0000-0000-000000000000",
        "path",
    ),
    ("/api/hub/v1/links/000000000000", "message"),
    ("/oauth2/token", "error"),
];

#[tokio::test]
async fn each_api_words_a_body_that_is_too_large() {
    let hub = TestHub::start().await;
    for (path, field) in APIS {
        for length in [(1 << 20) + 1, 10 << 20] {
            let request = hub.http.post(format!("{}{path}", hub.url));
            let request = request.bearer_auth(hub.token().await);
            let reply = request.body(vec![b' '; length]).send().await.unwrap();
            assert_eq!(
                reply.status(),
                StatusCode::PAYLOAD_TOO_LARGE,
                "{path} {length}"
            );
            let body: Value = reply.json().await.unwrap();
            assert!(body.get(field).is_some(), "{path}: {body}");
        }
    }
}

#[tokio::test]
async fn each_api_words_unknown_addresses_and_methods() {
    let hub = TestHub::start().await;
    for (path, field) in &APIS[..4] {
        let unknown = format!("{}/nowhere", path.rsplit_once('/').unwrap().0);
        let unknown = format!("{}{unknown}/at/all", hub.url);
        let reply = hub.http.get(unknown).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::NOT_FOUND, "{path}");
        let body: Value = reply.json().await.unwrap();
        assert!(body.get(field).is_some(), "{path}: {body}");
    }
    for (path, field) in APIS {
        let request = hub
            .http
            .request(Method::TRACE, format!("{}{path}", hub.url));
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let body: Value = reply.json().await.unwrap();
        assert!(body.get(field).is_some(), "{path}: {body}");
    }
}

/// Short links are looked up by strangers, and guessing must not be worth while.
#[tokio::test]
async fn whoever_looks_up_too_many_links_has_to_wait() {
    let hub = TestHub::start().await;
    let url = format!("{}/api/hub/v1/links/000000000000", hub.url);
    let mut refused = None;
    for _ in 0..500 {
        let calls = (0..10).map(|_| hub.http.get(&url).send());
        let replies = futures::future::try_join_all(calls).await.unwrap();
        refused = replies
            .into_iter()
            .find(|reply| reply.status() == StatusCode::TOO_MANY_REQUESTS);
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.headers()["retry-after"], "1");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"], "too_many_requests");
    assert_eq!(body["message"], "Too many look-ups.");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let again = hub.http.get(&url).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn malformed_json_is_a_400_in_the_apis_words() {
    let hub = TestHub::start().await;
    let deep = "[".repeat(100_000);
    for text in ["", "{", "[]", "\"x\"", "{\"subject\":\"\\ud800\"}", &deep] {
        let request = hub.http.post(format!("{}/videoapi/v2/meetings", hub.url));
        let request = request.bearer_auth(hub.token().await).body(text.to_owned());
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::BAD_REQUEST);
        let body: Value = reply.json().await.unwrap();
        assert_eq!(body["detailed_error_code"], "10");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_safe_headers() {
    let hub = TestHub::start().await;
    for path in [
        "/healthz",
        "/nowhere",
        "/videoapi/v2/info",
        "/oauth2/jwks",
        "/",
    ] {
        let reply = hub
            .http
            .get(format!("{}{path}", hub.url))
            .send()
            .await
            .unwrap();
        let headers = reply.headers();
        assert_eq!(headers["x-request-id"].len(), 36, "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers.contains_key("content-security-policy"), "{path}");
        assert!(headers.contains_key("referrer-policy"), "{path}");
    }
    let given = async |id: &str| {
        let request = hub
            .http
            .get(format!("{}/healthz", hub.url))
            .header("x-request-id", id);
        request.send().await.unwrap().headers()["x-request-id"].clone()
    };
    assert_eq!(given("order-66.b_1").await, "order-66.b_1");
    assert_ne!(given("two words").await, "two words");
    assert_ne!(given(&"x".repeat(65)).await, "x".repeat(65));
}

#[tokio::test]
async fn whoever_dawdles_over_a_request_is_cut_off() {
    let hub = TestHub::start().await;
    let address = hub.url.strip_prefix("http://").unwrap();
    let dawdle = async |text: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(25), stream.read_to_end(&mut answer));
        // A reset ends it as well.
        let _ = ended.await.expect("cut off");
    };
    // Nothing, the beginning of HTTP/2, half a head.
    tokio::join!(
        dawdle(""),
        dawdle("PRI * HTT"),
        dawdle("GET /healthz HTTP/1.1\r\nHost: x\r\n"),
    );
}

#[tokio::test]
async fn half_open_connections_keep_nobody_out() {
    let hub = TestHub::start().await;
    let address = hub.url.strip_prefix("http://").unwrap();
    let mut open = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"POST /oauth2/token HTTP/1.1\r\n")
            .await
            .unwrap();
        open.push(stream);
    }
    let reply = hub
        .http
        .get(format!("{}/readyz", hub.url))
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
}
