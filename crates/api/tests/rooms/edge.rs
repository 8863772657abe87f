//! Requests that are not what they should be, and those of other origins.

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{CLINIC, hub_with_clinic, text};

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_origin_may_call() {
    let hub = hub_with_clinic().await;
    let url = format!("{}/request_token", hub.person(CLINIC).base());
    let origin = HeaderValue::from_static("https://elsewhere.example");
    let mut headers = HeaderMap::new();
    headers.insert("origin", origin.clone());
    headers.insert(
        "access-control-request-method",
        HeaderValue::from_static("POST"),
    );
    headers.insert(
        "access-control-request-headers",
        HeaderValue::from_static("token,pin,content-type"),
    );
    let preflight = hub.http.request(Method::OPTIONS, &url).headers(headers);
    let reply = preflight.send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    let allowed = |name| reply.headers()[name].to_str().unwrap().to_lowercase();
    assert_eq!(allowed("access-control-allow-origin"), "*");
    for header in ["token", "pin", "content-type"] {
        assert!(allowed("access-control-allow-headers").contains(header));
    }
    for body in [r#"{"display_name":"A"}"#, "not JSON"] {
        let request = hub.http.post(&url).header("origin", &origin).body(body);
        let reply = request.send().await.unwrap();
        assert!(reply.status().is_client_error());
        assert_eq!(reply.headers()["access-control-allow-origin"], "*");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_fails_in_the_apis_words() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    for path in ["captions", "participants/not-an-id/mute"] {
        let (status, answer) = host.call(Method::POST, path, json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(text(&answer, "status"), "failed");
    }
    let (status, answer) = host.call(Method::GET, "request_token", json!({})).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(text(&answer, "status"), "failed");
    let (status, answer) = host.call(Method::GET, "theme/", json!({})).await;
    assert_eq!((status, answer), (StatusCode::NO_CONTENT, Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_told_and_big_ones_not_read() {
    let hub = hub_with_clinic().await;
    let person = hub.person(CLINIC);
    for body in [json!([]), json!({ "display_name": 1 }), json!({})] {
        let (status, answer) = person.knock(body, Some("none")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(text(&answer, "status"), "failed");
    }
    let body = json!({ "display_name": "x".repeat(10 << 20) });
    let (status, _) = person.knock(body, Some("none")).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut long = hub.person(CLINIC);
    let result = long.enter(&"å".repeat(10_000), Some("none")).await;
    assert_eq!(text(&result, "display_name").chars().count(), 100);
    assert!(long.token.len() < 4096);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_not_held_up_by_proxies_or_caches() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let url = format!("{}/events?token={}", host.base(), host.token);
    let reply = hub.http.get(url).send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    assert_eq!(reply.headers()["x-accel-buffering"], "no");
    assert!(
        reply.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("no-")
    );
    let url = format!("{}/events?token=x", host.base());
    let reply = hub.http.get(url).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
}
