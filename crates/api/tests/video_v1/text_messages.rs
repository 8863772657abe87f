//! The SMS API takes callers who sign in as in v1: today's clients use one
//! token for both.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::certificate_rig::Knowing;
use crate::rig::{answer, meeting};

fn message() -> Value {
    json!({ "to": "+4520123456", "message": "Hej! %meeting_url%" })
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

/// Where the messages of a meeting are, from where v1 is.
fn messages(v1: &str, meeting: &Value) -> String {
    let hub = v1.strip_suffix("/videoapi").unwrap();
    format!("{hub}/sms/v1/meeting/{}", meeting["uuid"].as_str().unwrap())
}

both_engines! {
    async fn a_token_for_a_certificate_sends(test: TestDb) {
        let hub = TestHub::on(test).await;
        let knowing = Knowing { sts: true, ..Knowing::default() };
        let secured = knowing.over_tls(&hub).await;
        let (client, url) = (secured.client(Some("system")), secured.url());
        let given: Value = secured.exchange(&client, "good").await.json().await.unwrap();
        let token = format!("Holder-of-key {}", given["access_token"].as_str().unwrap());
        let book = client.post(format!("{url}/meetings")).json(&meeting());
        let booked = answer(book.header("authorization", &token)).await.good();
        let messages = messages(&url, &booked);
        let send = |client: &reqwest::Client| client.post(&messages).json(&message());
        let with_token = send(&client).header("authorization", &token);
        assert_eq!(status(with_token).await, StatusCode::OK);
        let list = client.get(&messages).header("authorization", &token);
        let listed: Value = list.send().await.unwrap().json().await.unwrap();
        assert_eq!(listed[0]["status"], "Queued");
        // Elsewhere the token is of no use.
        let stolen = send(&secured.client(Some("other"))).header("authorization", &token);
        assert_eq!(status(stolen).await, StatusCode::UNAUTHORIZED);
    }

    async fn a_known_certificate_sends(test: TestDb) {
        let hub = TestHub::on(test).await;
        let knowing = Knowing { system: Some(ApiRole::MeetingUser), ..Knowing::default() };
        let secured = knowing.over_tls(&hub).await;
        let (client, url) = (secured.client(Some("system")), secured.url());
        let booked = answer(client.post(format!("{url}/meetings")).json(&meeting())).await.good();
        let messages = messages(&url, &booked);
        let send = || client.post(&messages).json(&message());
        assert_eq!(status(send()).await, StatusCode::OK);
        // Not where a page makes the browser call.
        let by_page = send().header("origin", "https://evil.example");
        assert_eq!(status(by_page).await, StatusCode::UNAUTHORIZED);
    }
}
