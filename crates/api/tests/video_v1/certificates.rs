//! The sign-in of v1: client certificates, alone and with a token for them.

use http::HeaderName;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use vdx_api::{CertificateFormat, CertificateProxy};
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_testkit::{ORGANISATION, TestHub};

use crate::certificate_rig::{Knowing, refused, text};
use crate::rig::{answer, meeting};

const HOLDER_OF_KEY: &str = "Holder-of-key";

fn known(role: ApiRole) -> Knowing {
    Knowing {
        system: Some(role),
        ..Knowing::default()
    }
}

fn taking_assertions() -> Knowing {
    Knowing {
        sts: true,
        ..Knowing::default()
    }
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

fn with_token(client: &Client, url: &str, token: &str) -> RequestBuilder {
    let request = client.get(format!("{url}/scheduling-templates"));
    request.header("authorization", format!("{HOLDER_OF_KEY} {token}"))
}

async fn token(given: reqwest::Response) -> String {
    assert_eq!(given.status(), StatusCode::OK);
    let body: Value = given.json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

both_engines! {
    async fn a_known_certificate_is_enough(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = known(ApiRole::MeetingUser).over_tls(&hub).await;
        let (client, url) = (secured.client(Some("system")), secured.url());
        let booked = answer(client.post(format!("{url}/meetings")).json(&meeting())).await.good();
        assert_eq!(booked["organizedBy"]["email"], "system@example.org");
        assert_eq!(booked["organizedBy"]["organisationId"], ORGANISATION);
        let read = format!("{url}/meetings/{}", booked["uuid"].as_str().unwrap());
        assert_eq!(answer(client.get(&read)).await.good()["uuid"], booked["uuid"]);
        // It is for v1; v2 wants a token.
        let v2 = client.get(read.replace("/videoapi/", "/videoapi/v2/"));
        assert_eq!(status(v2).await, StatusCode::UNAUTHORIZED);
    }

    async fn other_certificates_and_none_are_refused_clearly(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = known(ApiRole::MeetingUser).over_tls(&hub).await;
        let url = secured.url();
        for (name, told) in [(None, "bearer token"), (Some("other"), "not known here")] {
            let client = secured.client(name);
            let refused = answer(client.get(format!("{url}/meetings?subject=x"))).await;
            assert_eq!(refused.failed(), (401, None), "{name:?}");
            assert!(refused.text().contains(told), "{}", refused.text());
            // Everybody may know that the hub is there.
            assert_eq!(status(client.get(format!("{url}/info"))).await, StatusCode::OK);
        }
    }

    async fn a_token_of_the_hub_counts_beside_a_certificate(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = known(ApiRole::MeetingUser).over_tls(&hub).await;
        let client = secured.client(Some("other"));
        let list = client.get(format!("{}/scheduling-templates", secured.url()));
        // Issued and checked at different times of day, so it is not good; but it is what counts.
        let refused = answer(list.bearer_auth("x.y.z")).await;
        assert!(refused.text().contains("token"), "{}", refused.text());
    }

    async fn a_certificate_alone_counts_for_no_page(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = known(ApiRole::MeetingUser).over_tls(&hub).await;
        let list = || secured.client(Some("system")).get(format!("{}/scheduling-templates", secured.url()));
        assert_eq!(status(list()).await, StatusCode::OK);
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let by_page = list().header(name, value);
            assert_eq!(status(by_page).await, StatusCode::UNAUTHORIZED, "{name}");
        }
    }

    async fn a_provisioner_with_a_name_makes_rooms(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = known(ApiRole::MeetingProvisioner).over_tls(&hub).await;
        let client = secured.client(Some("system"));
        let list = client.get(format!("{}/scheduling-info-provision", secured.url()));
        let list = list.query(&[("vmr-start-time", "2027-01-15T08:00:00 +0000")]);
        assert_ne!(status(list).await, StatusCode::UNAUTHORIZED);
        let book = client.post(format!("{}/meetings", secured.url())).json(&meeting());
        answer(book).await.good();
    }

    async fn an_assertion_opens_a_session_for_its_certificate(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = taking_assertions().over_tls(&hub).await;
        let (client, url) = (secured.client(Some("system")), secured.url());
        let given = secured.exchange(&client, "good").await;
        assert_eq!(given.headers()["cache-control"], "no-store");
        let body: Value = given.json().await.unwrap();
        assert_eq!(body["token_type"], HOLDER_OF_KEY);
        assert_eq!(body["expires_in"], 3600);
        assert_eq!(body.as_object().unwrap().len(), 3);
        let token = body["access_token"].as_str().unwrap();

        let book = client.post(format!("{url}/meetings")).json(&meeting());
        let book = book.header("authorization", format!("holder-of-KEY {token}"));
        let booked = answer(book).await.good();
        assert_eq!(booked["organizedBy"]["email"], "søren@example.org");

        for (name, told) in [(Some("other"), "another certificate"), (None, "certificate is needed")] {
            let refused = answer(with_token(&secured.client(name), &url, token)).await;
            assert_eq!(refused.failed(), (401, None));
            assert!(refused.text().contains(told), "{}", refused.text());
        }
        let challenge = with_token(&secured.client(None), &url, token).send().await.unwrap();
        assert_eq!(challenge.headers()["www-authenticate"], HOLDER_OF_KEY);
        // It is no bearer token, and the session is not the certificate's alone.
        let bearer = client.get(format!("{url}/scheduling-templates")).bearer_auth(token);
        assert_eq!(status(bearer).await, StatusCode::UNAUTHORIZED);
        let alone = client.get(format!("{url}/scheduling-templates"));
        assert_eq!(status(alone).await, StatusCode::UNAUTHORIZED);
    }

    async fn what_is_no_exchange_is_told_apart(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = taking_assertions().over_tls(&hub).await;
        let (client, at) = (secured.client(Some("system")), format!("{}/token", secured.url()));
        let bad = |error: &str| (StatusCode::BAD_REQUEST, error.to_owned());
        secured.exchange(&client, "once").await.error_for_status().unwrap();
        for (name, wanted) in [
            ("once", bad("invalid_grant")),
            ("rogue", bad("invalid_grant")),
            ("other-holder", bad("invalid_grant")),
            ("unknown", (StatusCode::FORBIDDEN, "access_denied".to_owned())),
        ] {
            assert_eq!(refused(secured.exchange(&client, name).await).await, wanted, "{name}");
        }
        let nobody = secured.exchange(&secured.client(None), "good").await;
        assert_eq!(nobody.headers()["www-authenticate"], HOLDER_OF_KEY);
        let wanted = (StatusCode::UNAUTHORIZED, "invalid_client".to_owned());
        assert_eq!(refused(nobody).await, wanted);
        for request in [
            client.post(&at).form(&[("saml_token", "x")]),
            client.post(&at).form(&[("saml-token", "x"), ("saml-token", "x")]),
            client.post(&at).json(&serde_json::json!({ "saml-token": "x" })),
            client.post(&at),
        ] {
            assert_eq!(refused(request.send().await.unwrap()).await, bad("invalid_request"));
        }
        // The other end of the system's certificate got nothing used up.
        token(secured.exchange(&client, "good").await).await;
    }

    async fn guesses_are_slowed_down(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = taking_assertions().over_tls(&hub).await;
        let client = secured.client(Some("system"));
        for _ in 0..10 {
            let refused = secured.exchange(&client, "rogue").await;
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        }
        let slowed = secured.exchange(&client, "rogue").await;
        assert_eq!(slowed.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(slowed.headers().contains_key("retry-after"));
        // One that is right is let through, and so is somebody else.
        token(secured.exchange(&client, "good").await).await;
        let other = secured.exchange(&secured.client(Some("other")), "rogue").await;
        assert_eq!(other.status(), StatusCode::BAD_REQUEST);
    }

    async fn a_trusted_proxy_tells_the_certificate(test: TestDb) {
        let hub = TestHub::on(test).await;
        for (format, value) in [
            (CertificateFormat::Rfc9440, structured("system")),
            (CertificateFormat::EscapedPem, escaped("system")),
        ] {
            let url = behind("127.0.0.0/8", format).plain(&hub).await;
            let list = || hub.http.get(format!("{url}/scheduling-templates"));
            assert_eq!(status(list()).await, StatusCode::UNAUTHORIZED);
            let shown = list().header("client-cert", &value);
            assert_eq!(status(shown).await, StatusCode::OK, "{format:?}");
            // Twice, or something else: the proxy did not write it so.
            for wrong in [list().header("client-cert", &value).header("client-cert", &value), list().header("client-cert", "x")] {
                assert_eq!(status(wrong).await, StatusCode::UNAUTHORIZED);
            }
        }
        let elsewhere = behind("192.0.2.0/24", CertificateFormat::Rfc9440).plain(&hub).await;
        let forged = hub.http.get(format!("{elsewhere}/scheduling-templates"));
        let forged = forged.header("client-cert", structured("system"));
        assert_eq!(status(forged).await, StatusCode::UNAUTHORIZED);
    }

    async fn a_proxys_own_certificate_is_not_its_clients(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = behind("127.0.0.1/32", CertificateFormat::Rfc9440).over_tls(&hub).await;
        let proxy = secured.client(Some("system"));
        let list = || proxy.get(format!("{}/scheduling-templates", secured.url()));
        assert_eq!(status(list()).await, StatusCode::UNAUTHORIZED);
        let shown = list().header("client-cert", structured("system"));
        assert_eq!(status(shown).await, StatusCode::OK);
    }

    async fn a_gateways_session_is_not_believed(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = taking_assertions().over_tls(&hub).await;
        // {"UserAttributes":{"dk:medcom:organisation_id":["region"]}}
        let session = "eyJVc2VyQXR0cmlidXRlcyI6eyJkazptZWRjb206b3JnYW5pc2F0aW9uX2lkIjpbInJlZ2lvbiJdfX0=";
        let request = secured.client(Some("system")).get(format!("{}/scheduling-templates", secured.url()));
        let request = request.header("x-sessiondata", session);
        assert_eq!(status(request).await, StatusCode::UNAUTHORIZED);
    }

    async fn a_hub_without_a_service_takes_no_assertions(test: TestDb) {
        let hub = TestHub::on(test).await;
        let secured = known(ApiRole::MeetingUser).over_tls(&hub).await;
        let answer = secured.exchange(&secured.client(Some("system")), "good").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }

    async fn the_sign_in_ends_with_v1(test: TestDb) {
        let hub = TestHub::on(test).await;
        let ended = Knowing { ended: true, ..taking_assertions() };
        let secured = ended.over_tls(&hub).await;
        let answer = secured.exchange(&secured.client(Some("system")), "good").await;
        assert_eq!(answer.status(), StatusCode::GONE);
        assert!(answer.headers().contains_key("sunset"));
    }
}

/// A hub that knows the system's certificate, behind a proxy.
fn behind(network: &str, format: CertificateFormat) -> Knowing {
    Knowing {
        proxy: Some(CertificateProxy {
            networks: vec![network.parse().unwrap()],
            header: HeaderName::from_static("client-cert"),
            format,
        }),
        ..known(ApiRole::MeetingUser)
    }
}

/// As RFC 9440 writes it.
fn structured(name: &str) -> String {
    let pem = text(&format!("{name}.pem"));
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    format!(":{body}:")
}

/// As nginx writes it.
fn escaped(name: &str) -> String {
    let pem = text(&format!("{name}.pem"));
    pem.replace(' ', "%20")
        .replace('\n', "%0A")
        .replace('+', "%2B")
}
