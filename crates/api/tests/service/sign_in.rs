//! Signing in at the hub's own page, and what apps get from it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use vdx_accounts::registry::STAFF_APPS;
use vdx_domain::{ApiRole, Clock as _};
use vdx_store::{audit, both_engines, users};
use vdx_testkit::TestHub;

use crate::browser::{Browser, VERIFIER, claims, refused};

const ROLES: &[ApiRole] = &[ApiRole::MeetingPlanner, ApiRole::ManagementAdmin];

both_engines! {
    async fn a_person_signs_in_and_the_app_gets_tokens(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let browser = Browser::new(&hub);
        let page = browser.get(&browser.authorize(&[])).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script"));
        assert_eq!(
            page.policy,
            format!(
                "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; \
                 form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
                hub.url
            )
        );
        let done = browser.fill_in(&page, &user.0, &user.1).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let location = done.location.clone().unwrap();
        assert_eq!(location.as_str().split('?').next().unwrap(), browser.redirect_uri());
        assert_eq!(done.told("state").unwrap(), "s t&\"<");
        assert_eq!(done.told("iss").unwrap(), hub.url);

        let (status, tokens) = browser.redeem(&done.told("code").unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 600);
        assert_eq!(tokens["scope"], "openid email profile");
        assert_eq!(browser.info(&tokens).await, StatusCode::OK);
        let access = claims(&tokens["access_token"]);
        assert_eq!(access["aud"], hub.url);
        assert_eq!(access["client_id"], STAFF_APPS.to_string());
        assert_eq!(access["email"], "planner@example.org");
        assert_eq!(access["organisation_id"], "region");
        assert_eq!(access["userrole"], json!(["meeting-planner", "management-admin"]));
        let id = claims(&tokens["id_token"]);
        assert_eq!(id["iss"], hub.url);
        assert_eq!(id["aud"], STAFF_APPS.to_string());
        assert_eq!(id["sub"], access["sub"]);
        assert_eq!(id["nonce"], "n-1");
        assert_eq!(id["email"], "planner@example.org");
        assert_eq!(id["preferred_username"], "planner");
        let ago = hub.clock.now().as_second() - id["auth_time"].as_i64().unwrap();
        assert!((0..60).contains(&ago), "{ago}");
        let as_access = json!({ "access_token": tokens["id_token"] });
        assert_eq!(browser.info(&as_access).await, StatusCode::UNAUTHORIZED);

        // A second app of the session: nobody is asked again.
        let again = browser.get(&browser.authorize(&[("prompt", "none"), ("scope", "-")])).await;
        let (_, tokens) = browser.redeem(&again.told("code").unwrap()).await;
        assert!(tokens.get("id_token").is_none());
        assert_eq!(browser.info(&tokens).await, StatusCode::OK);
    }

    async fn a_code_is_good_once_and_a_second_try_takes_all_back(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let browser = Browser::new(&hub);
        let code = browser.sign_in(&user, &[]).await;
        let (_, tokens) = browser.redeem(&code).await;
        assert_eq!(browser.info(&tokens).await, StatusCode::OK);
        refused(&browser.redeem(&code).await, "invalid_grant");
        assert_eq!(browser.info(&tokens).await, StatusCode::UNAUTHORIZED);
        refused(&browser.refresh(tokens["refresh_token"].as_str().unwrap()).await, "invalid_grant");
    }

    async fn of_many_who_redeem_a_code_at_once_none_keeps_anything(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let browser = Browser::new(&hub);
        let code = browser.sign_in(&user, &[]).await;
        let (a, b, c) = tokio::join!(
            browser.redeem(&code), browser.redeem(&code), browser.redeem(&code)
        );
        let given: Vec<Value> = [a, b, c]
            .into_iter()
            .filter(|(status, _)| *status == StatusCode::OK)
            .map(|(_, tokens)| tokens)
            .collect();
        assert!(given.len() <= 1);
        for tokens in &given {
            assert_eq!(browser.info(tokens).await, StatusCode::UNAUTHORIZED);
        }
    }

    async fn refresh_tokens_follow_one_another(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let browser = Browser::new(&hub);
        let (_, first) = browser.redeem(&browser.sign_in(&user, &[]).await).await;
        let text = |tokens: &Value| tokens["refresh_token"].as_str().unwrap().to_owned();
        let (status, second) = browser.refresh(&text(&first)).await;
        assert_eq!(status, StatusCode::OK, "{second}");
        assert_ne!(text(&first), text(&second));
        assert_eq!(claims(&second["id_token"])["sub"], claims(&first["id_token"])["sub"]);
        for tokens in [&first, &second] {
            assert_eq!(browser.info(tokens).await, StatusCode::OK);
        }
        let other = [("client_id", "3f0e3b0e-0000-4000-8000-000000000000")];
        let stolen = [("grant_type", "refresh_token"), ("refresh_token", &*text(&second)), other[0]];
        assert_eq!(browser.token(&stolen).await.0, StatusCode::UNAUTHORIZED);
        // Whoever has the copy of the first one shows it.
        refused(&browser.refresh(&text(&first)).await, "invalid_grant");
        refused(&browser.refresh(&text(&second)).await, "invalid_grant");
        for tokens in [&first, &second] {
            assert_eq!(browser.info(tokens).await, StatusCode::UNAUTHORIZED);
        }
    }

    async fn a_refresh_token_taken_back_takes_its_access_tokens_along(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let browser = Browser::new(&hub);
        let (_, tokens) = browser.redeem(&browser.sign_in(&user, &[]).await).await;
        let client = STAFF_APPS.to_string();
        let token = tokens["refresh_token"].as_str().unwrap();
        let url = format!("{}/oauth2/revoke", hub.url);
        let page = browser.post(&url, &[("client_id", &client), ("token", token)]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert_eq!(browser.info(&tokens).await, StatusCode::UNAUTHORIZED);
        refused(&browser.refresh(token).await, "invalid_grant");
    }

    async fn signing_out_ends_everything_of_the_session(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let (browser, elsewhere) = (Browser::new(&hub), Browser::new(&hub));
        let (_, tokens) = browser.redeem(&browser.sign_in(&user, &[]).await).await;
        let (_, kept) = elsewhere.redeem(&elsewhere.sign_in(&user, &[]).await).await;
        let target = browser.redirect_uri();
        let hint = tokens["id_token"].as_str().unwrap();
        let url = |hint: &str| {
            let more = [
                ("id_token_hint", hint), ("post_logout_redirect_uri", &target), ("state", "x"),
            ];
            reqwest::Url::parse_with_params(&format!("{}/oauth2/logout", hub.url), more).unwrap()
        };
        let done = browser.get(url(hint).as_str()).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert_eq!(done.location.unwrap().as_str(), format!("{target}?state=x"));
        assert_eq!(browser.cookie("vdx-session"), None);
        assert_eq!(browser.info(&tokens).await, StatusCode::UNAUTHORIZED);
        refused(&browser.refresh(tokens["refresh_token"].as_str().unwrap()).await, "invalid_grant");
        let page = browser.get(&browser.authorize(&[])).await;
        assert_eq!(page.status, StatusCode::OK, "the password is asked for again");
        assert_eq!(elsewhere.info(&kept).await, StatusCode::OK);
    }

    async fn who_is_shut_out_has_nothing_any_more(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let browser = Browser::new(&hub);
        let (_, tokens) = browser.redeem(&browser.sign_in(&user, &[]).await).await;
        let mut tx = hub.db.begin().await.unwrap();
        let row = users::by_username(&mut tx, "planner").await.unwrap().unwrap();
        users::set_active(&mut tx, row.id, false).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(browser.info(&tokens).await, StatusCode::UNAUTHORIZED);
        refused(&browser.refresh(tokens["refresh_token"].as_str().unwrap()).await, "invalid_grant");
        let page = browser.get(&browser.authorize(&[])).await;
        let again = browser.fill_in(&page, &user.0, &user.1).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN, "in the words of a wrong password");
    }

    async fn every_decision_is_in_the_audit_trail(test: TestDb) {
        let hub = TestHub::on(test).await;
        let user = hub.add_user("planner", ROLES).await;
        let browser = Browser::new(&hub);
        let page = browser.get(&browser.authorize(&[])).await;
        browser.fill_in(&page, "planner", "wrong").await;
        browser.fill_in(&page, "nobody", "wrong").await;
        let code = browser.sign_in(&user, &[]).await;
        let (_, tokens) = browser.redeem(&code).await;
        browser.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        browser.redeem(&code).await;
        let subject = claims(&tokens["id_token"])["sub"].as_str().unwrap().to_owned();
        let mut told = Vec::new();
        for identifier in [subject.as_str(), "unknown", &STAFF_APPS.to_string()] {
            for record in audit::of(&mut hub.db.reader(), identifier).await.unwrap() {
                if record.resource == "token" {
                    let details: Value = serde_json::from_str(&record.details).unwrap();
                    assert_eq!(record.origin.as_deref(), Some("127.0.0.1"));
                    assert!(!record.details.contains("wrong\\"), "{}", record.details);
                    let grant = details["grant"].as_str().unwrap().to_owned();
                    told.push((record.actor, record.operation, grant));
                }
            }
        }
        let who = format!("user:{subject}");
        let app = format!("client:{STAFF_APPS}");
        let expected = [
            (who.as_str(), "refuse", "sign_in"),
            (&who, "grant", "sign_in"),
            ("unknown", "refuse", "sign_in"),
            (&who, "grant", "authorization_code"),
            (&who, "grant", "refresh_token"),
            (&app, "refuse", "authorization_code"),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(who, what, grant)| ((*who).to_owned(), (*what).to_owned(), (*grant).to_owned()))
            .collect();
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_code_is_bound_to_client_address_and_challenge() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let browser = Browser::new(&hub);
    let redirect_uri = browser.redirect_uri();
    for (name, value) in [
        (
            "code_verifier",
            "another-verifier-of-43-characters-or-more-x",
        ),
        ("redirect_uri", &*format!("{}/sms/", hub.url)),
        ("code", "unknown"),
    ] {
        let code = browser.sign_in(&user, &[("prompt", "login")]).await;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", &*redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(key, _)| *key != name);
        form.push((name, value));
        refused(&browser.token(&form).await, "invalid_grant");
        let again = browser.redeem(&code).await;
        // A try with the right code uses it up, whatever was wrong besides.
        assert_eq!(again.0 == StatusCode::OK, name == "code", "{name}");
    }
    let code = browser.sign_in(&user, &[("prompt", "login")]).await;
    for missing in ["code", "redirect_uri", "code_verifier"] {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", &*redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(key, _)| *key != missing);
        refused(&browser.token(&form).await, "invalid_request");
    }
    hub.clock.advance(Duration::from_secs(59));
    assert_eq!(browser.redeem(&code).await.0, StatusCode::OK);
    let code = browser.sign_in(&user, &[("prompt", "login")]).await;
    hub.clock.advance(Duration::from_secs(60));
    refused(&browser.redeem(&code).await, "invalid_grant");
    let alone = [("grant_type", "client_credentials")];
    refused(&browser.token(&alone).await, "unauthorized_client");
}

#[tokio::test]
async fn what_is_wrong_with_app_or_address_is_told_on_a_page() {
    let hub = TestHub::start().await;
    let browser = Browser::new(&hub);
    let address = browser.redirect_uri();
    let long = format!("{address}?{}", "x".repeat(9000));
    for more in [
        ("client_id", "-"),
        ("client_id", "rubbish"),
        ("client_id", "3f0e3b0e-0000-4000-8000-000000000000"),
        ("redirect_uri", "-"),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", &address[..address.len() - 1]),
        ("redirect_uri", &format!("{address}x")),
        ("redirect_uri", &format!("{address}?x=y")),
        ("redirect_uri", &address.to_uppercase()),
        ("redirect_uri", &long),
        ("redirect_uri", "\"><script>alert(1)</script>"),
    ] {
        for path in ["/oauth2/authorize", "/oauth2/sign-in"] {
            let url = browser.url(path, &[more]);
            let page = match path {
                "/oauth2/authorize" => browser.get(&url).await,
                _ => {
                    browser
                        .post(&url, &[("username", "x"), ("password", "y")])
                        .await
                }
            };
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{more:?}");
            assert!(
                page.location.is_none() && page.text.contains("<h1>"),
                "{more:?}"
            );
            assert!(!page.text.contains("<script"), "{more:?}");
        }
    }
    let twice = format!("{}&state=again", browser.authorize(&[]));
    assert_eq!(browser.get(&twice).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_else_is_wrong_is_told_to_the_app() {
    let hub = TestHub::start().await;
    let browser = Browser::new(&hub);
    let long = "x".repeat(2001);
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "-", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("code_challenge", "-", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "-", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("nonce", &*long, "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("max_age", "x", "invalid_request"),
        ("resource", "https://elsewhere.example", "invalid_target"),
        ("request", "x", "request_not_supported"),
    ] {
        let page = browser.get(&browser.authorize(&[(name, value)])).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{name}");
        assert_eq!(page.told("error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(page.told("iss").unwrap(), hub.url);
        assert_eq!(page.told("state").unwrap(), "s t&\"<");
        assert_eq!(page.told("code"), None);
    }
}

#[tokio::test]
async fn a_form_counts_in_its_own_browser_only() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let (browser, other) = (Browser::new(&hub), Browser::new(&hub));
    let page = browser.get(&browser.authorize(&[])).await;
    let foreign = other.get(&other.authorize(&[])).await;
    // Somebody else's form, filled in by a page the person looks at.
    let stale = browser.fill_in(&foreign, &user.0, &user.1).await;
    assert_eq!(stale.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.cookie("vdx-session"), None);
    let nobody = Browser::new(&hub).fill_in(&page, &user.0, &user.1).await;
    assert_eq!(nobody.status, StatusCode::BAD_REQUEST);
    // A second window does not spoil the first.
    browser.get(&browser.authorize(&[])).await;
    let done = browser.fill_in(&page, &user.0, &user.1).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let browser = Browser::new(&hub);
    let page = browser.get(&browser.authorize(&[])).await;
    let mut texts = Vec::new();
    for (name, password) in [
        ("planner", "wrong"),
        ("plannex", "wrong"),
        ("plan\u{e9}er", "wrong"),
        ("planner", "x\0y"),
    ] {
        let answer = browser.fill_in(&page, name, password).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        texts.push(answer.text.replace(name, "NAME"));
    }
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]));
    for (name, password) in [("", "x"), ("planner", ""), (" ", "x")] {
        let answer = browser.fill_in(&page, name, password).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let quoted = browser.fill_in(&page, "\"><b>", "x").await;
    assert!(!quoted.text.contains("<b>"));
    assert_eq!(quoted.attribute("id=\"username\"", "value"), "\"><b>");
    let spaced = browser.fill_in(&page, " planner ", &user.1).await;
    assert_eq!(spaced.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_owner_is_not_kept_out() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let owner = Browser::new(&hub);
    owner.sign_in(&user, &[]).await;
    let thief = Browser::new(&hub);
    let page = thief.get(&thief.authorize(&[])).await;
    for _ in 0..10 {
        let answer = thief.fill_in(&page, "planner", "wrong").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    for (name, password) in [("planner", "wrong"), ("planner", &*user.1)] {
        let answer = thief.fill_in(&page, name, password).await;
        assert_eq!(
            answer.status,
            StatusCode::TOO_MANY_REQUESTS,
            "also with the right one"
        );
    }
    let stranger = thief.fill_in(&page, "somebody", "wrong").await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
    // From the same address, in a browser where they signed in before.
    owner.sign_in(&user, &[("prompt", "login")]).await;
    hub.clock.advance(Duration::from_secs(30));
    let answer = thief.fill_in(&page, &user.0, &user.1).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "nobody is shut out for good"
    );
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_the_end_of_the_day() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let browser = Browser::new(&hub);
    let code = browser.sign_in(&user, &[]).await;
    let (_, mut tokens) = browser.redeem(&code).await;
    let hour = Duration::from_secs(3600);
    let signed_in = async || {
        let page = browser.get(&browser.authorize(&[("prompt", "none")])).await;
        page.told("code").is_some()
    };
    for _ in 0..11 {
        hub.clock.advance(hour);
        assert!(signed_in().await);
        let (status, next) = browser
            .refresh(tokens["refresh_token"].as_str().unwrap())
            .await;
        assert_eq!(status, StatusCode::OK, "{next}");
        tokens = next;
    }
    hub.clock.advance(hour - Duration::from_secs(60));
    let (_, last) = browser
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await;
    let rest = last["expires_in"].as_u64().unwrap();
    assert!(rest <= 60, "no token outlives the session: {rest}");
    hub.clock.advance(Duration::from_secs(60));
    assert!(!signed_in().await, "twelve hours");
    refused(
        &browser
            .refresh(last["refresh_token"].as_str().unwrap())
            .await,
        "invalid_grant",
    );
    hub.hub.accounts.upkeep().await.unwrap();

    let (_, tokens) = browser.redeem(&browser.sign_in(&user, &[]).await).await;
    hub.clock.advance(hour * 2);
    assert!(!signed_in().await, "two hours without use");
    refused(
        &browser
            .refresh(tokens["refresh_token"].as_str().unwrap())
            .await,
        "invalid_grant",
    );
}

#[tokio::test]
async fn the_app_can_ask_for_the_password_again() {
    let hub = TestHub::start().await;
    let (user, other) = (
        hub.add_user("planner", ROLES).await,
        hub.add_user("other", ROLES).await,
    );
    let browser = Browser::new(&hub);
    let (_, tokens) = browser.redeem(&browser.sign_in(&user, &[]).await).await;
    hub.clock.advance(Duration::from_secs(301));
    for (name, value, asked) in [
        ("prompt", "login", true),
        ("max_age", "300", true),
        ("max_age", "900", false),
        ("prompt", "select_account", false),
    ] {
        let page = browser.get(&browser.authorize(&[(name, value)])).await;
        assert_eq!(page.status == StatusCode::OK, asked, "{name}={value}");
    }
    let secret = browser.cookie("vdx-session").unwrap();
    let (_, again) = browser
        .redeem(&browser.sign_in(&user, &[("prompt", "login")]).await)
        .await;
    assert_ne!(
        browser.cookie("vdx-session").unwrap(),
        secret,
        "a new secret for the browser"
    );
    assert_eq!(
        claims(&again["id_token"])["sid"],
        claims(&tokens["id_token"])["sid"]
    );
    assert_eq!(browser.info(&tokens).await, StatusCode::OK);
    // Somebody else at the same computer.
    browser.sign_in(&other, &[("prompt", "login")]).await;
    assert_eq!(browser.info(&tokens).await, StatusCode::UNAUTHORIZED);
    browser.set_cookie("vdx-session", &secret);
    let page = browser.get(&browser.authorize(&[])).await;
    assert_eq!(page.status, StatusCode::OK, "the old secret counts no more");
}

#[tokio::test]
async fn signing_out_by_hand_is_asked_for() {
    let hub = TestHub::start().await;
    let user = hub.add_user("planner", ROLES).await;
    let browser = Browser::new(&hub);
    let url = format!("{}/oauth2/logout", hub.url);
    let (_, tokens) = browser.redeem(&browser.sign_in(&user, &[]).await).await;
    // An image on another site's page signs nobody out.
    let page = browser.get(&url).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(browser.info(&tokens).await, StatusCode::OK);
    let forged = browser.post(&url, &[("form_token", "x")]).await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.info(&tokens).await, StatusCode::OK);
    let token = page.attribute("name=\"form_token\"", "value");
    let evil = "?client_id=x&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F";
    let done = browser
        .post(&format!("{url}{evil}"), &[("form_token", &*token)])
        .await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.location.is_none());
    assert_eq!(browser.info(&tokens).await, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.cookie("vdx-session"), None);
    assert_eq!(browser.get(&url).await.status, StatusCode::OK);
}
