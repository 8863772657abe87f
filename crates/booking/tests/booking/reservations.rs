//! Rooms of a pool that are set aside.

use jiff::SignedDuration;
use uuid::Uuid;
use vdx_booking::{Actor, BookingRequest, Error, RoomDetails, SettingsRequest, TemplateValues};
use vdx_domain::{ApiRole, MeetingType, RoomSettings, VmrQuality};
use vdx_store::{audit, both_engines};

use crate::pools::{fill, pool_template, with_pool};
use crate::rig::{Rig, actor, admin, at, request_in, template_of};

async fn reserve(rig: &Rig, organisation: &str) -> Result<RoomDetails, Error> {
    rig.booking
        .reserve(&admin(organisation), &SettingsRequest::default())
        .await
}

fn with(reservation: Uuid, minutes: i64) -> BookingRequest {
    BookingRequest {
        reservation: Some(reservation),
        ..request_in(minutes)
    }
}

both_engines! {
    async fn a_reserved_room_waits_for_its_meeting_whenever_that_begins(test: TestDb) {
        let rig = Rig::new(test).await;
        with_pool(&rig, 1).await;
        let reserved = reserve(&rig, "region").await.unwrap().room;
        let id = reserved.reservation_id.unwrap();
        assert_eq!(reserved.reserved_until, Some(at("2026-12-02T09:01:30Z")));
        assert!(reserved.host_pin.is_some() && reserved.meeting.is_none());
        let read = rig.booking.reservation(&admin("region"), id).await.unwrap();
        assert_eq!(read.room, reserved);

        // Nobody else gets it.
        let pool = BookingRequest { meeting_type: MeetingType::Pool, ..request_in(0) };
        let refused = rig.booking.create(&admin("region"), &pool).await;
        assert!(matches!(refused, Err(Error::PoolEmpty(_))), "{refused:?}");
        assert!(matches!(reserve(&rig, "region").await, Err(Error::NotFound { .. })));

        // An hour ahead a meeting usually gets a new room.
        let meeting = rig.book("region", &with(id, 60)).await;
        let room = rig.room(&meeting).await;
        assert_eq!((&room.address, &room.host_pin), (&reserved.address, &reserved.host_pin));
        assert_eq!((room.reservation_id, room.reserved_until), (Some(id), None));
        assert!(!room.pool_overflow);

        let used = rig.booking.create(&admin("region"), &with(id, 60)).await;
        assert!(matches!(used, Err(Error::ReservationUnknown)), "{used:?}");
        let read = rig.booking.reservation(&admin("region"), id).await;
        assert!(matches!(read, Err(Error::NotFound { resource: "schedulingInfo", field: "reservationId" })));
    }

    async fn it_is_the_own_organisations_alone(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.pool.overflow = Some(crate::rig::code("region"));
        }).await;
        with_pool(&rig, 2).await;
        // Neither the pool above nor the one that helps out is asked.
        for organisation in ["hospital", "town"] {
            let refused = reserve(&rig, organisation).await;
            assert!(matches!(refused, Err(Error::NotFound { resource: "SchedulingInfo", field: "SchedulingInfo" })));
        }
        let id = reserve(&rig, "region").await.unwrap().room.reservation_id.unwrap();
        for other in ["hospital", "town"] {
            let refused = rig.booking.create(&admin(other), &with(id, 0)).await;
            assert!(matches!(refused, Err(Error::ReservationUnknown)), "{refused:?}");
            let read = rig.booking.reservation(&admin(other), id).await;
            assert!(matches!(read, Err(Error::NotFound { .. })));
        }
        let unknown = rig.booking.create(&admin("region"), &with(Uuid::nil(), 0)).await;
        assert!(matches!(unknown, Err(Error::ReservationUnknown)), "{unknown:?}");
        let with_pin = BookingRequest { host_pin: Some(1234), ..with(id, 0) };
        let refused = rig.booking.create(&admin("region"), &with_pin).await;
        assert!(matches!(refused, Err(Error::ReservationWithPin)), "{refused:?}");
        let nobody = Actor { organisation: None, email: None, ..actor("town", "x", &[ApiRole::MeetingAdmin]) };
        let refused = rig.booking.reserve(&nobody, &SettingsRequest::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        let refused = reserve(&rig, "nowhere").await;
        assert!(matches!(refused, Err(Error::OrganisationUnknown)));
        // It was not touched by any of them.
        rig.book("region", &with(id, 0)).await;
    }

    async fn a_reservation_has_all_settings_as_asked_or_as_usual(test: TestDb) {
        let rig = Rig::new(test).await;
        let sharp = TemplateValues {
            settings: RoomSettings { vmr_quality: VmrQuality::Fullhd, ..template_of(None).settings },
            ..pool_template(Some("region"))
        };
        fill(&rig, "region", 1, &sharp).await;
        rig.clock.set("2026-12-01T09:02:00Z");
        assert!(matches!(reserve(&rig, "region").await, Err(Error::NotFound { .. })));
        let asked = SettingsRequest { vmr_quality: Some(VmrQuality::Fullhd), ..SettingsRequest::default() };
        rig.booking.reserve(&admin("region"), &asked).await.unwrap();
    }

    async fn a_room_is_reserved_when_it_is_older_than_a_minute(test: TestDb) {
        let rig = Rig::new(test).await;
        fill(&rig, "region", 1, &pool_template(Some("region"))).await;
        rig.clock.set("2026-12-01T09:01:00Z");
        assert!(matches!(reserve(&rig, "region").await, Err(Error::NotFound { .. })));
        rig.clock.set("2026-12-01T09:01:00.001Z");
        reserve(&rig, "region").await.unwrap();
    }

    async fn a_reservation_runs_out_and_its_room_is_free_again(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.pool.reservation = SignedDuration::from_mins(10);
        }).await;
        with_pool(&rig, 2).await;
        let first = reserve(&rig, "region").await.unwrap().room.reservation_id.unwrap();
        let second = reserve(&rig, "region").await.unwrap().room.reservation_id.unwrap();
        rig.clock.set("2026-12-01T09:11:29Z");
        rig.book("region", &with(first, 60)).await;
        rig.clock.set("2026-12-01T09:11:30Z");
        let late = rig.booking.create(&admin("region"), &with(second, 60)).await;
        assert!(matches!(late, Err(Error::ReservationUnknown)), "{late:?}");
        assert!(rig.booking.reservation(&admin("region"), second).await.is_err());
        let again = reserve(&rig, "region").await.unwrap().room;
        assert_ne!(again.reservation_id, Some(second));

        // Whoever takes it then does not take the reservation with it.
        rig.clock.set("2026-12-01T09:22:00Z");
        let room = rig.room(&rig.book("region", &request_in(22)).await).await;
        assert_eq!((room.address, room.reservation_id), (again.address, None));
    }

    async fn what_has_run_out_is_forgotten_with_the_next_minute(test: TestDb) {
        let rig = Rig::new(test).await;
        with_pool(&rig, 1).await;
        let room = reserve(&rig, "region").await.unwrap().room;
        for (now, kept) in [("2026-12-02T09:01:29Z", true), ("2026-12-02T09:01:30Z", false)] {
            rig.clock.set(now);
            rig.booking.look_after_pools().await.unwrap();
            let read = rig.booking.scheduling_info(&admin("region"), room.id).await.unwrap().room;
            assert_eq!(read.reservation_id.is_some(), kept, "{now}");
            assert_eq!(read.reserved_until.is_some(), kept, "{now}");
        }
    }

    async fn setting_aside_and_looking_it_up_are_audited(test: TestDb) {
        let rig = Rig::new(test).await;
        with_pool(&rig, 1).await;
        let room = reserve(&rig, "region").await.unwrap().room;
        rig.booking.reservation(&admin("region"), room.reservation_id.unwrap()).await.unwrap();
        let records = audit::of(&mut rig.test.db.reader(), &room.id.to_string()).await.unwrap();
        let mut what: Vec<_> = records.iter().map(|record| record.operation.as_str()).collect();
        what.sort_unstable();
        assert_eq!(what, ["create", "read", "update"]);
        assert!(records.iter().all(|record| !record.details.contains("4001")), "no PIN in the trail");
    }

    async fn of_many_who_use_a_reservation_at_once_one_gets_the_room(test: TestDb) {
        let rig = Rig::new(test).await;
        with_pool(&rig, 1).await;
        let id = reserve(&rig, "region").await.unwrap().room.reservation_id.unwrap();
        let attempts: Vec<_> = (0..20).map(|_| {
            let booking = rig.booking.clone();
            tokio::spawn(async move { booking.create(&admin("region"), &with(id, 60)).await })
        }).collect();
        let mut granted = 0;
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(_) => granted += 1,
                Err(Error::ReservationUnknown) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(granted, 1);
    }

    async fn as_many_are_reserved_at_once_as_there_are_rooms(test: TestDb) {
        let rig = Rig::new(test).await;
        with_pool(&rig, 7).await;
        let attempts: Vec<_> = (0..20).map(|_| {
            let booking = rig.booking.clone();
            tokio::spawn(async move { booking.reserve(&admin("region"), &SettingsRequest::default()).await })
        }).collect();
        let mut rooms = std::collections::HashSet::new();
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(details) => assert!(rooms.insert(details.room.id), "reserved twice"),
                Err(Error::NotFound { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(rooms.len(), 7);
    }
}
