//! From a call to the phone, with the gateway that keeps messages here.

use std::time::Duration;

use serde_json::{Value, json};
use vdx_domain::Agent;
use vdx_store::{Connection as _, audit, both_engines};
use vdx_testkit::TestHub;

use crate::rig::{Api, Job, NUMBER, TEXT, meeting};

both_engines! {
    async fn a_message_with_the_meetings_link_arrives(test: TestDb) {
        let hub = TestHub::on(test).await;
        let job = Job::start(&hub);
        let api = Api::new(&hub).await;
        let (id, link) = meeting(&hub).await;
        let sent = api.send(&id, "20 12 34 56", TEXT).await.good();
        let reference = sent["reference"].as_str().unwrap().to_owned();
        assert_eq!(sent, json!({
            "reference": reference,
            "status": "Queued",
            "sender": "VDX",
            "encoding": "gsm",
            "parts": 1,
        }));
        let standing = api.becomes(&id, "Delivered").await;
        assert_eq!(standing["reference"], *reference);
        assert_eq!(standing["to"], "••••••56");
        assert_eq!((&standing["parts"], &standing["encoding"]), (&json!(1), &json!("gsm")));
        assert_eq!((&standing["failure"], &standing["gatewayCode"]), (&Value::Null, &Value::Null));
        assert!(standing["statusTime"].as_str() >= standing["createdTime"].as_str());
        let kept = hub.hub.sms.kept_here(&Agent::hub("test"), 10).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].to.reveal(), &*kept[0].text), (NUMBER, &*format!("Hej! Din samtale: {link}")));
        job.stop().await;

        let records = audit::of(&mut hub.db.reader(), &reference).await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!((&*records[0].resource, &*records[0].operation), ("sms", "create"));
        assert_eq!(records[0].actor_email.as_deref(), Some("me@example.org"));
        let read = audit::of(&mut hub.db.reader(), &id).await.unwrap();
        let of_list = |record: &audit::Record| (&*record.resource, &*record.operation) == ("sms", "read");
        assert!(read.iter().any(of_list));
        for record in records.iter().chain(&read) {
            assert!(!record.details.contains("20123456"), "{}", record.details);
        }
    }

    async fn it_comes_from_the_organisation(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::new(&hub).await;
        let (id, _) = meeting(&hub).await;
        let mut tx = hub.db.begin().await.unwrap();
        let named = tx.sql("UPDATE organisations SET sms_sender_name = 'Region H'").execute();
        named.await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(api.send(&id, NUMBER, TEXT).await.good()["sender"], "Region H");
    }

    async fn nothing_was_sent_is_a_404(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::new(&hub).await;
        let (id, _) = meeting(&hub).await;
        let (status, text) = (404, "No message was sent to this meeting's people.");
        assert_eq!(api.list(&id).await.failed(), (status, text));
        api.send(&id, NUMBER, TEXT).await.good();
        let listed = api.list(&id).await.good();
        assert_eq!(listed[0]["status"], "Queued");
        // The messages of another meeting are not among them.
        let (other, _) = meeting(&hub).await;
        assert_eq!(api.list(&other).await.failed().0, 404);
    }
}

#[tokio::test]
async fn a_refused_value_is_named() {
    let hub = TestHub::start().await;
    let api = Api::new(&hub).await;
    let (id, link) = meeting(&hub).await;
    let fits = 4 * 153 - link.len();
    let longest = format!("{}%meeting_url%", "x".repeat(fits));
    assert_eq!(api.send(&id, NUMBER, &longest).await.good()["parts"], 4);
    let too_long = format!("x{longest}");
    let digits = "2".repeat(33);
    for (body, part) in [
        (
            json!({ "to": "12345678", "message": TEXT }),
            "to: must be a phone number",
        ),
        (
            json!({ "to": "", "message": TEXT }),
            "to: must be a phone number",
        ),
        (
            json!({ "to": digits, "message": TEXT }),
            "to: must be a phone number",
        ),
        (
            json!({ "to": "0701740605", "message": TEXT }),
            "to: must be a phone number",
        ),
        (
            json!({ "to": "+46850123456", "message": TEXT }),
            "to: must be the number of a mobile",
        ),
        (json!({ "to": [NUMBER], "message": TEXT }), "to: "),
        (json!({ "to": 5, "message": TEXT }), "to: "),
        (json!({ "message": TEXT }), "to"),
        (json!({ "to": NUMBER }), "message"),
        (
            json!({ "to": NUMBER, "message": "no link" }),
            "message: must contain %meeting_url%",
        ),
        (
            json!({ "to": NUMBER, "message": too_long }),
            "message: takes 5 parts",
        ),
        (
            json!({ "to": NUMBER, "message": format!("{TEXT}\u{1b}") }),
            "message: must have no control",
        ),
        (json!([NUMBER, TEXT]), "a list instead of an object"),
    ] {
        let answer = api.post(&id, body.clone()).await;
        let (status, text) = answer.failed();
        assert_eq!(status, 400, "{body}");
        assert!(text.contains(part), "{body}: {text}");
        assert!(!text.contains("20123456"), "{text}");
    }
    assert_eq!(
        api.send("nonsense", NUMBER, TEXT).await.failed(),
        (400, "uuid: must be a UUID")
    );
    let nothing = "0197f3c2-0000-7000-8000-000000000001";
    assert_eq!(api.send(nothing, NUMBER, TEXT).await.failed().0, 404);
    assert_eq!(api.list(nothing).await.failed().0, 404);
}

#[tokio::test]
async fn a_meeting_that_is_over_invites_nobody() {
    let hub = TestHub::start().await;
    let (id, _) = meeting(&hub).await;
    hub.clock.advance(Duration::from_secs(3601));
    let api = Api::new(&hub).await;
    let answer = api.send(&id, NUMBER, TEXT).await;
    assert_eq!(answer.failed(), (406, "The meeting is over."));
}
