//! Each message is sent once: with many nodes, and over crashes at the worst
//! moment.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use vdx_domain::{Clock as _, SmsFailure, SmsStatus};
use vdx_notify::Reported;
use vdx_store::both_engines;

use crate::gateways::{gateway_api, ids, twilio};
use crate::rig::{Answering, Job, LINK, NUMBER, Rig, Server, TEXT};

const SID: &str = "SM00000000000000000000000000000001";

/// Twilio's list of messages, with one of this text.
fn list(text: &str, created: jiff::Timestamp) -> Answering {
    let date = jiff::fmt::rfc2822::to_string(&created.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
    let message = json!({ "sid": SID, "body": text, "date_created": date, "status": "sent" });
    Answering::With(200, json!({ "messages": [message] }).to_string())
}

both_engines! {
    async fn three_nodes_send_each_message_once(test: TestDb) {
        let mut number = 0;
        let server = Server::start(move |_| { number += 1; ids(number) }).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let nodes = [rig.node().await, rig.node().await, rig.node().await];
        let jobs: Vec<Job> = nodes.iter().map(Job::start).collect();
        let mut sent = BTreeSet::new();
        for n in 0..60 {
            let caller = format!("client:{n}");
            let queued = rig.send_as(&caller, &format!("+4520123{n:03}"), TEXT).await.unwrap();
            sent.insert(queued.id.to_string());
        }
        server.is_asked(60).await;
        // Nodes come and go meanwhile.
        for job in jobs {
            job.stop().await;
        }
        let asked: Vec<String> = server.asked().iter().map(|asked| {
            let body: Value = serde_json::from_str(&asked.body).unwrap();
            body["userref"].as_str().unwrap().to_owned()
        }).collect();
        assert_eq!(asked.len(), 60);
        assert_eq!(asked.into_iter().collect::<BTreeSet<_>>(), sent);
    }

    async fn who_stops_begins_no_other_message(test: TestDb) {
        let server = Server::start(|_| Answering::Never).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        for n in 0..30 {
            rig.send(&format!("+4520123{n:03}"), TEXT).await.unwrap();
        }
        let job = Job::start(&rig.sms);
        let begun = server.is_asked(8).await.len();
        // It waits for those that are being handed over, and leaves the others.
        job.stop().await;
        assert_eq!((begun, server.asked().len()), (8, 8));
        let waiting = rig.listed().await;
        assert!(waiting.iter().all(|standing| standing.status == SmsStatus::Queued));
    }

    async fn a_crash_with_a_gateway_that_cannot_tell(test: TestDb) {
        let server = Server::start(|_| Answering::Never).await;
        let rig = Rig::new(test, gateway_api(&server)).await;
        let job = Job::start(&rig.sms);
        let id = rig.sent().await;
        let asked = server.is_asked(1).await;
        // The gateway has the request; the node dies before it hears an answer.
        drop(job);
        rig.clock.advance(Duration::from_secs(120));
        let _job = Job::start(&rig.node().await);
        rig.clock.advance(Duration::from_secs(300));
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert_eq!(rig.standing(id).await.status, SmsStatus::Queued);
        rig.clock.advance(Duration::from_secs(300));
        let standing = rig.becomes(id, SmsStatus::Failed).await;
        assert_eq!(standing.failure, Some(SmsFailure::Unknown));
        assert_eq!(server.asked().len(), 1, "it may have arrived, so it is not sent again");
        // It had arrived.
        let body: Value = serde_json::from_str(&asked[0].body).unwrap();
        let proof = body["callback_url"].as_str().unwrap().split_once("?proof=").unwrap().1;
        let report = json!({ "id": 7, "status": "DELIVERED" }).to_string();
        let told = rig.sms.report("gatewayapi", id, proof, report.as_bytes()).await.unwrap();
        assert_eq!(told, Reported::TakenIn);
        let standing = rig.standing(id).await;
        assert_eq!((standing.status, standing.failure), (SmsStatus::Delivered, None));
    }

    async fn a_crash_with_a_gateway_that_has_it(test: TestDb) {
        let text = format!("Hej! Din samtale: {LINK}");
        let created = vdx_domain::SystemClock.now();
        let server = Server::start(move |asked| {
            if asked.method == Method::POST { Answering::Never } else { list(&text, created) }
        }).await;
        let rig = Rig::new(test, twilio(&server)).await;
        let job = Job::start(&rig.sms);
        let id = rig.sent().await;
        server.is_asked(1).await;
        drop(job);
        rig.clock.advance(Duration::from_secs(120));
        let _job = Job::start(&rig.node().await);
        rig.becomes(id, SmsStatus::Sent).await;
        assert_eq!(server.posted().len(), 1);
        let looked = server.asked().pop().unwrap();
        assert!(looked.uri.query().unwrap().contains("To=%2B4520123456"), "{}", looked.uri);
    }

    async fn a_crash_with_a_gateway_that_does_not_have_it(test: TestDb) {
        let mut posts = 0;
        let server = Server::start(move |asked| {
            if asked.method == Method::GET {
                // An older message of the same words, and a new one of others.
                return Answering::With(200, json!({ "messages": [
                    { "sid": SID, "body": format!("Hej! Din samtale: {LINK}"),
                      "date_created": "Thu, 24 Aug 2023 05:01:45 +0000" },
                    { "sid": "SM2", "body": "something else", "date_created": null },
                ] }).to_string());
            }
            posts += 1;
            match posts {
                1 => Answering::Never,
                _ => Answering::With(201, json!({ "sid": "SM3", "body": "x" }).to_string()),
            }
        }).await;
        let rig = Rig::new(test, twilio(&server)).await;
        let job = Job::start(&rig.sms);
        let id = rig.sent().await;
        server.is_asked(1).await;
        drop(job);
        rig.clock.advance(Duration::from_secs(120));
        let _job = Job::start(&rig.node().await);
        rig.becomes(id, SmsStatus::Sent).await;
        assert_eq!(server.posted().len(), 2);
    }

    async fn the_same_words_twice_are_two_messages(test: TestDb) {
        // The first goes well; the second's answer is lost. What the gateway
        // has is the first, so the second is sent again.
        let text = format!("Hej! Din samtale: {LINK}");
        let created = vdx_domain::SystemClock.now();
        let mut posts = 0;
        let server = Server::start(move |asked| {
            if asked.method == Method::GET {
                return list(&text, created);
            }
            posts += 1;
            match posts {
                1 => Answering::With(201, json!({ "sid": SID, "body": "x" }).to_string()),
                2 => Answering::With(502, String::new()),
                _ => Answering::With(201, json!({ "sid": "SM9", "body": "x" }).to_string()),
            }
        }).await;
        let rig = Rig::new(test, twilio(&server)).await;
        let _job = Job::start(&rig.sms);
        let first = rig.sent().await;
        rig.becomes(first, SmsStatus::Sent).await;
        let second = rig.sent().await;
        server.is_asked(2).await;
        // Once for what it has, and once to send it again.
        rig.until_asked(&server, 4, Duration::from_secs(70)).await;
        rig.becomes(second, SmsStatus::Sent).await;
        assert_eq!(server.posted().len(), 3);
    }

    async fn a_gateway_that_is_away_is_asked_again(test: TestDb) {
        // Nobody listens: the request did not leave, so it is safe to repeat.
        let server = Server::start(|_| ids(1)).await;
        let nobody = vdx_notify::GatewaySettings::GatewayApi {
            url: "http://127.0.0.1:9".to_owned(),
            token: "t".to_owned(),
        };
        let mut rig = Rig::new(test, nobody).await;
        let job = Job::start(&rig.sms);
        let id = rig.send(NUMBER, TEXT).await.unwrap().id;
        let begun = std::time::Instant::now();
        while rig.sms.counts().attempts == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        job.stop().await;
        // The operator corrects the address.
        rig.settings.gateway = gateway_api(&server);
        rig.clock.advance(Duration::from_secs(11));
        let _job = Job::start(&rig.node().await);
        rig.becomes(id, SmsStatus::Sent).await;
        assert_eq!(server.asked().len(), 1);
    }
}
