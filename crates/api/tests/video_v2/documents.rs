//! The document of the API, and the page made from it.

use reqwest::header;
use serde_json::Value;
use vdx_testkit::TestHub;

#[tokio::test]
async fn the_document_describes_every_operation() {
    let hub = TestHub::start().await;
    let reply = hub
        .http
        .get(format!("{}/docs/video-v2.json", hub.url))
        .send()
        .await
        .unwrap();
    let document: Value = reply.json().await.unwrap();
    assert_eq!(document["servers"][0]["url"], "/videoapi/v2");
    assert!(document["security"].is_array());
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in [
        ("/info", &["get"][..]),
        ("/meetings", &["post"]),
        ("/meetings/{uuid}", &["delete", "get"]),
        ("/scheduling-info/{uuid}", &["get"]),
    ] {
        for method in methods {
            let operation = &paths[path][method];
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["responses"]["401"].is_object(), "{method} {path}");
        }
    }
    // Every shape that is referred to is there.
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in [
        "meeting",
        "createMeeting",
        "schedulingInfo",
        "detailedError",
        "viewType",
    ] {
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn the_page_is_readable_without_scripts_and_other_hosts() {
    let hub = TestHub::start().await;
    for path in ["/docs/", "/docs/video-v2"] {
        let reply = hub
            .http
            .get(format!("{}{path}", hub.url))
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), 200, "{path}");
        assert_eq!(
            reply.headers()[header::CONTENT_TYPE],
            "text/html; charset=utf-8"
        );
        let policy = reply.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        let page = reply.text().await.unwrap();
        assert!(!page.contains("<script") && !page.contains("//"), "{path}");
    }
    let page = hub
        .http
        .get(format!("{}/docs/video-v2", hub.url))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    for text in [
        "/videoapi/v2/meetings/{uuid}",
        "guestPinRequired",
        "one_main_seven_pips",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let missing = hub
        .http
        .get(format!("{}/docs/nothing", hub.url))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
}
