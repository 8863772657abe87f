//! What hosts do from inside the room: a longer meeting, and an invitation.

use serde_json::Value;
use vdx_booking::{BookingRequest, Error, LONGEST_EXTENDED, Meeting, RoomHost};
use vdx_domain::{FixedRoomId, ParticipantId, Pin, RoomKey, RoomSettings, RoomState};
use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
use vdx_store::{audit, both_engines, outbox};

use crate::rig::{Rig, admin, at, code, request};

/// Somebody in the room of the meeting.
async fn host_of(rig: &Rig, meeting: &Meeting) -> RoomHost {
    RoomHost {
        room: RoomKey::Meeting(meeting.id),
        alias: rig.room(meeting).await.address,
        participant: ParticipantId::generate(),
        address: "192.0.2.7".parse().unwrap(),
    }
}

fn with_pins(host: i64, guest: i64) -> BookingRequest {
    BookingRequest {
        host_pin: Some(host),
        guest_pin: Some(guest),
        ..request()
    }
}

/// A meeting of the organisation's from 10 to 11 whose room is live; it is 10:00.
async fn live(rig: &Rig, organisation: &str, asked: &BookingRequest) -> Meeting {
    let meeting = rig.book(organisation, asked).await;
    rig.clock.set("2026-12-01T10:00:00Z");
    rig.booking.provision_due().await.unwrap();
    meeting
}

async fn records(rig: &Rig, identifier: &str, operation: &str) -> Vec<audit::Record> {
    let mut records = audit::of(&mut rig.test.db.reader(), identifier)
        .await
        .unwrap();
    records.retain(|record| record.operation == operation);
    records
}

async fn fixed_room(rig: &Rig, guest_pin: &str, allow_guests: bool) -> RoomHost {
    let alias = "clinic@rooms.example".parse().unwrap();
    let room = FixedRoom {
        id: FixedRoomId::generate(),
        organisation: code("town"),
        name: "Clinic".to_owned(),
        description: String::new(),
        host_pin: Some("1111".parse().unwrap()),
        guest_pin: Some(guest_pin.parse().unwrap()),
        allow_guests,
        chat: true,
        theme: None,
        settings: RoomSettings::default(),
        aliases: vec![Alias {
            address: alias,
            description: String::new(),
        }],
    };
    let mut tx = rig.test.db.begin().await.unwrap();
    fixed_rooms::add(
        &mut tx,
        &rig.test.sealer,
        &room,
        "test",
        at("2026-01-01T00:00:00Z"),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    RoomHost {
        room: RoomKey::Fixed(room.id),
        alias: room.aliases[0].address.clone(),
        participant: ParticipantId::generate(),
        address: "192.0.2.7".parse().unwrap(),
    }
}

both_engines! {
    async fn a_host_makes_the_meeting_longer(test: TestDb) {
        let rig = Rig::new(test).await;
        let before = live(&rig, "town", &request()).await;
        let host = host_of(&rig, &before).await;
        rig.clock.set("2026-12-01T10:59:59Z");
        let after = rig.booking.extend(&host, 15).await.unwrap();
        assert_eq!(after.ends_at, at("2026-12-01T11:15:00Z"));
        assert_eq!(after.updated_at, Some(at("2026-12-01T10:59:59Z")));
        // A host in the room is nobody whom meetings can name.
        assert_eq!(after.updated_by, None);
        assert_eq!(after, rig.booking.meeting(&admin("town"), before.id).await.unwrap());
        let unchanged = Meeting {
            ends_at: before.ends_at,
            updated_at: None,
            ..after.clone()
        };
        assert_eq!(unchanged, before);

        // The room stays until then.
        rig.clock.set("2026-12-01T11:14:59Z");
        rig.booking.provision_due().await.unwrap();
        assert!(matches!(rig.booking.room_at(&host.alias).await, Ok(RoomState::Open(_))));
        rig.clock.set("2026-12-01T11:15:00Z");
        assert_eq!(rig.booking.room_at(&host.alias).await.unwrap(), RoomState::Over);
    }

    async fn it_is_recorded_as_what_a_host_in_the_room_did(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = live(&rig, "town", &with_pins(738_291, 564_738)).await;
        let host = host_of(&rig, &meeting).await;
        rig.booking.extend(&host, 30).await.unwrap();
        let records = records(&rig, &meeting.id.to_string(), "update").await;
        let kinds: Vec<&str> = records.iter().map(|record| &*record.resource).collect();
        assert_eq!(kinds.len(), 2, "{kinds:?}");
        assert!(kinds.contains(&"meeting") && kinds.contains(&"schedulingInfo"));
        for record in &records {
            assert_eq!(record.actor, format!("host:{}", host.participant));
            assert_eq!(record.actor_email, None);
            assert_eq!(record.actor_organisation, Some(code("town")));
            assert_eq!(record.origin.as_deref(), Some("192.0.2.7"));
            assert!(!record.details.contains("738291") && !record.details.contains("564738"));
        }
        let change = records.iter().find(|record| record.resource == "meeting").unwrap();
        let change: Value = serde_json::from_str(&change.details).unwrap();
        assert_eq!(change["before"]["endTime"], "2026-12-01T11:00:00Z");
        assert_eq!(change["after"]["endTime"], "2026-12-01T11:30:00Z");
    }

    async fn the_rooms_provisioner_is_told(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.provisioners.events = [code("town")].into();
        })
        .await;
        let meeting = rig.book("town", &request()).await;
        let host = host_of(&rig, &meeting).await;
        rig.booking.extend(&host, 5).await.unwrap();
        let told = outbox::oldest(&mut rig.test.db.reader(), &rig.test.sealer, 10).await.unwrap();
        let told: Value = serde_json::from_slice(&told.last().unwrap().payload).unwrap();
        assert_eq!(told["messageType"], "UPDATE");
        assert_eq!(told["meetingEndTime"], "2026-12-01T11:05:00Z");
    }

    async fn extending_has_its_limits(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = live(&rig, "town", &request()).await;
        let host = host_of(&rig, &meeting).await;
        for minutes in [0, 121, u32::MAX] {
            let refused = rig.booking.extend(&host, minutes).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "minutes", .. })), "{minutes}");
        }
        // 1 hour is booked, and 23 fit.
        for _ in 0..11 {
            rig.booking.extend(&host, 120).await.unwrap();
        }
        let last = rig.booking.extend(&host, 60).await.unwrap();
        assert_eq!(last.ends_at.duration_since(last.starts_at), LONGEST_EXTENDED);
        assert!(matches!(rig.booking.extend(&host, 1).await, Err(Error::TooLong)));

        rig.clock.set("2026-12-02T10:00:00Z");
        assert!(matches!(rig.booking.extend(&host, 1).await, Err(Error::Over)));
        let fixed = fixed_room(&rig, "2222", true).await;
        assert!(matches!(rig.booking.extend(&fixed, 1).await, Err(Error::NoMeeting)));
    }

    async fn two_extensions_at_once_both_count(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = live(&rig, "town", &request()).await;
        let host = host_of(&rig, &meeting).await;
        let (a, b) = tokio::join!(rig.booking.extend(&host, 10), rig.booking.extend(&host, 20));
        let later = a.unwrap().ends_at.max(b.unwrap().ends_at);
        assert_eq!(later, at("2026-12-01T11:30:00Z"));
    }

    async fn an_invitation_holds_what_a_guest_needs(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = live(&rig, "town", &with_pins(738_291, 564_738)).await;
        let host = host_of(&rig, &meeting).await;
        let found = rig.booking.invitation(&host).await.unwrap();
        assert_eq!(found.address, host.alias);
        assert_eq!(found.guest_pin.as_ref().map(Pin::reveal), Some("564738"));
        let link = format!("https://hub.example/m/{}", meeting.short_id);
        assert_eq!(found.link, Some(link));
        assert!(!format!("{found:?}").contains("564738"));
        let read = records(&rig, &meeting.id.to_string(), "read").await;
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].resource, "schedulingInfo");
        assert_eq!(read[0].actor, format!("host:{}", host.participant));
        assert_eq!(read[0].organisation, code("town"));

        rig.clock.set("2026-12-01T11:00:00Z");
        assert!(matches!(rig.booking.invitation(&host).await, Err(Error::Over)));
    }

    async fn what_makes_a_host_is_given_to_nobody(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = live(&rig, "town", &with_pins(1234, 1234)).await;
        let host = host_of(&rig, &meeting).await;
        let found = rig.booking.invitation(&host).await.unwrap();
        assert_eq!(found.guest_pin, None);
    }

    async fn a_permanent_room_has_an_address_and_no_link(test: TestDb) {
        let rig = Rig::new(test).await;
        let host = fixed_room(&rig, "2222", true).await;
        let found = rig.booking.invitation(&host).await.unwrap();
        assert_eq!((found.address, found.link), (host.alias, None));
        assert_eq!(found.guest_pin.as_ref().map(Pin::reveal), Some("2222"));
        let RoomKey::Fixed(id) = host.room else {
            panic!("it is a permanent room");
        };
        let read = records(&rig, &id.to_string(), "read").await;
        assert_eq!((read.len(), &*read[0].resource), (1, "fixedRoom"));
    }

    async fn where_guests_are_not_let_in_they_get_no_pin(test: TestDb) {
        let rig = Rig::new(test).await;
        let host = fixed_room(&rig, "2222", false).await;
        assert_eq!(rig.booking.invitation(&host).await.unwrap().guest_pin, None);
    }
}
