//! `POST /oauth2/token` and what describes it.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_testkit::{ORGANISATION, TestHub};

/// Asks for a token.
fn ask(hub: &TestHub) -> RequestBuilder {
    hub.http.post(format!("{}/oauth2/token", hub.url))
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

async fn refusal(request: RequestBuilder) -> (StatusCode, String) {
    let reply = request.send().await.unwrap();
    let status = reply.status();
    assert_eq!(reply.headers()["cache-control"], "no-store");
    let body: Value = reply.json().await.unwrap();
    (status, body["error"].as_str().unwrap().to_owned())
}

both_engines! {
    async fn basic_and_form_give_a_token_that_the_api_takes(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (id, secret) = hub.add_client(&[ApiRole::MeetingUser], Some(ORGANISATION)).await;
        let id = id.to_string();
        let basic = ask(&hub).basic_auth(&id, Some(&secret)).form(&[GRANT]);
        let form = ask(&hub).form(&[GRANT, ("client_id", &id), ("client_secret", &secret)]);
        for request in [basic, form] {
            let reply = request.send().await.unwrap();
            assert_eq!(reply.status(), StatusCode::OK);
            assert_eq!(reply.headers()["cache-control"], "no-store");
            let body: Value = reply.json().await.unwrap();
            assert_eq!(body["token_type"], "Bearer");
            assert_eq!(body["expires_in"], 600);
            let info = hub.http.get(format!("{}/videoapi/v2/info", hub.url));
            let token = body["access_token"].as_str().unwrap();
            assert_eq!(info.bearer_auth(token).send().await.unwrap().status(), StatusCode::OK);
        }
    }

    async fn a_wrong_client_is_refused_as_the_rfc_says(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (id, secret) = hub.add_client(&[ApiRole::MeetingUser], Some(ORGANISATION)).await;
        let id = id.to_string();
        let reply = ask(&hub).basic_auth(&id, Some("wrong")).form(&[GRANT]).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
        assert!(reply.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic "));
        let wrong = (StatusCode::UNAUTHORIZED, "invalid_client".to_owned());
        for request in [
            ask(&hub).form(&[GRANT]),
            ask(&hub).form(&[GRANT, ("client_id", &id)]),
            ask(&hub).form(&[GRANT, ("client_id", &secret), ("client_secret", &id)]),
            ask(&hub).bearer_auth(&secret).form(&[GRANT]),
        ] {
            assert_eq!(refusal(request).await, wrong);
        }
    }

    async fn a_token_taken_back_is_refused_by_the_api(test: TestDb) {
        let hub = TestHub::on(test).await;
        let client = hub.add_client(&[ApiRole::MeetingUser], Some(ORGANISATION)).await;
        let (token, id) = (hub.token_of(&client).await, client.0.to_string());
        let info = async || {
            let info = hub.http.get(format!("{}/videoapi/v2/info", hub.url));
            info.bearer_auth(&token).send().await.unwrap().status()
        };
        assert_eq!(info().await, StatusCode::OK);
        let revoke = |secret: &str| {
            let request = hub.http.post(format!("{}/oauth2/revoke", hub.url));
            let form = [("token", token.as_str()), ("token_type_hint", "access_token")];
            request.basic_auth(&id, Some(secret)).form(&form)
        };
        let wrong = (StatusCode::UNAUTHORIZED, "invalid_client".to_owned());
        assert_eq!(refusal(revoke("wrong")).await, wrong);
        assert_eq!(info().await, StatusCode::OK);
        for _ in 0..2 {
            assert_eq!(revoke(&client.1).send().await.unwrap().status(), StatusCode::OK);
        }
        assert_eq!(info().await, StatusCode::UNAUTHORIZED);
    }

    async fn a_token_for_one_api_is_refused_by_the_others(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (id, secret) = hub.add_client(&[ApiRole::MeetingUser], Some(ORGANISATION)).await;
        let id = id.to_string();
        let ask_for = |resource: &str| {
            ask(&hub).basic_auth(&id, Some(&secret)).form(&[GRANT, ("resource", resource)])
        };
        for (api, status) in [
            ("/videoapi", StatusCode::OK),
            ("/videoapi/v2", StatusCode::OK),
            ("/services", StatusCode::UNAUTHORIZED),
        ] {
            let reply = ask_for(&format!("{}{api}", hub.url)).send().await.unwrap();
            let body: Value = reply.json().await.unwrap();
            let info = hub.http.get(format!("{}/videoapi/v2/info", hub.url));
            let reply = info.bearer_auth(body["access_token"].as_str().unwrap()).send().await;
            assert_eq!(reply.unwrap().status(), status, "{api}");
        }
        let target = (StatusCode::BAD_REQUEST, "invalid_target".to_owned());
        assert_eq!(refusal(ask_for("https://nowhere.example")).await, target);
        let two = [GRANT, ("resource", hub.url.as_str()), ("resource", "urn:x")];
        let two = ask(&hub).basic_auth(&id, Some(&secret)).form(&two);
        assert_eq!(refusal(two).await, target);
    }
}

#[tokio::test]
async fn bad_requests_are_told_apart() {
    let hub = TestHub::start().await;
    let (id, secret) = hub
        .add_client(&[ApiRole::MeetingUser], Some(ORGANISATION))
        .await;
    let id = id.to_string();
    let client = || ask(&hub).basic_auth(&id, Some(&secret));
    for (request, error) in [
        (client().form(&[("x", "y")]), "invalid_request"),
        (
            client().form(&[("grant_type", "password")]),
            "unsupported_grant_type",
        ),
        (client().form(&[GRANT, GRANT]), "invalid_request"),
        (
            client().form(&[GRANT, ("client_secret", &secret)]),
            "invalid_request",
        ),
        (
            client().json(&json!({ "grant_type": "client_credentials" })),
            "invalid_request",
        ),
        (client().body("x"), "invalid_request"),
    ] {
        assert_eq!(
            refusal(request).await,
            (StatusCode::BAD_REQUEST, error.to_owned())
        );
    }
    let get = hub.http.get(format!("{}/oauth2/token", hub.url));
    assert_eq!(
        get.send().await.unwrap().status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn mistakes_are_limited_and_do_not_keep_out_the_client_itself() {
    let hub = TestHub::start().await;
    let (id, secret) = hub
        .add_client(&[ApiRole::MeetingUser], Some(ORGANISATION))
        .await;
    let id = id.to_string();
    for _ in 0..10 {
        let (status, _) = refusal(ask(&hub).basic_auth(&id, Some("wrong")).form(&[GRANT])).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let wrong = ask(&hub).basic_auth(&id, Some("wrong")).form(&[GRANT]);
    let reply = wrong.send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = reply.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=7).contains(&wait), "{wait}");
    let right = ask(&hub).basic_auth(&id, Some(&secret)).form(&[GRANT]);
    assert_eq!(right.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_documents_lead_to_the_keys() {
    let hub = TestHub::start().await;
    let get = async |url: String| -> Value {
        let reply = hub.http.get(url).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::OK);
        reply.json().await.unwrap()
    };
    let of = |name: &str| format!("{}/.well-known/{name}", hub.url);
    let metadata = get(of("openid-configuration")).await;
    assert_eq!(metadata, get(of("oauth-authorization-server")).await);
    assert_eq!(metadata["issuer"], hub.url);
    assert_eq!(
        metadata["token_endpoint"],
        format!("{}/oauth2/token", hub.url)
    );
    assert_eq!(
        metadata["revocation_endpoint"],
        format!("{}/oauth2/revoke", hub.url)
    );
    assert_eq!(
        metadata["token_endpoint_auth_signing_alg_values_supported"],
        json!(["RS256", "PS256", "ES256"])
    );
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["authorization_code", "refresh_token", "client_credentials"])
    );
    assert_eq!(
        metadata["code_challenge_methods_supported"],
        json!(["S256"])
    );
    assert_eq!(
        metadata["authorization_response_iss_parameter_supported"],
        true
    );
    // What is named is there.
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
    ] {
        let url = metadata[name].as_str().unwrap();
        let status = hub.http.get(url).send().await.unwrap().status();
        assert_ne!(status, StatusCode::NOT_FOUND, "{name}");
    }
    let keys = get(metadata["jwks_uri"].as_str().unwrap().to_owned()).await;
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&json!("RSA"), &json!("RS256"), &json!("sig"))
    );
    assert!(key["kid"].is_string());
    assert!(key.get("d").is_none(), "the private part is told");
}
