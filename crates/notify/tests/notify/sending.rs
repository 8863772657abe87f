//! From the request to the phone, with the gateway for developers.

use std::time::Duration;

use vdx_domain::{Agent, SmsEncoding, SmsStatus};
use vdx_notify::{Error, GatewaySettings};
use vdx_store::{Connection as _, audit, both_engines};

use crate::rig::{Job, LINK, NUMBER, Rig, TEXT};

fn invalid(outcome: Result<vdx_notify::Queued, Error>) -> (&'static str, String) {
    match outcome {
        Err(Error::Invalid { field, reason }) => (field, reason),
        other => panic!("{other:?}"),
    }
}

both_engines! {
    async fn a_message_is_kept_and_shown(test: TestDb) {
        let rig = Rig::new(test, GatewaySettings::Development).await;
        let _job = Job::start(&rig.sms);
        let queued = rig.send("20 12 34 56", TEXT).await.unwrap();
        assert_eq!((queued.encoding, queued.parts), (SmsEncoding::Gsm, 1));
        assert_eq!(queued.sender, "VDX");
        let standing = rig.becomes(queued.id, SmsStatus::Delivered).await;
        assert_eq!(standing.to.as_deref(), Some("••••••56"));
        assert_eq!(standing.failure, None);
        let shown = rig.sms.kept_here(&Agent::hub("test"), 10).await.unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].to.reveal(), NUMBER);
        assert_eq!(shown[0].text, format!("Hej! Din samtale: {LINK}"));
        let counts = rig.sms.counts();
        assert_eq!((counts.queued, counts.delivered, counts.failed), (1, 1, 0));
    }

    async fn number_and_text_stand_nowhere_readable(test: TestDb) {
        let rig = Rig::new(test, GatewaySettings::Development).await;
        let id = rig.sent().await;
        for secret in ["20123456", "samtale", "abcdefghijkl"] {
            assert!(!rig.stands_in_database(secret).await, "{secret}");
        }
        let records = audit::of(&mut rig.db.reader(), &id.to_string()).await.unwrap();
        assert_eq!(records.len(), 1);
        let record = &records[0];
        assert_eq!((&*record.resource, &*record.operation), ("sms", "create"));
        assert_eq!(record.actor, "client:a");
        assert_eq!(record.organisation.0, "region");
        let details: serde_json::Value = serde_json::from_str(&record.details).unwrap();
        let after = &details["after"];
        assert_eq!(after["meeting"], rig.meeting.id.to_string());
        assert_eq!((&after["to"], &after["parts"]), (&"••••••56".into(), &1.into()));
    }

    async fn the_sender_is_the_organisation(test: TestDb) {
        let rig = Rig::new(test, GatewaySettings::Development).await;
        for (name, sender) in [
            (Some("Region H"), "Region H"),
            (Some("Rødovre"), "Roedovre"),
            (Some("12345"), "VDX"),
            (None, "VDX"),
        ] {
            let mut tx = rig.db.begin().await.unwrap();
            tx.sql("UPDATE organisations SET sms_sender_name = $1 WHERE code = 'region'")
                .bind(name)
                .execute()
                .await
                .unwrap();
            tx.commit().await.unwrap();
            assert_eq!(rig.send(NUMBER, TEXT).await.unwrap().sender, sender, "{name:?}");
        }
    }

    async fn what_cannot_be_sent_is_refused(test: TestDb) {
        let mut rig = Rig::new(test, GatewaySettings::Development).await;
        assert_eq!(invalid(rig.send("12345678", TEXT).await).0, "to");
        assert_eq!(invalid(rig.send(NUMBER, "no link").await).0, "message");
        let longest = format!("{}%meeting_url%", "x".repeat(4 * 153 - LINK.len()));
        assert_eq!(rig.send(NUMBER, &longest).await.unwrap().parts, 4);
        let (field, reason) = invalid(rig.send(NUMBER, &format!("x{longest}")).await);
        assert_eq!(field, "message");
        assert!(reason.contains("5 parts"), "{reason}");
        let picture = rig.send(NUMBER, "🙂 %meeting_url%").await.unwrap();
        assert_eq!((picture.encoding, picture.parts), (SmsEncoding::Ucs2, 1));
        rig.clock.advance(Duration::from_secs(25 * 3600));
        assert!(matches!(rig.send(NUMBER, TEXT).await, Err(Error::Over)));
        rig.meeting.organisation.0 = "nobody".to_owned();
        rig.meeting.ends_at = jiff::Timestamp::MAX;
        assert!(matches!(rig.send(NUMBER, TEXT).await, Err(Error::Store(_))));
    }

    async fn a_meeting_lists_its_own_messages(test: TestDb) {
        let mut rig = Rig::new(test, GatewaySettings::Development).await;
        let first = rig.sent().await;
        let second = rig.sent().await;
        let listed = rig.listed().await;
        assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [first, second]);
        rig.meeting.id = vdx_domain::MeetingId::generate();
        assert_eq!(rig.listed().await, []);
    }

    async fn whom_a_message_went_to_is_forgotten(test: TestDb) {
        let rig = Rig::new(test, GatewaySettings::Development).await;
        let job = Job::start(&rig.sms);
        let id = rig.sent().await;
        rig.becomes(id, SmsStatus::Delivered).await;
        // One that is still under way is kept.
        job.stop().await;
        rig.clock.advance(Duration::from_secs(31 * 24 * 3600));
        let job = Job::start(&rig.node().await);
        let begun = std::time::Instant::now();
        while rig.standing(id).await.to.is_some() {
            assert!(begun.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(rig.sms.kept_here(&Agent::hub("test"), 10).await.unwrap().len(), 0);
        let standing = rig.standing(id).await;
        assert_eq!((standing.status, standing.parts), (SmsStatus::Delivered, 1));
        job.stop().await;
    }
}
