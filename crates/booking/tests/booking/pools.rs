//! Meetings that get a room of a pool.

use std::collections::HashSet;

use jiff::SignedDuration;
use vdx_booking::{
    BookingRequest, Error, Meeting, PoolSettings, SchedulingInfo, SettingsRequest, TemplateValues,
};
use vdx_domain::{MeetingType, ProvisionStatus, RoomKey, RoomSettings, RoomState, VmrQuality};
use vdx_store::{audit, both_engines};

use crate::rig::{Rig, admin, at, code, maker, request_in, template_of};

/// What pools are filled from: many numbers, and PINs of their own.
pub(crate) fn pool_template(organisation: Option<&str>) -> TemplateValues {
    TemplateValues {
        uri_number_range_high: 100_000,
        is_default: false,
        ..template_of(organisation)
    }
}

/// Rooms of a pool that are live since 09:00, with these values of a template.
pub(crate) async fn fill(
    rig: &Rig,
    organisation: &str,
    count: usize,
    values: &TemplateValues,
) -> Vec<SchedulingInfo> {
    let template = rig.add_template(values).await;
    let mut rooms = Vec::new();
    for _ in 0..count {
        let made = rig
            .booking
            .create_pool_room(&maker("town"), &code(organisation), template)
            .await
            .unwrap();
        rooms.push(made.room);
    }
    rig.booking.provision_due().await.unwrap();
    rooms
}

/// The region's pool with this many rooms, half a minute older than they must be.
pub(crate) async fn with_pool(rig: &Rig, count: usize) -> Vec<SchedulingInfo> {
    let rooms = fill(rig, "region", count, &pool_template(Some("region"))).await;
    rig.clock.set("2026-12-01T09:01:30Z");
    rooms
}

fn of_pool(minutes: i64) -> BookingRequest {
    BookingRequest {
        meeting_type: MeetingType::Pool,
        ..request_in(minutes)
    }
}

/// Whether the meeting is in a room of a pool.
async fn attached(rig: &Rig, meeting: &Meeting) -> bool {
    rig.room(meeting).await.pool
}

both_engines! {
    async fn a_meeting_takes_over_a_room_that_keeps_its_settings(test: TestDb) {
        let rig = Rig::new(test).await;
        let [before] = &*with_pool(&rig, 1).await else { panic!("one room") };
        let asked = BookingRequest {
            max_participants: Some(3),
            end_meeting_on_end_time: Some(false),
            call_type: Some("video".into()),
            ..request_in(2)
        };
        let meeting = rig.book("region", &asked).await;
        let room = rig.room(&meeting).await;
        assert_eq!((room.id.0, room.meeting), (meeting.id.0, Some(meeting.id)));
        assert_eq!((&room.address, &room.settings), (&before.address, &before.settings));
        assert_eq!((&room.host_pin, &room.guest_pin), (&before.host_pin, &before.guest_pin));
        assert_eq!(room.settings, template_of(None).settings);
        assert_eq!(room.call_type, before.call_type);
        assert!(room.pool && !room.pool_overflow);
        assert_eq!(room.created_by.email, "admin@example.org");
        assert_eq!(before.created_by.email, "maker@example.org");
        // The template's half hour before 09:02.
        assert_eq!(room.vmr_starts_at, Some(at("2026-12-01T08:32:00Z")));
        let link = room.portal_link.as_deref().unwrap();
        for part in [room.address.as_str(), "pin=5001&", "start_dato=2026-12-01T09:02:00"] {
            assert!(link.contains(part), "{link}");
        }
        assert_eq!(room.provision.status, ProvisionStatus::ProvisionedOk);
        assert_eq!(
            rig.history(room.id).await,
            [ProvisionStatus::AwaitsProvision, ProvisionStatus::ProvisionedOk]
        );
        // People can come in, and nothing is left behind under the old id.
        let state = rig.booking.room_at(&room.address).await.unwrap();
        assert!(matches!(state, RoomState::Open(open) if open.key == RoomKey::Meeting(meeting.id)));
        let old = rig.booking.scheduling_info(&admin("region"), before.id).await;
        assert!(matches!(old, Err(Error::NotFound { .. })));
        let next = rig.booking.create(&admin("region"), &of_pool(0)).await;
        assert!(matches!(next, Err(Error::PoolEmpty(code)) if code.0 == "region"));
    }

    async fn taking_a_room_is_audited_as_a_change_of_it(test: TestDb) {
        let rig = Rig::new(test).await;
        let [before] = &*with_pool(&rig, 1).await else { panic!("one room") };
        let meeting = rig.book("region", &request_in(0)).await;
        let identifier = meeting.id.to_string();
        let records = audit::of(&mut rig.test.db.reader(), &identifier).await.unwrap();
        assert_eq!(records.len(), 2);
        let of_room = records.iter().find(|one| one.resource == "schedulingInfo").unwrap();
        assert_eq!(of_room.operation, "update");
        let details: serde_json::Value = serde_json::from_str(&of_room.details).unwrap();
        assert_eq!(details["before"]["uuid"], before.id.to_string());
        assert_eq!(details["after"]["uuid"], identifier);
        assert!(!of_room.details.contains("5001"), "no PIN in the trail");
    }

    async fn a_room_is_used_when_it_is_older_than_a_minute(test: TestDb) {
        let rig = Rig::new(test).await;
        fill(&rig, "region", 2, &pool_template(Some("region"))).await;
        rig.clock.set("2026-12-01T09:01:00Z");
        let refused = rig.booking.create(&admin("region"), &of_pool(0)).await;
        assert!(matches!(refused, Err(Error::PoolEmpty(_))), "{refused:?}");
        let own = rig.book("region", &request_in(0)).await;
        assert!(!attached(&rig, &own).await);
        rig.clock.set("2026-12-01T09:01:00.001Z");
        for asked in [of_pool(0), request_in(0)] {
            let meeting = rig.book("region", &asked).await;
            assert!(attached(&rig, &meeting).await);
        }
    }

    async fn another_minimum_age_counts(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.pool.minimum_age = SignedDuration::ZERO;
        }).await;
        fill(&rig, "region", 1, &pool_template(Some("region"))).await;
        rig.clock.set("2026-12-01T09:00:00.001Z");
        assert!(attached(&rig, &rig.book("region", &of_pool(0)).await).await);
    }

    async fn later_meetings_addresses_and_pins_get_rooms_of_their_own(test: TestDb) {
        let rig = Rig::new(test).await;
        with_pool(&rig, 1).await;
        // It is 09:01:30, so two minutes from now is 09:03:30.
        let starts = |time: &str| BookingRequest { starts_at: at(time), ..of_pool(0) };
        for asked in [
            starts("2026-12-01T09:03:31Z"),
            BookingRequest { uri_without_domain: Some("desk".into()), ..of_pool(0) },
            BookingRequest { guest_pin: Some(1234), ..of_pool(0) },
            BookingRequest { host_pin: Some(1234), ..of_pool(0) },
        ] {
            let meeting = rig.book("region", &asked).await;
            assert!(!attached(&rig, &meeting).await, "{asked:?}");
            let status = rig.room(&meeting).await.provision.status;
            assert_eq!(status, ProvisionStatus::AwaitsProvision);
        }
        assert!(attached(&rig, &rig.book("region", &starts("2026-12-01T09:03:30Z")).await).await);
    }

    async fn the_nearest_ancestors_pool_serves_those_below(test: TestDb) {
        let rig = Rig::new(test).await;
        with_pool(&rig, 2).await;
        for (organisation, expected) in [("hospital/clinic", true), ("town", false), ("hospital", true)] {
            let meeting = rig.book(organisation, &request_in(0)).await;
            let room = rig.room(&meeting).await;
            assert_eq!(room.pool, expected, "{organisation}");
            // It is theirs now.
            assert_eq!(room.organisation, code(organisation));
            assert!(!room.pool_overflow);
        }
        let refused = rig.booking.create(&admin("hospital"), &of_pool(0)).await;
        assert!(matches!(refused, Err(Error::PoolEmpty(code)) if code.0 == "hospital"));
    }

    async fn every_setting_that_is_named_must_be_the_rooms(test: TestDb) {
        let rig = Rig::new(test).await;
        let sharp = TemplateValues {
            settings: RoomSettings { vmr_quality: VmrQuality::Fullhd, mute_all_guests: true, ..RoomSettings::default() },
            ..pool_template(Some("region"))
        };
        fill(&rig, "region", 1, &sharp).await;
        rig.clock.set("2026-12-01T09:02:00Z");
        let asked = |quality, mute| BookingRequest {
            settings: SettingsRequest {
                vmr_quality: Some(quality),
                mute_all_guests: Some(mute),
                ..SettingsRequest::default()
            },
            ..of_pool(0)
        };
        for (quality, mute) in [(VmrQuality::Hd, true), (VmrQuality::Fullhd, false), (VmrQuality::Hd, false)] {
            let refused = rig.booking.create(&admin("region"), &asked(quality, mute)).await;
            assert!(matches!(refused, Err(Error::PoolEmpty(_))), "{refused:?}");
        }
        let meeting = rig.book("region", &asked(VmrQuality::Fullhd, true)).await;
        assert!(attached(&rig, &meeting).await);
    }

    async fn rooms_that_are_not_live_are_no_use(test: TestDb) {
        let rig = Rig::new(test).await;
        let rooms = with_pool(&rig, 6).await;
        let statuses = ProvisionStatus::ALL.iter().filter(|status| **status != ProvisionStatus::ProvisionedOk);
        for (room, status) in rooms.iter().zip(statuses) {
            let report = vdx_booking::ProvisionReport { status: *status, description: None, vmr_id: None };
            rig.booking.report(&maker("region"), room.id, report).await.unwrap();
        }
        rig.clock.set("2026-12-01T09:04:00Z");
        let refused = rig.booking.create(&admin("region"), &of_pool(2)).await;
        assert!(matches!(refused, Err(Error::PoolEmpty(_))), "{refused:?}");
    }

    async fn one_organisations_pool_helps_out_those_that_keep_one(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.pool = PoolSettings { overflow: Some(code("town")), ..PoolSettings::default() };
        }).await;
        let own = with_pool(&rig, 1).await;
        rig.set_pool_size("town", Some(5)).await;
        let others = fill(&rig, "town", 2, &pool_template(Some("town"))).await;
        rig.clock.set("2026-12-01T09:05:00Z");
        for (expected, overflow) in [(&own[0], false), (&others[0], true)] {
            let room = rig.room(&rig.book("hospital", &of_pool(4)).await).await;
            assert_eq!((&room.address, room.pool_overflow), (&expected.address, overflow));
            assert_eq!(room.organisation, code("hospital"));
        }
        // The town's own meetings take from its pool as from any other.
        let room = rig.room(&rig.book("town", &of_pool(4)).await).await;
        assert_eq!((&room.address, room.pool_overflow), (&others[1].address, false));
        let refused = rig.booking.create(&admin("region"), &of_pool(4)).await;
        assert!(matches!(refused, Err(Error::PoolEmpty(_))), "{refused:?}");
        let own = rig.book("region", &request_in(4)).await;
        assert!(!attached(&rig, &own).await);
    }

    async fn the_room_goes_with_its_meeting_and_its_number_is_free_again(test: TestDb) {
        let rig = Rig::new(test).await;
        let one = TemplateValues { uri_number_range_high: 501, ..pool_template(Some("region")) };
        let rooms = fill(&rig, "region", 1, &one).await;
        rig.clock.set("2026-12-01T09:02:00Z");
        let meeting = rig.book("region", &of_pool(0)).await;
        let again = rig.booking.create_pool_room(&maker("town"), &code("region"), rig.add_template(&one).await).await;
        assert!(matches!(again, Err(Error::NumbersExhausted)), "{again:?}");
        assert!(matches!(rig.booking.delete(&admin("region"), meeting.id).await, Err(Error::NotDeletable)));
        rig.clock.set("2026-12-01T10:00:00Z");
        rig.booking.provision_due().await.unwrap();
        let room = rig.room(&meeting).await;
        assert_eq!(room.provision.status, ProvisionStatus::DeprovisionOk);
        assert_eq!((room.uri_without_domain, room.uri_domain), (None, None));
        assert_eq!(rig.booking.room_at(&rooms[0].address).await.unwrap(), RoomState::Over);
        fill(&rig, "region", 1, &one).await;
    }

    async fn an_id_of_a_room_of_the_pool_is_taken(test: TestDb) {
        let rig = Rig::new(test).await;
        let rooms = with_pool(&rig, 2).await;
        let asked = BookingRequest { id: Some(vdx_domain::MeetingId(rooms[0].id.0)), ..of_pool(0) };
        let refused = rig.booking.create(&admin("region"), &asked).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "uuid", .. })), "{refused:?}");
    }

    async fn two_hundred_at_once_never_get_the_same_room(test: TestDb) {
        const ROOMS: usize = 40;
        let rig = Rig::new(test).await;
        let pool = with_pool(&rig, ROOMS).await;
        let bookings: Vec<_> = (0..200).map(|n| {
            let booking = rig.booking.clone();
            let asked = if n % 2 == 0 { of_pool(0) } else { request_in(0) };
            let organisation = ["region", "hospital", "hospital/clinic"][n % 3];
            tokio::spawn(async move { (asked.meeting_type, booking.create(&admin(organisation), &asked).await) })
        }).collect();
        let (mut from_pool, mut new, mut refused) = (HashSet::new(), HashSet::new(), 0);
        for booking in bookings {
            match booking.await.unwrap() {
                (_, Ok(meeting)) => {
                    let room = rig.room(&meeting).await;
                    let rooms = if room.pool { &mut from_pool } else { &mut new };
                    assert!(rooms.insert(room.address.folded()), "handed out twice");
                }
                (MeetingType::Pool, Err(Error::PoolEmpty(_))) => refused += 1,
                (_, Err(other)) => panic!("{other}"),
            }
        }
        let expected: HashSet<_> = pool.iter().map(|room| room.address.folded()).collect();
        assert_eq!(from_pool, expected);
        assert_eq!(new.len() + refused, 200 - ROOMS);
        assert!(from_pool.is_disjoint(&new));
    }

    async fn nobody_is_helped_out_who_keeps_no_pool(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.pool = PoolSettings { overflow: Some(code("region")), ..PoolSettings::default() };
        }).await;
        with_pool(&rig, 1).await;
        rig.set_pool_size("hospital", Some(0)).await;
        // The town has no pool above it; the hospital's own of none hides the region's.
        for organisation in ["town", "hospital", "hospital/clinic"] {
            let refused = rig.booking.create(&admin(organisation), &of_pool(1)).await;
            assert!(matches!(&refused, Err(Error::NoPool(named)) if *named == code(organisation)), "{refused:?}");
            let own = rig.book(organisation, &request_in(1)).await;
            assert!(!attached(&rig, &own).await, "{organisation}");
        }
        assert!(attached(&rig, &rig.book("region", &of_pool(1)).await).await);
    }

    async fn a_room_that_helps_out_is_old_enough_and_has_the_settings(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.pool = PoolSettings { overflow: Some(code("town")), ..PoolSettings::default() };
        }).await;
        rig.set_pool_size("town", Some(1)).await;
        fill(&rig, "town", 1, &pool_template(Some("town"))).await;
        let asked = |quality| BookingRequest {
            settings: SettingsRequest { vmr_quality: Some(quality), ..SettingsRequest::default() },
            ..of_pool(0)
        };
        let empty = async |asked: BookingRequest| {
            let refused = rig.booking.create(&admin("region"), &asked).await;
            assert!(matches!(refused, Err(Error::PoolEmpty(_))), "{refused:?}");
        };
        rig.clock.set("2026-12-01T09:01:00Z");
        empty(asked(VmrQuality::Hd)).await;
        rig.clock.set("2026-12-01T09:01:00.001Z");
        empty(asked(VmrQuality::Fullhd)).await;
        let room = rig.room(&rig.book("region", &asked(VmrQuality::Hd)).await).await;
        assert!(room.pool && room.pool_overflow);
    }
}
