//! The page of text messages that are kept instead of being sent.

use reqwest::StatusCode;
use serde_json::json;
use vdx_domain::ApiRole;
use vdx_store::{audit, both_engines};
use vdx_testkit::TestHub;

use crate::browser::{Browser, Page};

fn page(hub: &TestHub) -> String {
    format!("{}/development/messages", hub.url)
}

async fn send(hub: &TestHub, message: &str) -> String {
    let meeting = hub.book(json!({})).await;
    let url = format!(
        "{}/sms/v1/meeting/{}",
        hub.url,
        meeting["uuid"].as_str().unwrap()
    );
    let body = json!({ "to": "+4520123456", "message": message });
    let request = hub
        .http
        .post(url)
        .bearer_auth(hub.token().await)
        .json(&body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    meeting["shortLink"].as_str().unwrap().to_owned()
}

/// Opens the page and signs in on the way, as a browser would.
async fn sign_in(browser: &Browser<'_>, user: &(String, String)) -> Page {
    let sent_on = browser.get(&page(browser.hub)).await;
    assert_eq!(sent_on.status, StatusCode::SEE_OTHER);
    let form = browser.get(sent_on.location.unwrap().as_str()).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text);
    let done = browser.fill_in(&form, &user.0, &user.1).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let back = done.location.unwrap();
    assert!(back.as_str().starts_with(&page(browser.hub)), "{back}");
    browser.get(back.as_str()).await
}

both_engines! {
    async fn an_operator_reads_what_was_not_sent(test: TestDb) {
        let hub = TestHub::on(test).await;
        let link = send(&hub, "<b>Hej</b>\nDin samtale: %meeting_url%").await;
        let operator = hub.add_user("operator", &[ApiRole::Operator]).await;
        let browser = Browser::new(&hub);
        let back = sign_in(&browser, &operator).await;
        // The code does not stay in the address.
        assert_eq!(back.status, StatusCode::SEE_OTHER);
        let shown = browser.get(back.location.unwrap().as_str()).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shown.policy.starts_with("default-src 'none'; style-src 'self'"), "{}", shown.policy);
        for part in [
            "+4520123456",
            "From VDX",
            "&lt;b&gt;Hej&lt;/b&gt;\nDin samtale: <a href=",
            &format!("<a href=\"{link}\">{link}</a>"),
            "<html lang=\"en\">",
        ] {
            assert!(shown.text.contains(part), "{part}: {}", shown.text);
        }
        assert!(!shown.text.contains("<script"));
        let danish = browser.get(&format!("{}?ui_locales=da", page(&hub))).await;
        assert!(danish.text.contains("<html lang=\"da\">") && danish.text.contains("Fra VDX"));

        let records = audit::of(&mut hub.db.reader(), "development").await.unwrap();
        assert_eq!(records.len(), 2);
        let record = &records[0];
        assert_eq!((&*record.resource, &*record.operation), ("sms", "read"));
        assert_eq!(record.actor_email.as_deref(), Some("operator@example.org"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&record.details).unwrap(), json!({ "count": 1 }));
    }

    async fn nobody_else_does(test: TestDb) {
        let hub = TestHub::on(test).await;
        send(&hub, "%meeting_url%").await;
        let others: Vec<ApiRole> =
            ApiRole::ALL.iter().copied().filter(|role| *role != ApiRole::Operator).collect();
        let user = hub.add_user("planner", &others).await;
        let browser = Browser::new(&hub);
        let shown = sign_in(&browser, &user).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN);
        assert!(shown.text.contains("This page is for operators"), "{}", shown.text);
        assert!(!shown.text.contains("20123456"));
        // Neither does a token open it, nor does a stranger go round for ever.
        let bearer = hub.http.get(page(&hub)).bearer_auth(hub.token().await);
        assert!(!bearer.send().await.unwrap().text().await.unwrap().contains("20123456"));
        let stranger = Browser::new(&hub).get(&format!("{}?code=x", page(&hub))).await;
        assert_eq!(stranger.status, StatusCode::FORBIDDEN);
        assert!(stranger.text.contains("Allow cookies"), "{}", stranger.text);
        assert!(audit::of(&mut hub.db.reader(), "development").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_empty_page_says_how_to_send_one() {
    let hub = TestHub::start().await;
    let operator = hub.add_user("operator", &[ApiRole::Operator]).await;
    let browser = Browser::new(&hub);
    sign_in(&browser, &operator).await;
    let shown = browser.get(&page(&hub)).await;
    assert!(
        shown.text.contains("There are no messages yet."),
        "{}",
        shown.text
    );
    let style = browser
        .get(&format!("{}/development/messages.css", hub.url))
        .await;
    assert_eq!(style.status, StatusCode::OK);
}
