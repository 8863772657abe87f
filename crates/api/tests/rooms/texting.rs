//! A host sends the meeting's link to a phone.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use vdx_domain::Agent;
use vdx_store::{audit, both_engines};
use vdx_testkit::{Person, TestHub};

use super::{CLINIC, assert_refused, hub_with_clinic, text};

const NUMBER: &str = "+4520123456";
/// Something that does not happen within this has not happened.
const PATIENCE: Duration = Duration::from_secs(60);

/// A meeting that ends in an hour, and its host inside.
async fn in_meeting(hub: &TestHub) -> (Value, Person) {
    let booked = hub.book(json!({ "hostPin": 4711 })).await;
    let mut host = hub.person(&alias(hub, &booked).await);
    host.enter("Host", Some("4711")).await;
    (booked, host)
}

async fn alias(hub: &TestHub, booked: &Value) -> String {
    let short_id = text(booked, "shortId");
    let url = format!("{}/api/hub/v1/links/{short_id}", hub.url);
    let link: Value = hub
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    text(&link, "address").to_owned()
}

async fn send(host: &Person, body: Value) -> (StatusCode, Value) {
    host.call(Method::POST, "vdx_sms", body).await
}

async fn status(host: &Person, uuid: &str) -> (StatusCode, Value) {
    let path = format!("vdx_sms/{uuid}");
    host.call(Method::GET, &path, json!({})).await
}

/// Sends to this number, and gives the message's id.
async fn sent(host: &Person, phone: &str) -> String {
    let (code, answer) = send(host, json!({ "phone": phone })).await;
    assert_eq!(code, StatusCode::OK, "{answer}");
    assert_eq!(answer["result"]["status"], "Queued");
    text(&answer, "result.uuid").to_owned()
}

/// Goes on as who one is for two minutes more.
async fn renew(host: &mut Person) {
    let (_, answer) = host.call(Method::POST, "refresh_token", json!({})).await;
    text(&answer, "result.token").clone_into(&mut host.token);
}

/// How long to wait, of a refusal because of too many.
async fn wait_of(host: &Person, phone: &str) -> (String, u64) {
    let client = reqwest::Client::new();
    let request = client.post(format!("{}/vdx_sms", host.base()));
    let request = request.header("token", &host.token);
    let reply = request
        .json(&json!({ "phone": phone }))
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait = reply.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let body: Value = reply.json().await.unwrap();
    (text(&body, "result").to_owned(), wait)
}

both_engines! {
    async fn the_link_arrives_and_the_host_sees_it(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let sms = hub.hub.sms.clone();
        let job = tokio::spawn(async move { sms.run(async { stopped.await.unwrap_or(()) }).await });
        let (booked, host) = in_meeting(&hub).await;
        let id = sent(&host, "20 12 34 56").await;
        let begun = Instant::now();
        loop {
            let (code, answer) = status(&host, &id).await;
            assert_eq!(code, StatusCode::OK, "{answer}");
            if answer["result"] == json!({ "status": "Delivered" }) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (_, answer) = send(&host, json!({ "phone": NUMBER, "language": "en" })).await;
        assert_eq!(answer["status"], "success");
        let kept = hub.hub.sms.kept_here(&Agent::hub("test"), 10).await.unwrap();
        let texts: Vec<&str> = kept.iter().rev().map(|shown| &*shown.text).collect();
        let link = text(&booked, "shortLink");
        assert_eq!(texts[0], format!(
            "Hej! Vi vil gerne tale med dig på video. Tryk på linket for at være med:\n{link}\n\nVenlig hilsen\nRegion"
        ));
        assert!(texts[1].starts_with("Hello!") && texts[1].contains(link), "{}", texts[1]);
        assert_eq!(kept[1].to.reveal(), NUMBER);
        drop(stop);
        job.await.unwrap();

        let records = audit::of(&mut hub.db.reader(), &id).await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!((&*records[0].resource, &*records[0].operation), ("sms", "create"));
        assert_eq!(records[0].actor, format!("host:{}", host.uuid));
        assert!(!records[0].details.contains("20123456"));
    }

    async fn a_meeting_has_three_in_a_minute_and_ten_in_a_day(test: TestDb) {
        let hub = TestHub::on(test).await;
        let (booked, mut host) = in_meeting(&hub).await;
        for n in 0..10 {
            if n > 0 && n % 3 == 0 {
                let (why, wait) = wait_of(&host, "+4520129999").await;
                assert!(why.contains("of this meeting's hosts in a minute"), "{why}");
                assert!((1..=61).contains(&wait), "{wait}");
                hub.clock.advance(Duration::from_secs(61));
                renew(&mut host).await;
            }
            sent(&host, &format!("+45201200{n:02}")).await;
        }
        hub.clock.advance(Duration::from_secs(61));
        renew(&mut host).await;
        let (why, wait) = wait_of(&host, NUMBER).await;
        assert!(why.contains("of this meeting's hosts in a day"), "{why}");
        assert!(wait > 23 * 3600, "{wait}");
        // A new conference is of no help, and another meeting is not held up.
        host.call(Method::POST, "release_token", json!({})).await;
        let mut again = hub.person(&alias(&hub, &booked).await);
        again.enter("Host", Some("4711")).await;
        assert_eq!(wait_of(&again, NUMBER).await.0, why);
        let (_, other) = in_meeting(&hub).await;
        sent(&other, NUMBER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_cannot_be_used_is_refused_with_the_reason() {
    let hub = TestHub::start().await;
    let (_, host) = in_meeting(&hub).await;
    for (phone, why) in [
        (
            "12345678",
            "phone: must be a phone number, with country code where it is foreign",
        ),
        (
            "+46850123456",
            "phone: must be the number of a mobile phone",
        ),
    ] {
        assert_refused(&send(&host, json!({ "phone": phone })).await, 400, why);
    }
    for body in [
        json!({}),
        json!({ "phone": 5 }),
        json!({ "phone": NUMBER, "language": "xx" }),
    ] {
        let (code, answer) = send(&host, body).await;
        assert_eq!(code, StatusCode::BAD_REQUEST);
        assert!(!answer.to_string().contains("20123456"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_hosts_send_and_only_to_a_meeting_that_goes_on() {
    let hub = hub_with_clinic().await;
    let mut fixed = hub.person(CLINIC);
    fixed.enter("Host", Some("1111")).await;
    let wish = || json!({ "phone": NUMBER });
    assert_refused(&send(&fixed, wish()).await, 409, "No meeting");

    let end = hub.hub.clock.now() + Duration::from_secs(60);
    let booked = hub
        .book(json!({ "hostPin": 4711, "guestPin": 5822, "endTime": end.to_string() }))
        .await;
    let alias = alias(&hub, &booked).await;
    let (mut host, mut guest) = (hub.person(&alias), hub.person(&alias));
    host.enter("Host", Some("4711")).await;
    guest.enter("Guest", Some("5822")).await;
    assert_refused(&send(&guest, wish()).await, 403, "Invalid role");
    let message = sent(&host, NUMBER).await;
    assert_refused(&status(&guest, &message).await, 403, "Invalid role");
    hub.clock.advance(Duration::from_secs(61));
    assert_refused(&send(&host, wish()).await, 409, "The meeting is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_of_another_room_are_nobodys_business() {
    let hub = hub_with_clinic().await;
    let (_, host) = in_meeting(&hub).await;
    let (_, other) = in_meeting(&hub).await;
    let mut fixed = hub.person(CLINIC);
    fixed.enter("Host", Some("1111")).await;
    let message = sent(&host, NUMBER).await;
    assert_eq!(status(&host, &message).await.0, StatusCode::OK);
    for stranger in [&other, &fixed] {
        let answer = status(stranger, &message).await;
        assert_refused(&answer, 403, "Message not found");
    }
    for id in ["nonsense", "0197f3c2-0000-7000-8000-000000000001"] {
        assert_refused(&status(&host, id).await, 403, "Message not found");
    }
}
