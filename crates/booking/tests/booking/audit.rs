//! What bookings leave in the audit trail.

use serde_json::Value;
use vdx_booking::{BookingRequest, Information};
use vdx_domain::{MeetingId, SchedulingInfoId};
use vdx_store::audit::{self, Record};
use vdx_store::{both_engines, meetings};

use crate::rig::{Rig, admin, request};

async fn trail(rig: &Rig, id: MeetingId) -> Vec<Record> {
    audit::of(&mut rig.test.db.reader(), &id.to_string())
        .await
        .unwrap()
}

fn told(records: &[Record]) -> Vec<(&str, &str)> {
    let mut told: Vec<_> = records
        .iter()
        .map(|record| (&*record.operation, &*record.resource))
        .collect();
    told.sort_unstable();
    told
}

both_engines! {
    async fn a_booking_is_told_with_its_state_and_without_its_pins(test: TestDb) {
        let rig = Rig::new(test).await;
        let mut asked = request();
        (asked.host_pin, asked.guest_pin) = (Some(738_291), Some(564_738));
        let meeting = rig.booking.create(&admin("region"), &asked).await.unwrap();
        let records = trail(&rig, meeting.id).await;
        assert_eq!(told(&records), [("create", "meeting"), ("create", "schedulingInfo")]);
        for record in &records {
            assert_eq!(record.actor, "client:test");
            assert_eq!(record.actor_organisation.as_ref().unwrap().0, "region");
            let details: Value = serde_json::from_str(&record.details).unwrap();
            assert!(details["before"].is_null());
            assert_eq!(details["after"]["uuid"], meeting.id.to_string());
            for pin in ["738291", "564738"] {
                assert!(!record.details.contains(pin), "{}", record.details);
            }
        }
    }

    async fn what_is_told_of_a_booking_is_what_is_stored(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.clock.set("2026-12-01T09:00:00.123456789Z");
        let who = admin("region");
        let asked = BookingRequest {
            description: Some("with all there is".to_owned()),
            labels: vec!["b".into(), "a".into()],
            information: vec![Information { key: "k".into(), value: "v".into() }],
            organized_by_email: Some("other@region.example".to_owned()),
            host_pin: Some(738_291),
            call_type: Some("AudioSendrecv".to_owned()),
            ..request()
        };
        let meeting = rig.booking.create(&who, &asked).await.unwrap();
        let stored = meetings::find(&mut rig.test.db.reader(), meeting.id).await.unwrap();
        assert_eq!(stored.as_ref(), Some(&meeting));
        let room = rig.room(&meeting).await;
        let link = room.portal_link.unwrap();
        assert!(link.contains("AudioSendrecv") && link.contains(room.address.as_str()), "{link}");

        rig.booking.delete(&who, meeting.id).await.unwrap();
        let records = trail(&rig, meeting.id).await;
        for resource in ["meeting", "schedulingInfo"] {
            let state = |operation: &str, when: &str| -> Value {
                let told = |record: &&Record| (&*record.resource, &*record.operation) == (resource, operation);
                let record = records.iter().find(told).unwrap();
                serde_json::from_str::<Value>(&record.details).unwrap()[when].clone()
            };
            assert_eq!(state("create", "after"), state("delete", "before"), "{resource}");
        }
    }

    async fn a_refused_booking_leaves_nothing(test: TestDb) {
        let rig = Rig::new(test).await;
        let mut asked = request();
        asked.id = Some(MeetingId::generate());
        asked.external_id = Some("x".to_owned());
        rig.booking.create(&admin("region"), &asked).await.unwrap();
        let refused = MeetingId::generate();
        asked.id = Some(refused);
        rig.booking.create(&admin("region"), &asked).await.unwrap_err();
        assert_eq!(trail(&rig, refused).await, []);
    }

    async fn readings_and_removals_are_told(test: TestDb) {
        let rig = Rig::new(test).await;
        let who = admin("region");
        let id = rig.booking.create(&who, &request()).await.unwrap().id;
        rig.booking.meeting(&who, id).await.unwrap();
        rig.booking.scheduling_info(&who, SchedulingInfoId(id.0)).await.unwrap();
        rig.booking.delete(&who, id).await.unwrap();
        let records = trail(&rig, id).await;
        assert_eq!(
            told(&records),
            [
                ("create", "meeting"),
                ("create", "schedulingInfo"),
                ("delete", "meeting"),
                ("delete", "schedulingInfo"),
                ("read", "meeting"),
                ("read", "schedulingInfo"),
            ]
        );
        let removed = records.iter().find(|r| r.operation == "delete").unwrap();
        let details: Value = serde_json::from_str(&removed.details).unwrap();
        assert!(details["before"].is_object() && details["after"].is_null());
    }

    async fn what_a_stranger_may_not_see_is_not_told_as_read(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.booking.create(&admin("region"), &request()).await.unwrap().id;
        rig.booking.meeting(&admin("municipality"), id).await.unwrap_err();
        assert_eq!(trail(&rig, id).await.len(), 2);
    }
}
