//! Apps in browsers: whose they are, what they may have, and from where they call.

use reqwest::StatusCode;
use serde_json::json;
use vdx_accounts::registry::{self, AppUris};
use vdx_domain::{Agent, ApiRole, Clock as _};
use vdx_testkit::TestHub;

use crate::browser::{Browser, VERIFIER, claims, refused};

const ROLES: &[ApiRole] = &[ApiRole::MeetingPlanner, ApiRole::ManagementAdmin];

#[tokio::test]
async fn a_person_does_through_an_app_what_both_may() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let app = async |roles: &[ApiRole]| {
        let uris = AppUris {
            redirect: vec!["https://app.example/back?x=1".to_owned()],
            ..Default::default()
        };
        let (agent, roles) = (Agent::hub("test"), roles.iter().copied().collect());
        let mut tx = hub.db.begin().await.unwrap();
        let now = hub.clock.now();
        let app = registry::add_app(&mut tx, "An <app>", roles, &uris, &agent, now);
        let id = app.await.unwrap().id.to_string();
        tx.commit().await.unwrap();
        id
    };
    let planner = app(&[ApiRole::MeetingPlanner]).await;
    let more = [
        ("client_id", &*planner),
        ("redirect_uri", "https://app.example/back?x=1"),
    ];
    let browser = Browser::new(&hub);
    let page = browser.get(&browser.authorize(&more)).await;
    assert!(page.text.contains("An &lt;app&gt;"));
    assert!(
        page.policy
            .contains("form-action 'self' https://app.example;"),
        "{}",
        page.policy
    );
    let done = browser.fill_in(&page, &user.0, &user.1).await;
    assert!(
        done.location
            .as_ref()
            .unwrap()
            .as_str()
            .starts_with("https://app.example/back?x=1&")
    );
    let (status, tokens) = browser
        .token(&[
            ("client_id", &planner),
            ("grant_type", "authorization_code"),
            ("code", &done.told("code").unwrap()),
            ("redirect_uri", "https://app.example/back?x=1"),
            ("code_verifier", VERIFIER),
        ])
        .await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(
        claims(&tokens["access_token"])["userrole"],
        json!(["meeting-planner"])
    );
    let operator = app(&[ApiRole::Operator]).await;
    let more = [("client_id", &*operator), more[1]];
    let page = browser.get(&browser.authorize(&more)).await;
    assert_eq!(page.told("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_grant_for_one_api_gives_tokens_for_no_other() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let browser = Browser::new(&hub);
    let services = format!("{}/services", hub.url);
    let code = browser.sign_in(&user, &[("resource", &services)]).await;
    let (_, tokens) = browser.redeem(&code).await;
    assert_eq!(claims(&tokens["access_token"])["aud"], services);
    assert_eq!(browser.info(&tokens).await, StatusCode::UNAUTHORIZED);
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = |resource| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("resource", resource),
        ]
    };
    refused(&browser.token(&form(&hub.url)).await, "invalid_target");
    let (status, _) = browser.token(&form(&services)).await;
    assert_eq!(status, StatusCode::OK, "a wrong wish uses nothing up");
}

#[tokio::test]
async fn pages_of_registered_origins_may_call() {
    let hub = TestHub::start().await;
    let uris = AppUris {
        redirect: vec!["https://app.example/".to_owned()],
        logout: Vec::new(),
        origins: vec!["https://app.example".to_owned()],
    };
    let (agent, now) = (Agent::hub("test"), hub.clock.now());
    let mut tx = hub.db.begin().await.unwrap();
    let roles = [ApiRole::MeetingUser].into();
    registry::add_app(&mut tx, "App", roles, &uris, &agent, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let allowed = async |path: &str, origin: &str| {
        let request = hub
            .http
            .request(reqwest::Method::OPTIONS, format!("{}{path}", hub.url));
        let reply = request
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            )
            .send()
            .await
            .unwrap();
        reply
            .headers()
            .get("access-control-allow-origin")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    for path in ["/oauth2/token", "/oauth2/revoke", "/videoapi/v2/meetings"] {
        let own = allowed(path, "https://app.example").await;
        assert_eq!(own.as_deref(), Some("https://app.example"), "{path}");
        assert_eq!(allowed(path, "https://evil.example").await, None, "{path}");
        assert_eq!(allowed(path, "null").await, None, "{path}");
    }
    assert_eq!(
        allowed("/oauth2/jwks", "https://evil.example")
            .await
            .as_deref(),
        Some("*")
    );
    assert_eq!(
        allowed("/oauth2/sign-in", "https://app.example").await,
        None
    );
}

#[tokio::test]
async fn the_pages_speak_danish_and_english() {
    let hub = TestHub::start().await;
    let browser = Browser::new(&hub);
    for (locales, lang, heading, other) in [
        ("da", "<html lang=\"da\">", "<h1>Log ind</h1>", "en"),
        ("en", "<html lang=\"en\">", "<h1>Sign in</h1>", "da"),
        ("-", "<html lang=\"en\">", "<h1>Sign in</h1>", "da"),
    ] {
        let page = browser
            .get(&browser.authorize(&[("ui_locales", locales)]))
            .await;
        assert!(
            page.text.contains(lang) && page.text.contains(heading),
            "{locales}"
        );
        let switch = page.attribute("<a class=\"function-link\"", "href");
        let page = browser.get(&format!("{}{switch}", hub.url)).await;
        assert!(
            page.text.contains(&format!("<html lang=\"{other}\">")),
            "{switch}"
        );
        // What the app asked for is still there.
        assert!(
            page.attribute("<form", "action")
                .contains("code_challenge=")
        );
    }
    for path in ["/oauth2/style.css", "/oauth2/mark.svg"] {
        assert_eq!(
            browser.get(&format!("{}{path}", hub.url)).await.status,
            StatusCode::OK
        );
    }
}
