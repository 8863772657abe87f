//! Pools that fill themselves, and what is kept of how full they were.

use std::collections::HashSet;
use std::time::Duration;

use vdx_booking::{BookingRequest, PoolLevel, PoolState, ProvisionReport, TemplateValues};
use vdx_domain::{ApiRole, MeetingType, ProvisionStatus, SchedulingInfoId};
use vdx_store::leases::Lease;
use vdx_store::pool_levels::{self, PastLevel};
use vdx_store::scheduling_infos::RoomsOf;
use vdx_store::{audit, both_engines};

use crate::pools::{fill, pool_template};
use crate::rig::{Rig, actor, admin, at, code, maker, request_in, template_of};

/// One run, and its rooms made live.
async fn run(rig: &Rig) {
    let mut stuck = HashSet::new();
    rig.booking.fill_pools(&mut stuck).await.unwrap();
    assert_eq!(stuck, HashSet::new());
    rig.booking.provision_due().await.unwrap();
}

async fn level(rig: &Rig, organisation: &str) -> Option<PoolLevel> {
    let (code, now) = (code(organisation), vdx_domain::Clock::now(&*rig.clock));
    let mut reader = rig.test.db.reader();
    let levels = pool_levels::levels(&mut reader, RoomsOf::Organisation(&code), now, 1).await;
    levels.unwrap().pop()
}

async fn available(rig: &Rig, organisation: &str) -> u32 {
    level(rig, organisation).await.unwrap().available
}

async fn pool_of(rig: &Rig, organisation: &str) -> PoolState {
    let pools = rig.booking.pools(&admin(organisation)).await.unwrap();
    pools
        .into_iter()
        .find(|pool| pool.level.organisation == code(organisation))
        .unwrap()
}

async fn past(rig: &Rig, organisation: &str) -> Vec<PastLevel> {
    let mut reader = rig.test.db.reader();
    let (from, to) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    pool_levels::past_levels(&mut reader, &code(organisation), from, to, 1000)
        .await
        .unwrap()
}

both_engines! {
    async fn a_run_makes_a_room_until_there_are_enough(test: TestDb) {
        let rig = Rig::new(test).await;
        for expected in [1, 2, 2] {
            run(&rig).await;
            assert_eq!(available(&rig, "region").await, expected);
        }
        let pool = pool_of(&rig, "region").await;
        assert_eq!((pool.level.desired, pool.rooms.len()), (2, 2));
        let room = &pool.rooms[0];
        // Without any template of the organisation the shared default serves.
        assert!(room.address.as_str().ends_with("@rooms.example"));
        assert_eq!(room.created_by.email, "pool@vdx.invalid");
        assert!(room.pool);
        // Each that is taken is made again.
        rig.clock.set("2026-12-01T09:02:00Z");
        let asked = BookingRequest { meeting_type: MeetingType::Pool, ..request_in(2) };
        rig.book("hospital", &asked).await;
        assert_eq!(available(&rig, "region").await, 1);
        run(&rig).await;
        assert_eq!(available(&rig, "region").await, 2);
        // What the hub makes by itself is in the audit trail too.
        let records = audit::of(&mut rig.test.db.reader(), &room.id.to_string()).await.unwrap();
        assert_eq!((records[0].actor.as_str(), records[0].operation.as_str()), ("hub:pool", "create"));
    }

    async fn the_pools_template_comes_before_the_default(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.add_template(&TemplateValues { is_default: true, uri_prefix: "1".into(), ..pool_template(Some("region")) }).await;
        run(&rig).await;
        rig.add_template(&TemplateValues { is_pool: true, uri_prefix: "2".into(), ..pool_template(Some("region")) }).await;
        run(&rig).await;
        let mut prefixes: Vec<_> = pool_of(&rig, "region").await.rooms.iter().map(|room| room.address.as_str()[..1].to_owned()).collect();
        prefixes.sort();
        assert_eq!(prefixes, ["1", "2"]);
    }

    async fn a_reserved_room_is_made_up_for_and_the_oldest_goes_when_it_comes_back(test: TestDb) {
        let rig = Rig::new(test).await;
        run(&rig).await;
        run(&rig).await;
        rig.clock.set("2026-12-01T09:02:00Z");
        let settings = vdx_booking::SettingsRequest::default();
        let reserved = rig.booking.reserve(&admin("region"), &settings).await.unwrap().room;
        run(&rig).await;
        assert_eq!(available(&rig, "region").await, 2);
        rig.clock.set("2026-12-02T09:02:00Z");
        assert_eq!(available(&rig, "region").await, 3);
        run(&rig).await;
        let rooms = pool_of(&rig, "region").await.rooms;
        assert_eq!(rooms.len(), 2);
        assert!(rooms.windows(2).all(|pair| pair[0].created_at >= pair[1].created_at), "newest first");
        let records = audit::of(&mut rig.test.db.reader(), &reserved.id.to_string()).await.unwrap();
        let oldest_went = records.iter().any(|record| record.operation == "delete");
        assert_eq!(oldest_went, rooms.iter().all(|room| room.id != reserved.id));
    }

    async fn a_smaller_pool_loses_its_oldest_rooms_and_their_numbers_are_free(test: TestDb) {
        let rig = Rig::new(test).await;
        let one = |low: i64| TemplateValues {
            uri_number_range_low: low,
            uri_number_range_high: low + 1,
            ..pool_template(Some("region"))
        };
        for (n, time) in ["2026-12-01T09:00:00Z", "2026-12-01T09:00:01Z", "2026-12-01T09:00:02Z"].iter().enumerate() {
            rig.clock.set(time);
            fill(&rig, "region", 1, &one(100 + i64::try_from(n).unwrap())).await;
        }
        rig.set_pool_size("region", Some(1)).await;
        for expected in [&["101", "102"][..], &["102"], &["102"]] {
            run(&rig).await;
            let mut numbers: Vec<_> = pool_of(&rig, "region").await.rooms.iter().filter_map(|room| room.uri_without_domain.clone()).collect();
            numbers.sort();
            assert_eq!(numbers, expected);
        }
        fill(&rig, "region", 1, &one(100)).await;
    }

    async fn a_pool_that_is_given_up_is_emptied(test: TestDb) {
        let rig = Rig::new(test).await;
        fill(&rig, "region", 2, &pool_template(Some("region"))).await;
        rig.set_pool_size("region", None).await;
        assert_eq!(level(&rig, "region").await, None);
        let left = async || {
            let mut reader = rig.test.db.reader();
            let levels = pool_levels::left_over(&mut reader, at("2026-12-01T09:00:00Z"), 10).await.unwrap();
            levels.iter().map(|level| level.available).sum::<u32>()
        };
        for expected in [1, 0, 0] {
            run(&rig).await;
            assert_eq!(left().await, expected);
        }
    }

    async fn a_room_that_could_not_be_made_is_replaced(test: TestDb) {
        let rig = Rig::new(test).await;
        let rooms = fill(&rig, "region", 2, &pool_template(Some("region"))).await;
        let problems = ProvisionReport { status: ProvisionStatus::ProvisionProblems, description: None, vmr_id: None };
        rig.booking.report(&maker("region"), rooms[0].id, problems).await.unwrap();
        assert_eq!(level(&rig, "region").await.unwrap().failed, 1);
        run(&rig).await;
        run(&rig).await;
        let level = level(&rig, "region").await.unwrap();
        assert_eq!((level.available, level.failed), (2, 0));
        let gone = rig.booking.scheduling_info(&admin("region"), rooms[0].id).await;
        assert!(gone.is_err());
    }

    async fn a_pool_that_cannot_be_filled_does_not_hold_up_the_others(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.set_pool_size("hospital", Some(1)).await;
        rig.add_template(&TemplateValues { is_pool: true, uri_number_range_high: 500, ..pool_template(Some("hospital")) }).await;
        let mut stuck = HashSet::new();
        rig.booking.fill_pools(&mut stuck).await.unwrap();
        assert_eq!(stuck, HashSet::from([code("hospital")]));
        assert_eq!(level(&rig, "region").await.unwrap().on_the_way, 1);
    }

    async fn a_provisioner_that_polls_fills_its_pools_itself(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.provisioners.lists = [code("region")].into();
        }).await;
        run(&rig).await;
        assert_eq!(level(&rig, "region").await.unwrap().on_the_way, 0);
        // What it has made too many is its own business as well.
        fill(&rig, "region", 3, &pool_template(Some("region"))).await;
        run(&rig).await;
        assert_eq!(level(&rig, "region").await.unwrap().on_the_way, 3);
    }

    async fn several_fillers_make_no_room_too_many(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.set_pool_size("region", Some(4)).await;
        let (stop, stopped) = tokio::sync::watch::channel(());
        let fillers: Vec<_> = (0..3).map(|_| {
            let (booking, mut stopped) = (rig.booking.clone(), stopped.clone());
            tokio::spawn(async move {
                let until = async { while stopped.changed().await.is_ok() {} };
                booking.run_pool_filler(Duration::from_millis(5), until).await;
            })
        }).collect();
        drop(stopped);
        let mut waited = 0;
        while level(&rig, "region").await.unwrap().on_the_way < 4 {
            assert!(waited < 600, "not full within half a minute");
            waited += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(level(&rig, "region").await.unwrap().on_the_way, 4);
        drop(stop);
        for filler in fillers {
            filler.await.unwrap();
        }
        // The lease was given back: another node need not wait.
        let other = Lease::new("pool_filler", Duration::from_secs(20));
        assert!(other.hold(&rig.test.db, at("2026-12-01T09:00:00Z")).await.unwrap());
    }

    async fn who_has_not_the_lease_fills_nothing(test: TestDb) {
        let rig = Rig::new(test).await;
        let other = Lease::new("pool_filler", Duration::from_secs(20));
        assert!(other.hold(&rig.test.db, at("2026-12-01T09:00:00Z")).await.unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let booking = rig.booking.clone();
        let filler = tokio::spawn(async move {
            booking.run_pool_filler(Duration::from_millis(5), async { stopped.await.unwrap() }).await;
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(level(&rig, "region").await.unwrap().on_the_way, 0);
        // The other node died: after its lease this one goes on.
        rig.clock.set("2026-12-01T09:00:20Z");
        let mut waited = 0;
        while level(&rig, "region").await.unwrap().on_the_way == 0 {
            assert!(waited < 600, "nothing within half a minute");
            waited += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.send(()).unwrap();
        filler.await.unwrap();
    }

    async fn filling_and_booking_at_once_never_give_a_room_that_goes(test: TestDb) {
        let rig = Rig::new(test).await;
        fill(&rig, "region", 40, &pool_template(Some("region"))).await;
        rig.clock.set("2026-12-01T09:02:00Z");
        rig.set_pool_size("region", Some(1)).await;
        let filling = {
            let booking = rig.booking.clone();
            tokio::spawn(async move {
                for _ in 0..30 {
                    booking.fill_pools(&mut HashSet::new()).await.unwrap();
                }
            })
        };
        let bookings: Vec<_> = (0..20).map(|_| {
            let booking = rig.booking.clone();
            tokio::spawn(async move { booking.create(&admin("region"), &request_in(2)).await.unwrap() })
        }).collect();
        let mut taken = 0;
        for booking in bookings {
            let meeting = booking.await.unwrap();
            taken += u32::from(rig.room(&meeting).await.pool);
        }
        filling.await.unwrap();
        let left = available(&rig, "region").await;
        assert!(taken + left <= 40, "{taken} taken, {left} left");
    }

    async fn levels_are_kept_for_each_minute(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.pool.history = jiff::SignedDuration::from_mins(2);
        }).await;
        rig.set_pool_size("town", Some(0)).await;
        for time in ["2026-12-01T09:00:30Z", "2026-12-01T09:00:59Z", "2026-12-01T09:01:00Z"] {
            rig.clock.set(time);
            rig.booking.look_after_pools().await.unwrap();
            run(&rig).await;
        }
        let kept = |time: &str, available| PastLevel { at: at(time), desired: 2, available };
        assert_eq!(past(&rig, "region").await, [kept("2026-12-01T09:00:00Z", 0), kept("2026-12-01T09:01:00Z", 2)]);
        // Where no room is wanted there is nothing to keep.
        assert!(past(&rig, "town").await.is_empty());
        assert!(past(&rig, "hospital").await.is_empty());
        rig.clock.set("2026-12-01T09:02:01Z");
        rig.booking.look_after_pools().await.unwrap();
        assert_eq!(past(&rig, "region").await, [kept("2026-12-01T09:01:00Z", 2), kept("2026-12-01T09:02:00Z", 2)]);
    }

    async fn each_role_sees_the_pools_of_the_rooms_it_sees(test: TestDb) {
        use ApiRole::*;
        let rig = Rig::with(test, |settings| {
            settings.provisioners.events = [code("hospital/clinic")].into();
            settings.provisioners.lists = [code("town")].into();
        }).await;
        for organisation in ["hospital", "hospital/clinic", "town"] {
            rig.set_pool_size(organisation, Some(1)).await;
            fill(&rig, organisation, 1, &pool_template(Some(organisation))).await;
        }
        for (organisation, roles, seen) in [
            ("region", &[MeetingUser][..], &["region"][..]),
            ("region", &[MeetingPlanner], &["hospital", "region"]),
            ("hospital", &[MeetingAdmin], &["hospital"]),
            ("hospital", &[MeetingUser], &["hospital"]),
            // By events: its provisioner knows what it has.
            ("hospital/clinic", &[MeetingAdmin], &[]),
            ("town", &[MeetingAdmin], &["town"]),
            ("town", &[MeetingProvisioner], &["hospital", "region", "town"]),
            ("region", &[MeetingUser, MeetingProvisionerUser], &["hospital", "region", "town"]),
        ] {
            let who = actor(organisation, "x@example.org", roles);
            let pools = rig.booking.pools(&who).await.unwrap();
            let codes: Vec<_> = pools.iter().map(|pool| pool.level.organisation.0.as_str()).collect();
            assert_eq!(codes, seen, "{organisation} {roles:?}");
        }
    }

    async fn a_pool_shows_its_free_live_rooms_and_its_own_template(test: TestDb) {
        let rig = Rig::new(test).await;
        assert_eq!(pool_of(&rig, "region").await.template, None);
        rig.add_template(&template_of(Some("region"))).await;
        let default = pool_of(&rig, "region").await.template.unwrap();
        assert!(default.values.is_default);
        let rooms = fill(&rig, "region", 4, &TemplateValues { is_pool: true, ..pool_template(Some("region")) }).await;
        rig.clock.set("2026-12-01T09:02:00Z");
        let asked = BookingRequest { meeting_type: MeetingType::Pool, ..request_in(2) };
        rig.book("region", &asked).await;
        rig.booking.reserve(&admin("region"), &vdx_booking::SettingsRequest::default()).await.unwrap();
        let waits = ProvisionReport { status: ProvisionStatus::StartingToProvision, description: None, vmr_id: None };
        let free: HashSet<SchedulingInfoId> = pool_of(&rig, "region").await.rooms.iter().map(|room| room.id).collect();
        let one = rooms.iter().find(|room| free.contains(&room.id)).unwrap();
        rig.booking.report(&maker("region"), one.id, waits).await.unwrap();
        let pool = pool_of(&rig, "region").await;
        assert!(pool.template.unwrap().values.is_pool);
        assert_eq!((pool.level.available, pool.level.on_the_way, pool.rooms.len()), (1, 1, 1));
    }
}
