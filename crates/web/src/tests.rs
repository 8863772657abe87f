use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    LINK,
};
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

fn links(response: &Response) -> Vec<&str> {
    let all = response.headers().get_all(LINK).into_iter();
    all.map(|value| value.to_str().expect("text")).collect()
}

async fn page(path: &str, languages: &str) -> Response {
    let request = Request::get(path).header(ACCEPT_LANGUAGE, languages);
    let request = request.body(Body::empty()).expect("a request");
    let answer = crate::pages::<()>().oneshot(request).await;
    answer.expect("routers do not fail")
}

#[tokio::test]
async fn a_links_page_names_what_it_asks_for_next() {
    let answer = page("/m/0123456789ab", "da").await;
    let link = "</api/hub/v1/links/0123456789ab>; rel=preload; as=fetch; crossorigin";
    assert_eq!(links(&answer), [link]);
    assert!(links(&page("/", "da").await).is_empty());
}

#[tokio::test]
async fn what_is_no_id_is_not_asked_for() {
    let answer = page("/m/%3E%3B%20rel=evil", "da").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(
        !links(&answer)
            .iter()
            .any(|l| l.contains("/links/") || l.contains("evil"))
    );
}

#[tokio::test]
async fn texts_come_with_the_page_in_the_browsers_language() {
    for (languages, expected) in [
        ("da-DK,da;q=0.9,en;q=0.8", ""),
        ("sv", ""),
        ("de-AT", "</assets/de-"),
        ("en-GB,en;q=0.5", "</assets/en-"),
        ("pl", "</assets/en-"),
    ] {
        let answer = page("/", languages).await;
        if header(&answer, ETAG).is_empty() {
            return;
        }
        match links(&answer).as_slice() {
            [] => assert_eq!(expected, "", "{languages}"),
            [only] => assert!(
                only.starts_with(expected) && !expected.is_empty(),
                "{languages}: {only}"
            ),
            more => panic!("{languages}: {more:?}"),
        }
    }
}
