//! The API documents.

use reqwest::StatusCode;
use serde_json::Value;
use vdx_api::openapi;
use vdx_testkit::TestHub;

#[tokio::test]
async fn each_document_is_served_and_listed() {
    let hub = TestHub::start().await;
    let get = async |path: &str| {
        hub.http
            .get(format!("{}{path}", hub.url))
            .send()
            .await
            .unwrap()
    };
    let index = get("/docs/").await.text().await.unwrap();
    for name in openapi::names() {
        let path = format!("/docs/{name}.json");
        assert!(index.contains(&path), "{name}");
        let document: Value = get(&path).await.json().await.unwrap();
        let printed = openapi::document(name).unwrap().to_json().unwrap();
        assert_eq!(
            document,
            serde_json::from_str::<Value>(&printed).unwrap(),
            "{name}"
        );
    }
    for (name, operation) in [
        ("oauth", "/oauth2/token"),
        ("video-v2", "/videoapi/v2/meetings"),
    ] {
        assert!(index.contains(&format!("href=\"/docs/{name}\"")), "{name}");
        let page = get(&format!("/docs/{name}")).await.text().await.unwrap();
        let heading = format!("<code class=\"method\">POST</code> <code>{operation}</code>");
        assert!(page.contains(&heading), "{name}: {operation}");
    }
    assert_eq!(
        get("/docs/nothing.json").await.status(),
        StatusCode::NOT_FOUND
    );
}

/// Every operation of a document exists: called without anything it answers
/// something else than that there is no such address or method.
#[tokio::test]
async fn documented_operations_exist() {
    let hub = TestHub::start().await;
    for name in openapi::names() {
        let document = openapi::document(name).unwrap().to_json().unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        let base = document["servers"][0]["url"]
            .as_str()
            .unwrap()
            .trim_end_matches('/');
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let Ok(method) = method.to_uppercase().parse() else {
                    continue;
                };
                let url = format!("{}{base}{}", hub.url, path.replace(['{', '}'], ""));
                let request = hub.http.request(method, &url);
                let status = request.send().await.unwrap().status();
                assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{url}");
            }
        }
    }
}
