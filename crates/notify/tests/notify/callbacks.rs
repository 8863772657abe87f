//! Organisations are told at their own address.

use std::time::Duration;

use vdx_domain::SmsStatus;
use vdx_notify::GatewaySettings;
use vdx_store::sms::callbacks;
use vdx_store::{Connection as _, both_engines};

use crate::gateways::{gateway_api, ids};
use crate::rig::{Answering, Job, Rig, Server};

fn good() -> Answering {
    Answering::With(204, String::new())
}

async fn is_told(rig: &Rig) -> bool {
    let mut reader = rig.db.reader();
    let waits = reader.sql("SELECT id FROM sms_callbacks").exists();
    !waits.await.unwrap()
}

both_engines! {
    async fn each_change_is_told_in_its_order(test: TestDb) {
        let organisation = Server::start(|_| good()).await;
        let gateway = Server::start(|_| ids(1)).await;
        let rig = Rig::new(test, gateway_api(&gateway)).await;
        let url = format!("{}/told?key=k&ref=%reference%&status=%status%", organisation.url());
        rig.set_callback_url(Some(&url)).await;
        let job = Job::start(&rig.sms);
        let id = rig.sent().await;
        rig.becomes(id, SmsStatus::Sent).await;
        organisation.is_asked(1).await;
        job.stop().await;
        let asked: serde_json::Value = serde_json::from_str(&gateway.asked()[0].body).unwrap();
        let proof = asked["callback_url"].as_str().unwrap().split_once("?proof=").unwrap().1.to_owned();
        let report = br#"{"id":1000001,"status":"DELIVERED"}"#;
        rig.sms.report("gatewayapi", id, &proof, report).await.unwrap();
        let _job = Job::start(&rig.sms);
        let told = organisation.is_asked(2).await;
        let told: Vec<String> = told.iter().map(|asked| asked.uri.to_string()).collect();
        assert_eq!(told, [
            format!("/told?key=k&ref={id}&status=Sent"),
            format!("/told?key=k&ref={id}&status=Delivered"),
        ]);
    }

    async fn an_address_that_fails_is_tried_again(test: TestDb) {
        let mut times = 0;
        let organisation = Server::start(move |_| {
            times += 1;
            match times {
                1 => Answering::With(500, String::new()),
                2 => Answering::With(404, String::new()),
                _ => good(),
            }
        }).await;
        let rig = Rig::new(test, GatewaySettings::Development).await;
        rig.set_callback_url(Some(&format!("{}/%status%", organisation.url()))).await;
        let _job = Job::start(&rig.sms);
        rig.sent().await;
        for times in 1..=3 {
            rig.until_asked(&organisation, times, Duration::from_secs(61)).await;
            assert!(times == 3 || !is_told(&rig).await);
        }
        let begun = std::time::Instant::now();
        while !is_told(&rig).await {
            assert!(begun.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(organisation.asked().len(), 3);
    }

    async fn an_address_that_always_fails_is_given_up(test: TestDb) {
        let organisation = Server::start(|_| Answering::With(500, String::new())).await;
        let rig = Rig::new(test, GatewaySettings::Development).await;
        rig.set_callback_url(Some(organisation.url())).await;
        let _job = Job::start(&rig.sms);
        rig.sent().await;
        rig.until_asked(&organisation, 8, Duration::from_secs(1801)).await;
        let begun = std::time::Instant::now();
        while !is_told(&rig).await {
            assert!(begun.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(organisation.asked().len(), 8);
        assert_eq!(rig.sms.counts().untold, 1);
    }

    async fn a_redirection_is_not_followed(test: TestDb) {
        let elsewhere = Server::start(|_| good()).await;
        let location = elsewhere.url().to_owned();
        let organisation = Server::start(move |_| {
            Answering::WithHeader(302, "location", location.clone())
        }).await;
        let rig = Rig::new(test, GatewaySettings::Development).await;
        rig.set_callback_url(Some(organisation.url())).await;
        let _job = Job::start(&rig.sms);
        rig.sent().await;
        organisation.is_asked(1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(elsewhere.asked().len(), 0);
        assert!(!is_told(&rig).await);
    }

    async fn addresses_of_own_networks_are_not_called(test: TestDb) {
        let organisation = Server::start(|_| good()).await;
        let rig = Rig::with(test, GatewaySettings::Development, |settings| {
            settings.private_callbacks = false;
        }).await;
        let port = organisation.url().rsplit_once(':').unwrap().1.to_owned();
        let job = Job::start(&rig.sms);
        // An address as such is given up at once; a name that leads there is
        // tried again, for names change.
        rig.set_callback_url(Some(organisation.url())).await;
        let id = rig.sent().await;
        rig.becomes(id, SmsStatus::Delivered).await;
        let begun = std::time::Instant::now();
        while rig.sms.counts().untold == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        rig.set_callback_url(Some(&format!("http://localhost:{port}/"))).await;
        let id = rig.sent().await;
        rig.becomes(id, SmsStatus::Delivered).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        job.stop().await;
        assert_eq!(organisation.asked().len(), 0);
        let due = callbacks::due(&mut rig.db.reader(), jiff::Timestamp::MAX, 10).await.unwrap();
        assert_eq!((due.len(), due[0].attempts), (1, 1));
    }

    async fn nobody_is_told_where_nobody_asked(test: TestDb) {
        let rig = Rig::new(test, GatewaySettings::Development).await;
        let _job = Job::start(&rig.sms);
        let id = rig.sent().await;
        rig.becomes(id, SmsStatus::Delivered).await;
        assert!(is_told(&rig).await);
    }
}
