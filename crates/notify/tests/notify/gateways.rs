//! What the hub says to gateways, and how it takes what they say.

use std::time::Duration;

use serde_json::{Value, json};
use vdx_domain::{Clock as _, SmsFailure, SmsId, SmsStatus};
use vdx_notify::{GatewaySettings, Reported, open_gateway};
use vdx_store::both_engines;

use crate::rig::{Answering, Asked, Job, LINK, NUMBER, Rig, Server};

pub(crate) fn gateway_api(server: &Server) -> GatewaySettings {
    GatewaySettings::GatewayApi {
        url: server.url().to_owned(),
        token: "the-token".to_owned(),
    }
}

pub(crate) fn twilio(server: &Server) -> GatewaySettings {
    GatewaySettings::Twilio {
        url: server.url().to_owned(),
        account: "AC00000000000000000000000000000001".to_owned(),
        secret: "the-secret".to_owned(),
        key: None,
    }
}

pub(crate) fn ids(number: usize) -> Answering {
    Answering::With(200, json!({ "ids": [1_000_000 + number] }).to_string())
}

fn basic(user: &str, password: &str) -> String {
    let request = reqwest::Client::new()
        .get("http://x.example")
        .basic_auth(user, Some(password))
        .build()
        .unwrap();
    request.headers()["authorization"]
        .to_str()
        .unwrap()
        .to_owned()
}

/// The report address a gateway was given: gateway, id and proof.
fn report_address(url: &str) -> (String, SmsId, String) {
    let rest = url
        .strip_prefix("https://hub.example/api/hub/v1/sms/reports/")
        .unwrap();
    let (gateway, rest) = rest.split_once('/').unwrap();
    let (id, proof) = rest.split_once("?proof=").unwrap();
    (gateway.to_owned(), id.parse().unwrap(), proof.to_owned())
}

fn form(asked: &Asked) -> std::collections::BTreeMap<String, String> {
    serde_urlencoded::from_str(&asked.body).unwrap()
}

both_engines! {
    async fn gateway_api_is_asked_as_it_documents(test: TestDb) {
        let server = Server::start(|_| ids(1)).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let _job = Job::start(&rig.sms);
        let id = rig.sent().await;
        rig.becomes(id, SmsStatus::Sent).await;
        let asked = server.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].uri.path(), "/rest/mtsms");
        assert_eq!(asked[0].authorization, basic("the-token", ""));
        let body: Value = serde_json::from_str(&asked[0].body).unwrap();
        assert_eq!(body["recipients"], json!([{ "msisdn": 4_520_123_456_u64 }]));
        assert_eq!(body["message"], format!("Hej! Din samtale: {LINK}"));
        assert_eq!((&body["sender"], &body["encoding"]), (&json!("VDX"), &json!("UTF8")));
        assert_eq!(body["userref"], id.to_string());
        let validity = body["validity_period"].as_u64().unwrap();
        assert!((86_000..=86_400).contains(&validity), "{validity}");

        let (gateway, reported, proof) = report_address(body["callback_url"].as_str().unwrap());
        assert_eq!((&*gateway, reported), ("gatewayapi", id));
        let report = |status: &str| json!({
            "id": 1_000_001, "msisdn": 4_520_123_456_u64, "time": 1, "status": status,
            "userref": id.to_string(),
        }).to_string();
        let told = |proof: String, body: String| {
            let sms = rig.sms.clone();
            async move { sms.report("gatewayapi", id, &proof, body.as_bytes()).await.unwrap() }
        };
        assert_eq!(told(proof.clone(), report("NONSENSE")).await, Reported::Unreadable);
        assert_eq!(told(proof.clone(), report("ENROUTE")).await, Reported::TakenIn);
        assert_eq!(rig.standing(id).await.status, SmsStatus::Sent);
        assert_eq!(told(proof, report("DELIVERED")).await, Reported::TakenIn);
        assert_eq!(rig.standing(id).await.status, SmsStatus::Delivered);
    }

    async fn the_address_of_a_message_speaks_of_no_other(test: TestDb) {
        let mut number = 0;
        let server = Server::start(move |_| { number += 1; ids(number) }).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let _job = Job::start(&rig.sms);
        let (first, second) = (rig.sent().await, rig.sent().await);
        for id in [first, second] {
            rig.becomes(id, SmsStatus::Sent).await;
        }
        let body = json!({ "id": 1, "status": "DELIVERED" }).to_string();
        let addresses: Vec<_> = server.asked().iter().map(|asked| {
            let body: Value = serde_json::from_str(&asked.body).unwrap();
            report_address(body["callback_url"].as_str().unwrap())
        }).collect();
        let proof_of = |id| &addresses.iter().find(|address| address.1 == id).unwrap().2;
        for (gateway, id, proof) in [
            ("gatewayapi", first, proof_of(second).as_str()),
            ("gatewayapi", SmsId::generate(), proof_of(second)),
            ("twilio", first, proof_of(first)),
            ("gatewayapi", first, ""),
            ("gatewayapi", first, "00"),
            ("gatewayapi", first, "not hexadecimal"),
        ] {
            let reported = rig.sms.report(gateway, id, proof, body.as_bytes()).await.unwrap();
            assert_eq!(reported, Reported::Unknown);
        }
        assert_eq!(rig.standing(first).await.status, SmsStatus::Sent);
    }

    async fn a_message_of_other_characters_says_so(test: TestDb) {
        let server = Server::start(|_| ids(1)).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let _job = Job::start(&rig.sms);
        rig.send(NUMBER, "🙂 %meeting_url%").await.unwrap();
        let asked = server.is_asked(1).await;
        let body: Value = serde_json::from_str(&asked[0].body).unwrap();
        assert_eq!(body["encoding"], "UCS2");
        assert_eq!(body["message"], format!("🙂 {LINK}"));
    }

    async fn a_busy_gateway_is_asked_again(test: TestDb) {
        let mut times = 0;
        let server = Server::start(move |_| {
            times += 1;
            match times {
                1 => Answering::With(503, String::new()),
                2 => Answering::WithHeader(429, "retry-after", "100".to_owned()),
                _ => ids(1),
            }
        }).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let _job = Job::start(&rig.sms);
        let id = rig.sent().await;
        rig.until_asked(&server, 2, Duration::from_secs(10)).await;
        // It wants to be left alone longer than the hub would have waited.
        let progress = rig.at_rest(id, 2).await;
        let next = progress.next_attempt_at.unwrap();
        let wait = next.duration_since(rig.clock.now()).as_secs();
        assert!((60..=100).contains(&wait), "{wait}");
        assert_eq!(server.asked().len(), 2);
        rig.clock.advance(Duration::from_secs(100));
        rig.becomes(id, SmsStatus::Sent).await;
        assert_eq!(server.asked().len(), 3);
        assert_eq!(rig.sms.counts().attempts, 3);
    }

    async fn a_gateway_that_never_takes_it_is_given_up(test: TestDb) {
        let server = Server::start(|_| {
            Answering::With(403, json!({ "code": "0x0213", "message": "Unauthorized IP" }).to_string())
        }).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let _job = Job::start(&rig.sms);
        let id = rig.sent().await;
        rig.until_asked(&server, 8, Duration::from_secs(601)).await;
        let standing = rig.becomes(id, SmsStatus::Failed).await;
        assert_eq!(standing.failure, Some(SmsFailure::GaveUp));
        assert_eq!(standing.gateway_code.as_deref(), Some("0x0213"));
        assert_eq!(server.asked().len(), 8);
    }

    async fn what_a_gateway_refuses_is_not_tried_again(test: TestDb) {
        let server = Server::start(|_| {
            Answering::With(400, json!({ "code": 21211, "message": "+4520123456 is bad" }).to_string())
        }).await;
        let rig = Rig::new(test, twilio(&server)).await;
        let _job = Job::start(&rig.sms);
        let id = rig.sent().await;
        let standing = rig.becomes(id, SmsStatus::Failed).await;
        assert_eq!(standing.failure, Some(SmsFailure::Refused));
        assert_eq!(standing.gateway_code.as_deref(), Some("21211"));
        assert_eq!(server.asked().len(), 1);
    }

    async fn a_message_that_is_of_no_use_is_not_sent(test: TestDb) {
        let server = Server::start(|_| ids(1)).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let id = rig.sent().await;
        rig.clock.advance(Duration::from_secs(25 * 3600));
        let _job = Job::start(&rig.sms);
        let standing = rig.becomes(id, SmsStatus::Failed).await;
        assert_eq!(standing.failure, Some(SmsFailure::Expired));
        assert_eq!(server.asked().len(), 0);
    }

    async fn twilio_is_asked_as_it_documents(test: TestDb) {
        let server = Server::start(|_| {
            let sid = "SM00000000000000000000000000000001";
            Answering::With(201, json!({ "sid": sid, "status": "queued", "body": "x" }).to_string())
        }).await;
        let rig = Rig::new(test, twilio(&server)).await;
        let _job = Job::start(&rig.sms);
        let id = rig.sent().await;
        rig.becomes(id, SmsStatus::Sent).await;
        let asked = server.asked();
        let account = "AC00000000000000000000000000000001";
        assert_eq!(asked[0].uri.path(), format!("/2010-04-01/Accounts/{account}/Messages.json"));
        assert_eq!(asked[0].authorization, basic(account, "the-secret"));
        let form = form(&asked[0]);
        assert_eq!(form["To"], NUMBER);
        assert_eq!(form["From"], "VDX");
        assert_eq!(form["Body"], format!("Hej! Din samtale: {LINK}"));
        assert_eq!(form["ValidityPeriod"], "36000");
        let (gateway, reported, proof) = report_address(&form["StatusCallback"]);
        assert_eq!((&*gateway, reported), ("twilio", id));
        let body = "MessageSid=SM00000000000000000000000000000001&MessageStatus=undelivered&ErrorCode=30003";
        let told = rig.sms.report("twilio", id, &proof, body.as_bytes()).await.unwrap();
        assert_eq!(told, Reported::TakenIn);
        let standing = rig.standing(id).await;
        assert_eq!(standing.failure, Some(SmsFailure::Undelivered));
        assert_eq!(standing.gateway_code.as_deref(), Some("30003"));
    }
}

#[tokio::test]
async fn a_check_says_whether_the_gateway_lets_the_hub_in() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    for (status, good) in [(200, true), (401, false), (500, false)] {
        let server = Server::start(move |_| Answering::With(status, "{}".to_owned())).await;
        for settings in [gateway_api(&server), twilio(&server)] {
            let checked = open_gateway(&settings).unwrap().check().await;
            assert_eq!(checked.is_ok(), good, "{status} {checked:?}");
        }
        let paths: Vec<_> = server
            .asked()
            .iter()
            .map(|asked| asked.uri.path().to_owned())
            .collect();
        assert_eq!(
            paths,
            [
                "/rest/me",
                "/2010-04-01/Accounts/AC00000000000000000000000000000001.json"
            ]
        );
    }
    let nobody = GatewaySettings::GatewayApi {
        url: "http://127.0.0.1:9".to_owned(),
        token: "t".to_owned(),
    };
    let checked = open_gateway(&nobody).unwrap().check().await;
    assert!(checked.unwrap_err().contains("cannot be reached"));
}

#[test]
fn settings_of_no_use_are_refused() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let gateway_api = |url: &str, token: &str| GatewaySettings::GatewayApi {
        url: url.to_owned(),
        token: token.to_owned(),
    };
    let twilio = |account: &str, secret: &str| GatewaySettings::Twilio {
        url: "https://api.example".to_owned(),
        account: account.to_owned(),
        secret: secret.to_owned(),
        key: None,
    };
    for settings in [
        gateway_api("https://g.example", ""),
        gateway_api("http://g.example", "t"),
        gateway_api("g.example", "t"),
        twilio("", "s"),
        twilio("AC1", ""),
        twilio("AC1/../x", "s"),
    ] {
        assert!(open_gateway(&settings).is_err(), "{settings:?}");
    }
    assert!(open_gateway(&gateway_api("https://g.example/", "t")).is_ok());
    assert!(!format!("{:?}", gateway_api("https://g.example", "secret")).contains("secret"));
}
