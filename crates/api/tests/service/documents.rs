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

/// Names of operations are for tools that make clients, and links lead by them.
#[test]
fn operations_have_names_of_their_own_and_links_lead_somewhere() {
    for name in openapi::names() {
        let document = openapi::document(name).unwrap().to_json().unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        let items = document["paths"].as_object().unwrap().values();
        let operations: Vec<&Value> = items
            .flat_map(|item| item.as_object().unwrap().values())
            .filter(|operation| operation["responses"].is_object())
            .collect();
        let mut ids = std::collections::BTreeSet::new();
        for operation in &operations {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{name}: {id} twice");
        }
        for operation in operations {
            for link in operation["responses"]["200"]["links"]
                .as_object()
                .into_iter()
                .flatten()
            {
                assert!(
                    ids.contains(link.1["operationId"].as_str().unwrap()),
                    "{name}: {}",
                    link.0
                );
            }
        }
    }
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

#[test]
fn a_version_that_ends_says_so_everywhere() {
    for (name, ends) in [("video-v1", true), ("video-v2", false)] {
        let document = openapi::document(name).unwrap().to_json().unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["info"]["description"].is_string(), ends);
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let said = (
                    operation["deprecated"] == true,
                    operation["responses"]["410"].is_object(),
                );
                assert_eq!(said, (ends, ends), "{name} {method} {path}");
            }
        }
    }
}
