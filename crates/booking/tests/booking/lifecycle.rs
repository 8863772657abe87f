//! The life of a booked room.

use std::sync::Arc;
use std::time::Duration;

use vdx_booking::{BookingRequest, Error, Information, Link, LinkState, Meeting};
use vdx_domain::{
    FixedRoomId, ProvisionStatus, RoomAddress, RoomKey, RoomState, SchedulingInfoId, SystemClock,
    SystemRandomness,
};
use vdx_store::scheduling_infos::{self, Provision};
use vdx_store::{Connection, FromRow, Row, both_engines};

use crate::rig::{Rig, admin, at, booking, default_template, request};

async fn address(rig: &Rig, meeting: &Meeting) -> RoomAddress {
    rig.room(meeting).await.address
}

async fn link_state(rig: &Rig, meeting: &Meeting) -> LinkState {
    rig.meeting_link(meeting).await.state
}

async fn statuses(rig: &Rig, meeting: &Meeting) -> Vec<ProvisionStatus> {
    let id = SchedulingInfoId(meeting.id.0);
    let history = scheduling_infos::history(&mut rig.test.db.reader(), id)
        .await
        .unwrap();
    history
        .into_iter()
        .map(|entry: Provision| entry.status)
        .collect()
}

/// How many labels and how much additional information of a meeting are stored.
async fn rows(rig: &Rig, meeting: &Meeting) -> [i64; 2] {
    let mut reader = rig.test.db.reader();
    let mut counts = [0; 2];
    for (count, text) in counts.iter_mut().zip([
        "SELECT COUNT(*) AS number FROM meeting_labels WHERE meeting_id = $1",
        "SELECT COUNT(*) AS number FROM meeting_information WHERE meeting_id = $1",
    ]) {
        let Count(number) = reader.sql(text).bind(meeting.id).one().await.unwrap();
        *count = number;
    }
    counts
}

struct Count(i64);

impl FromRow for Count {
    fn from_row(row: &Row) -> Result<Self, vdx_store::Error> {
        Ok(Self(row.get("number")?))
    }
}

both_engines! {
    async fn a_room_is_open_from_before_its_start_until_its_end(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let address = address(&rig, &meeting).await;
        let key = RoomKey::Meeting(meeting.id);
        for (now, state) in [
            ("2026-12-01T09:44:59Z", LinkState::NotYet),
            ("2026-12-01T09:45:00Z", LinkState::Open),
            ("2026-12-01T10:59:59Z", LinkState::Open),
            ("2026-12-01T11:00:00Z", LinkState::Over),
        ] {
            rig.clock.set(now);
            assert_eq!(link_state(&rig, &meeting).await, state, "{now}");
            for room in [
                rig.booking.room_at(&address).await.unwrap(),
                rig.booking.room_by_key(key).await.unwrap(),
            ] {
                match (room, state) {
                    (RoomState::NotYet { opens_at }, LinkState::NotYet) => {
                        assert_eq!(opens_at, at("2026-12-01T09:45:00Z"));
                    }
                    (RoomState::Open(room), LinkState::Open) => {
                        assert_eq!(room.key, key);
                        assert_eq!(room.ends_at, Some(meeting.ends_at));
                        assert!(room.host_pin.is_some() && room.guest_pin.is_some());
                    }
                    (RoomState::Over, LinkState::Over) => {}
                    (other, _) => panic!("{now}: {other:?}"),
                }
            }
        }
    }

    async fn coming_in_makes_a_room_that_is_due(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let upper = address(&rig, &meeting).await.as_str().to_uppercase();
        rig.clock.set("2026-12-01T10:00:00Z");
        let room = rig.booking.room_at(&upper.parse().unwrap()).await.unwrap();
        assert!(matches!(room, RoomState::Open(_)), "{room:?}");
        let provision = rig.room(&meeting).await.provision;
        assert_eq!(provision.status, ProvisionStatus::ProvisionedOk);
        assert_eq!(provision.at, Some(at("2026-12-01T10:00:00Z")));
        assert_eq!(provision.vmr_id, Some(meeting.id.to_string()));
    }

    async fn statuses_follow_the_time_and_are_remembered(test: TestDb) {
        use ProvisionStatus::{AwaitsProvision, DeprovisionOk, ProvisionedOk};
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let next = rig.booking.provision_due().await.unwrap();
        assert_eq!(next, Some(at("2026-12-01T09:45:00Z")));
        assert_eq!(statuses(&rig, &meeting).await, [AwaitsProvision]);

        rig.clock.set("2026-12-01T09:45:00Z");
        let next = rig.booking.provision_due().await.unwrap();
        assert_eq!(next, Some(at("2026-12-01T11:00:00Z")));
        assert_eq!(statuses(&rig, &meeting).await, [AwaitsProvision, ProvisionedOk]);

        rig.clock.set("2026-12-01T11:00:00Z");
        assert_eq!(rig.booking.provision_due().await.unwrap(), None);
        assert_eq!(statuses(&rig, &meeting).await, [AwaitsProvision, ProvisionedOk, DeprovisionOk]);
        let room = rig.room(&meeting).await;
        assert_eq!(room.provision.at, Some(at("2026-12-01T11:00:00Z")));
        assert_eq!((room.uri_without_domain, room.uri_domain), (None, None));
        assert!(!room.address.as_str().is_empty());
    }

    async fn only_a_waiting_meeting_can_be_deleted(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        rig.clock.set("2026-12-01T09:45:00Z");
        rig.booking.provision_due().await.unwrap();
        for now in ["2026-12-01T09:46:00Z", "2026-12-01T11:00:00Z"] {
            rig.clock.set(now);
            rig.booking.provision_due().await.unwrap();
            let refused = rig.booking.delete(&admin("town"), meeting.id).await;
            assert!(matches!(refused, Err(Error::NotDeletable)), "{refused:?}");
        }
        rig.booking.meeting(&admin("town"), meeting.id).await.unwrap();
    }

    async fn a_deleted_meeting_leaves_its_link_alone_and_frees_its_number(test: TestDb) {
        let rig = Rig::with_template(test, default_template(10_001)).await;
        let asked = BookingRequest {
            labels: vec!["a".into(), "b".into()],
            information: vec![Information { key: "k".into(), value: "v".into() }],
            ..request()
        };
        let meeting = rig.booking.create(&admin("town"), &asked).await.unwrap();
        assert_eq!(rows(&rig, &meeting).await, [2, 1]);
        let full = rig.booking.create(&admin("town"), &request()).await;
        assert!(matches!(full, Err(Error::NumbersExhausted)));
        let address = address(&rig, &meeting).await;
        rig.booking.delete(&admin("town"), meeting.id).await.unwrap();
        assert_eq!(rig.booking.room_at(&address).await.unwrap(), RoomState::Unknown);
        let link = rig.booking.link(&meeting.short_id).await.unwrap();
        assert!(matches!(link, Some(Link::Cancelled(_))), "{link:?}");
        assert!(statuses(&rig, &meeting).await.is_empty());
        assert_eq!(rows(&rig, &meeting).await, [0, 0]);
        rig.booking.create(&admin("town"), &request()).await.unwrap();
    }

    async fn a_number_used_again_leads_to_the_live_room(test: TestDb) {
        let rig = Rig::with_template(test, default_template(10_001)).await;
        let old = rig.booking.create(&admin("town"), &request()).await.unwrap();
        rig.clock.set("2026-12-01T10:00:00Z");
        rig.booking.provision_due().await.unwrap();
        rig.clock.set("2026-12-01T11:00:00Z");
        rig.booking.provision_due().await.unwrap();
        let address = address(&rig, &old).await;
        assert_eq!(rig.booking.room_at(&address).await.unwrap(), RoomState::Over);

        let asked = BookingRequest {
            starts_at: at("2026-12-01T12:00:00Z"),
            ends_at: at("2026-12-01T13:00:00Z"),
            ..request()
        };
        let new = rig.booking.create(&admin("town"), &asked).await.unwrap();
        rig.clock.set("2026-12-01T12:00:00Z");
        match rig.booking.room_at(&address).await.unwrap() {
            RoomState::Open(room) => assert_eq!(room.key, RoomKey::Meeting(new.id)),
            other => panic!("{other:?}"),
        }
        assert_eq!(link_state(&rig, &old).await, LinkState::Over);
    }

    async fn a_room_nobody_made_frees_its_number_after_a_day(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        for (now, status) in [
            ("2026-12-01T11:00:00Z", ProvisionStatus::AwaitsProvision),
            ("2026-12-02T10:59:59Z", ProvisionStatus::AwaitsProvision),
            ("2026-12-02T11:00:00Z", ProvisionStatus::DeprovisionOk),
        ] {
            rig.clock.set(now);
            rig.booking.provision_due().await.unwrap();
            assert_eq!(rig.room(&meeting).await.provision.status, status, "{now}");
        }
        assert!(rig.room(&meeting).await.provision.description.is_some());
    }

    async fn nobody_is_behind_an_unknown_address(test: TestDb) {
        let rig = Rig::new(test).await;
        let state = rig.booking.room_at(&"nobody@rooms.example".parse().unwrap()).await.unwrap();
        assert_eq!(state, RoomState::Unknown);
        let key = RoomKey::Fixed(FixedRoomId::generate());
        assert_eq!(rig.booking.room_by_key(key).await.unwrap(), RoomState::Unknown);
        let link = rig.booking.link(&"0123456789ab".parse().unwrap()).await.unwrap();
        assert_eq!(link, None);
    }

    async fn the_provisioner_wakes_up_for_a_meeting_that_starts_now(test: TestDb) {
        let rig = Rig::new(test).await;
        let live = booking(
            &rig.test,
            Arc::new(SystemClock),
            Arc::new(SystemRandomness),
            default_template(99_991),
        );
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let runner = {
            let live = live.clone();
            tokio::spawn(async move { live.run_provisioner(async { stopped.await.unwrap() }).await })
        };
        // Let it fall asleep first: then only the bell can wake it in time.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = vdx_domain::Clock::now(&SystemClock);
        let asked = BookingRequest {
            starts_at: now,
            ends_at: now + jiff::SignedDuration::from_hours(1),
            ..request()
        };
        let meeting = live.create(&admin("town"), &asked).await.unwrap();
        let mut waited = 0;
        while rig.room(&meeting).await.provision.status != ProvisionStatus::ProvisionedOk {
            assert!(waited < 100, "not provisioned within 5 s");
            waited += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.send(()).unwrap();
        runner.await.unwrap();
    }
}
