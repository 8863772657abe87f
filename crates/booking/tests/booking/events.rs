//! What a provisioner is told by events.

use std::collections::HashSet;

use serde_json::{Value, json};
use vdx_booking::{BookingRequest, Change, Error, MeetingChange, ProvisionReport, SettingsRequest};
use vdx_domain::{MeetingType, ProvisionStatus, SchedulingInfoId};
use vdx_store::testing::TestDb;
use vdx_store::{Connection as _, both_engines, outbox};

use crate::pools::{fill, pool_template};
use crate::rig::{Rig, admin, code, maker, request, request_in, template_of};

/// Every member of an event, as provisioners read it.
const MEMBERS: [&str; 34] = [
    "VMRAvailableBefore",
    "callType",
    "createdTime",
    "customPortalGuest",
    "customPortalHost",
    "directMedia",
    "enableOverlayText",
    "endMeetingOnEndTime",
    "forceEncryption",
    "forcePresenterIntoMain",
    "guestPin",
    "guestView",
    "guestsCanPresent",
    "hostPin",
    "hostView",
    "ivrTheme",
    "ivrThemeProvisionId",
    "maxParticipants",
    "meetingEndTime",
    "meetingUser",
    "messageType",
    "muteAllGuests",
    "organisationCode",
    "portalLink",
    "provisionVMRId",
    "returnUrl",
    "schedulingInfoIdentifier",
    "uriDomain",
    "uriWithDomain",
    "uriWithoutDomain",
    "uuid",
    "vMRStartTime",
    "vmrQuality",
    "vmrType",
];

/// The region's rooms are made by a system that is told.
async fn told_by_events(test: TestDb) -> Rig {
    Rig::with(test, |settings| {
        settings.provisioners.events = [code("region")].into();
        settings.provisioners.lists = [code("town")].into();
    })
    .await
}

/// What was told since the last time, in its order.
async fn told(rig: &Rig) -> Vec<Value> {
    let mut reader = rig.test.db.reader();
    let messages = outbox::oldest(&mut reader, &rig.test.sealer, 1000).await;
    let messages = messages.unwrap();
    let mut tx = rig.test.db.begin().await.unwrap();
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    outbox::remove(&mut tx, &ids).await.unwrap();
    tx.commit().await.unwrap();
    messages
        .iter()
        .map(|message| {
            assert_eq!(message.subject, "provisioner.scheduling-info");
            serde_json::from_slice(&message.payload).unwrap()
        })
        .collect()
}

/// The one event that was told, which is of this type.
async fn one(rig: &Rig, kind: &str) -> Value {
    let mut events = told(rig).await;
    assert_eq!(events.len(), 1, "{events:?}");
    let event = events.remove(0);
    assert_eq!(event["messageType"], kind);
    event
}

both_engines! {
    async fn an_event_holds_all_a_provisioner_needs(test: TestDb) {
        let rig = told_by_events(test).await;
        rig.add_template(&template_of(Some("region"))).await;
        let asked = BookingRequest {
            call_type: Some("AudioSendRecv".into()),
            settings: SettingsRequest { mute_all_guests: Some(true), ..SettingsRequest::default() },
            ..request()
        };
        let meeting = rig.book("region", &asked).await;
        let room = rig.room(&meeting).await;
        let event = one(&rig, "CREATE").await;
        let mut members: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, MEMBERS);
        let expected = json!({
            "messageType": "CREATE",
            "schedulingInfoIdentifier": room.event_identifier,
            "uuid": meeting.id,
            "hostPin": 4001,
            "guestPin": 5001,
            "VMRAvailableBefore": 30,
            "vMRStartTime": "2026-12-01T09:30:00Z",
            "ivrTheme": "blue",
            "ivrThemeProvisionId": null,
            "uriWithoutDomain": "500",
            "uriDomain": "own.example",
            "uriWithDomain": "9500@own.example",
            "organisationCode": "region",
            "portalLink": room.portal_link,
            "maxParticipants": 12,
            "vmrType": "conference",
            "hostView": "one_main_seven_pips",
            "guestView": "one_main_seven_pips",
            "vmrQuality": "hd",
            "enableOverlayText": true,
            "guestsCanPresent": true,
            "forcePresenterIntoMain": true,
            "forceEncryption": false,
            "muteAllGuests": true,
            "meetingUser": "admin@example.org",
            "createdTime": "2026-12-01T09:00:00Z",
            "meetingEndTime": "2026-12-01T11:00:00Z",
            "customPortalGuest": "https://guest.example/%pin%",
            "customPortalHost": "https://host.example/%pin%",
            "returnUrl": "https://own.example/done",
            "endMeetingOnEndTime": true,
            "directMedia": "never",
            "provisionVMRId": null,
            "callType": "AudioSendRecv",
        });
        assert_eq!(event, expected);
        assert!(room.portal_link.is_some() && room.event_identifier.is_some());
    }

    async fn every_change_of_a_meeting_is_told(test: TestDb) {
        let rig = told_by_events(test).await;
        let meeting = rig.book("region", &request()).await;
        let made = one(&rig, "CREATE").await;
        let change = MeetingChange {
            guest_pin: Change::To(Some(7777)),
            call_type: Change::To(Some("video".into())),
            ends_at: Change::To(crate::rig::at("2026-12-01T12:00:00Z")),
            ..MeetingChange::default()
        };
        rig.booking.change(&admin("region"), meeting.id, &change).await.unwrap();
        let changed = one(&rig, "UPDATE").await;
        assert_eq!(changed["schedulingInfoIdentifier"], made["schedulingInfoIdentifier"]);
        assert_eq!((&changed["guestPin"], &changed["callType"]), (&json!(7777), &json!("video")));
        assert_eq!(changed["meetingEndTime"], "2026-12-01T12:00:00Z");
        assert!(changed["portalLink"].as_str().unwrap().contains("pin=7777"));
        rig.booking.delete(&admin("region"), meeting.id).await.unwrap();
        let deleted = one(&rig, "DELETE").await;
        assert_eq!(deleted["uuid"], made["uuid"]);
        assert_eq!(deleted["uriWithDomain"], made["uriWithDomain"]);
    }

    async fn a_refusal_tells_nothing_and_so_does_a_report(test: TestDb) {
        let rig = told_by_events(test).await;
        let named = BookingRequest { uri_without_domain: Some("desk".into()), ..request() };
        let meeting = rig.book("region", &named).await;
        told(&rig).await;
        assert!(matches!(rig.booking.create(&admin("region"), &named).await, Err(Error::AddressTaken)));
        let report = ProvisionReport { status: ProvisionStatus::ProvisionedOk, description: None, vmr_id: Some("42".into()) };
        let id = SchedulingInfoId(meeting.id.0);
        rig.booking.report(&maker("region"), id, report).await.unwrap();
        assert!(matches!(rig.booking.delete(&admin("region"), meeting.id).await, Err(Error::NotDeletable)));
        assert_eq!(told(&rig).await, Vec::<Value>::new());
        // The engine's name of the room comes with what follows.
        let end = MeetingChange { ends_at: Change::To(crate::rig::at("2026-12-01T09:00:00Z")), ..MeetingChange::default() };
        rig.booking.change(&admin("region"), meeting.id, &end).await.unwrap();
        assert_eq!(one(&rig, "UPDATE").await["provisionVMRId"], "42");
    }

    async fn rooms_of_other_provisioners_are_not_told(test: TestDb) {
        let rig = told_by_events(test).await;
        for organisation in ["town", "hospital"] {
            let meeting = rig.book(organisation, &request()).await;
            let change = MeetingChange { subject: Change::To("s".into()), ..MeetingChange::default() };
            rig.booking.change(&admin(organisation), meeting.id, &change).await.unwrap();
            rig.booking.delete(&admin(organisation), meeting.id).await.unwrap();
        }
        assert_eq!(told(&rig).await, Vec::<Value>::new());
    }

    async fn a_room_of_the_pool_is_told_from_its_making_to_its_meeting(test: TestDb) {
        let rig = told_by_events(test).await;
        let rooms = fill(&rig, "region", 1, &pool_template(Some("region"))).await;
        let made = one(&rig, "CREATE").await;
        assert_eq!((&made["vMRStartTime"], &made["meetingEndTime"]), (&Value::Null, &Value::Null));
        // Only its provisioner makes it live.
        let pool = BookingRequest { meeting_type: MeetingType::Pool, ..request_in(3) };
        let live = ProvisionReport { status: ProvisionStatus::ProvisionedOk, description: None, vmr_id: Some("17".into()) };
        rig.booking.report(&maker("town"), rooms[0].id, live).await.unwrap();
        rig.clock.set("2026-12-01T09:02:00Z");
        rig.booking.reserve(&admin("region"), &SettingsRequest::default()).await.unwrap();
        assert_eq!(told(&rig).await, Vec::<Value>::new());
        rig.clock.set("2026-12-02T09:02:00Z");
        let meeting = rig.book("hospital", &pool).await;
        let taken = one(&rig, "UPDATE").await;
        assert_eq!(taken["schedulingInfoIdentifier"], made["schedulingInfoIdentifier"]);
        assert_eq!(taken["uuid"], meeting.id.to_string());
        assert_ne!(taken["uuid"], made["uuid"]);
        assert_eq!((&taken["organisationCode"], &taken["provisionVMRId"]), (&json!("hospital"), &json!("17")));
        assert!(taken["portalLink"].is_string() && taken["meetingEndTime"].is_string());
    }

    async fn the_filler_tells_what_it_makes_and_removes(test: TestDb) {
        let rig = told_by_events(test).await;
        let mut stuck = HashSet::new();
        for _ in 0..3 {
            rig.booking.fill_pools(&mut stuck).await.unwrap();
        }
        let made = told(&rig).await;
        let kinds: Vec<_> = made.iter().map(|event| event["messageType"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["CREATE", "CREATE"]);
        rig.set_pool_size("region", Some(1)).await;
        rig.booking.fill_pools(&mut stuck).await.unwrap();
        let removed = one(&rig, "POOL_DELETE").await;
        assert_eq!(removed["uuid"], made[0]["uuid"]);
        // One that could not be made is removed as well, and made again.
        let id: SchedulingInfoId = made[1]["uuid"].as_str().unwrap().parse().unwrap();
        let failed = ProvisionReport { status: ProvisionStatus::ProvisionProblems, description: None, vmr_id: None };
        rig.booking.report(&maker("town"), id, failed).await.unwrap();
        rig.booking.fill_pools(&mut stuck).await.unwrap();
        assert_eq!(one(&rig, "POOL_DELETE").await["uuid"], made[1]["uuid"]);
        rig.booking.fill_pools(&mut stuck).await.unwrap();
        one(&rig, "CREATE").await;
        assert_eq!(stuck, HashSet::new());
    }

    async fn that_a_number_is_free_again_is_told(test: TestDb) {
        let rig = told_by_events(test).await;
        rig.book("region", &request()).await;
        let made = one(&rig, "CREATE").await;
        rig.clock.set("2026-12-02T11:00:00Z");
        rig.booking.provision_due().await.unwrap();
        let gone = one(&rig, "DELETE").await;
        for same in ["uuid", "uriWithoutDomain", "uriDomain", "meetingEndTime"] {
            assert_eq!(gone[same], made[same], "{same}");
        }
    }

    async fn what_waits_to_be_told_is_not_readable_in_the_database(test: TestDb) {
        struct Text(String);
        impl vdx_store::FromRow for Text {
            fn from_row(row: &vdx_store::Row) -> Result<Self, vdx_store::Error> {
                Ok(Self(row.get("payload_sealed")?))
            }
        }
        let rig = told_by_events(test).await;
        let asked = BookingRequest { host_pin: Some(535_353), ..request() };
        rig.book("region", &asked).await;
        let mut reader = rig.test.db.reader();
        let rows: Vec<Text> = reader.sql("SELECT payload_sealed FROM outbox").all().await.unwrap();
        assert_eq!(rows.len(), 1);
        for readable in ["535353", "hostPin", "admin@example.org"] {
            assert!(!rows[0].0.contains(readable), "{readable}");
        }
        assert_eq!(one(&rig, "CREATE").await["hostPin"], 535_353);
    }
}
