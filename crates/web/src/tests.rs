use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{Request, StatusCode};
use tower::ServiceExt;

async fn ask(path: &str, tag: Option<&str>) -> Response {
    let mut request = Request::get(path);
    if let Some(tag) = tag {
        request = request.header(IF_NONE_MATCH, tag);
    }
    let request = request.body(Body::empty()).expect("a request");
    let answer = crate::pages::<()>().oneshot(request).await;
    answer.expect("routers do not fail")
}

fn header(response: &Response, name: impl http::header::AsHeaderName) -> &str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().expect("text"))
}

/// Holds with and without the apps built.
#[tokio::test]
async fn every_address_of_the_client_shows_a_page() {
    for path in [
        "/",
        "/test",
        "/m/0123456789ab",
        "/webapp/",
        "/webapp/?conference=1000@rooms.example.org",
        "/webapp3/m/1000@rooms.example.org",
        "/webapp3/m/1000%40rooms.example.org/express",
    ] {
        let answer = ask(path, None).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&answer, CONTENT_TYPE), "text/html; charset=utf-8");
        let policy = header(&answer, CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert!(header(&answer, "permissions-policy").contains("camera=(self)"));
    }
}

#[tokio::test]
async fn an_unknown_asset_is_not_found() {
    let answer = ask("/assets/no-such-file.js", None).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// Only where the apps are built: a page that was built carries a tag.
#[tokio::test]
async fn a_built_page_is_asked_for_again_cheaply() {
    let first = ask("/", None).await;
    let tag = header(&first, ETAG).to_owned();
    if tag.is_empty() {
        return;
    }
    assert_eq!(header(&first, CACHE_CONTROL), "no-cache");
    let again = ask("/", Some(&tag)).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}
