//! Which rooms stand in which list, and who sees it.

use vdx_booking::{Actor, BookingRequest, Error, Interval, Provisioners, RoomDetails};
use vdx_domain::{ApiRole, MeetingId, ProvisionStatus, Provisioner};
use vdx_store::both_engines;
use vdx_store::testing::ManyRooms;

use crate::rig::{Rig, actor, admin, at, code, maker, request, template_of};

fn ids(rooms: &[RoomDetails]) -> Vec<MeetingId> {
    rooms
        .iter()
        .filter_map(|details| details.room.meeting)
        .collect()
}

fn between(from: &str, to: &str) -> Interval {
    Interval {
        from: at(from),
        to: at(to),
        status: ProvisionStatus::AwaitsProvision,
    }
}

async fn count(rig: &Rig, who: &Actor, interval: Interval) -> usize {
    rig.booking
        .scheduling_infos(who, interval)
        .await
        .unwrap()
        .len()
}

async fn polled(test: vdx_store::testing::TestDb) -> Rig {
    Rig::with(test, |settings| {
        settings.provisioners = Provisioners {
            lists: [code("town")].into(),
            events: [code("region")].into(),
            ..Provisioners::default()
        };
    })
    .await
}

both_engines! {
    async fn a_room_counts_when_it_opens_or_its_meeting_ends_inside(test: TestDb) {
        let rig = Rig::new(test).await;
        // Opens at 9:45, ends at 11.
        let meeting = rig.book("town", &request()).await;
        for (from, to, expected) in [
            ("2026-12-01T09:44:59Z", "2026-12-01T09:45:01Z", 1),
            ("2026-12-01T09:45:00Z", "2026-12-01T09:46:00Z", 0),
            ("2026-12-01T09:44:00Z", "2026-12-01T09:45:00Z", 0),
            ("2026-12-01T10:59:59Z", "2026-12-01T11:00:01Z", 1),
            ("2026-12-01T11:00:00Z", "2026-12-01T12:00:00Z", 0),
            ("2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z", 0),
            // Open all the time, and neither begins nor ends.
            ("2026-12-01T10:00:00Z", "2026-12-01T10:30:00Z", 0),
            ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", 1),
            ("2026-12-02T00:00:00Z", "2026-12-01T00:00:00Z", 0),
        ] {
            let found = rig.booking.scheduling_infos(&admin("town"), between(from, to)).await.unwrap();
            assert_eq!(found.len(), expected, "{from} to {to}");
            if let [found] = &*found {
                assert_eq!(found.room, rig.room(&meeting).await);
                assert_eq!(found.meeting.as_ref(), Some(&meeting));
            }
        }
        // With another status it is in another list.
        let day = between("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
        rig.clock.set("2026-12-01T10:00:00Z");
        rig.booking.provision_due().await.unwrap();
        assert_eq!(count(&rig, &admin("town"), day).await, 0);
        let live = Interval { status: ProvisionStatus::ProvisionedOk, ..day };
        assert_eq!(count(&rig, &admin("town"), live).await, 1);
    }

    async fn a_list_comes_with_all_that_belongs_to_its_meetings(test: TestDb) {
        let rig = Rig::new(test).await;
        let mut booked = Vec::new();
        // More than one statement asks for.
        for n in 0..45 {
            let asked = BookingRequest {
                labels: vec![format!("b{n}"), "a".into()],
                information: vec![vdx_booking::Information { key: "k".into(), value: n.to_string() }],
                ..crate::rig::request_in(60 + n)
            };
            booked.push(rig.book("town", &asked).await);
        }
        let day = between("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
        let found = rig.booking.scheduling_infos(&admin("town"), day).await.unwrap();
        let meetings: Vec<_> = found.into_iter().filter_map(|details| details.meeting).collect();
        assert_eq!(meetings, booked);
    }

    async fn each_role_sees_its_part(test: TestDb) {
        use ApiRole::*;
        let rig = Rig::new(test).await;
        for organisation in ["region", "hospital", "hospital/clinic", "town"] {
            rig.book(organisation, &request()).await;
        }
        let day = between("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
        for (organisation, roles, seen) in [
            ("hospital", &[MeetingUser][..], 1),
            ("hospital", &[MeetingPlanner], 2),
            ("hospital", &[MeetingUser, MeetingAdmin], 2),
            ("region", &[MeetingAdmin], 3),
            ("region", &[MeetingUser], 1),
            ("hospital/clinic", &[MeetingAdmin], 1),
            ("town", &[MeetingAdmin], 1),
            ("town", &[MeetingProvisioner], 4),
            ("town", &[MeetingUser, MeetingProvisionerUser], 4),
        ] {
            let who = actor(organisation, "x@example.org", roles);
            assert_eq!(count(&rig, &who, day).await, seen, "{organisation} {roles:?}");
        }
        let machine = Actor { organisation: None, email: None, ..actor("town", "x", &[MeetingProvisioner]) };
        assert_eq!(count(&rig, &machine, day).await, 4);
    }

    async fn the_provisioners_lists_hold_what_is_due(test: TestDb) {
        let rig = polled(test).await;
        let meeting = rig.book("town", &request()).await;
        rig.book("region", &request()).await;
        rig.book("hospital", &request()).await;
        let machine = maker("region");
        let to_provision = async || ids(&rig.booking.rooms_to_provision(&machine).await.unwrap());
        let to_deprovision = async || ids(&rig.booking.rooms_to_deprovision(&machine).await.unwrap());
        for (now, expected) in [
            ("2026-12-01T09:44:59Z", 0),
            ("2026-12-01T09:45:00Z", 1),
            ("2026-12-01T11:00:00Z", 1),
            ("2026-12-01T11:00:01Z", 0),
        ] {
            rig.clock.set(now);
            assert_eq!(to_provision().await, vec![meeting.id; expected], "{now}");
            assert!(to_deprovision().await.is_empty());
        }
        rig.clock.set("2026-12-01T10:00:00Z");
        let live = vdx_booking::ProvisionReport {
            status: ProvisionStatus::ProvisionedOk,
            description: None,
            vmr_id: Some("42".into()),
        };
        let id = vdx_domain::SchedulingInfoId(meeting.id.0);
        rig.booking.report(&machine, id, live).await.unwrap();
        for (now, expected) in [("2026-12-01T11:00:00Z", 0), ("2026-12-01T11:00:01Z", 1)] {
            rig.clock.set(now);
            assert!(to_provision().await.is_empty());
            assert_eq!(to_deprovision().await, vec![meeting.id; expected], "{now}");
        }
    }

    async fn the_hub_leaves_rooms_of_other_provisioners_alone(test: TestDb) {
        let rig = polled(test).await;
        let mut rooms = Vec::new();
        for (organisation, provisioner) in [
            ("town", Provisioner::Lists),
            ("region", Provisioner::Events),
            ("hospital", Provisioner::Embedded),
        ] {
            let meeting = rig.book(organisation, &request()).await;
            let room = rig.room(&meeting).await;
            assert_eq!(room.provisioner, provisioner);
            assert_eq!(room.event_identifier.is_some(), provisioner == Provisioner::Events);
            rooms.push((meeting, provisioner));
        }
        for (now, expected) in [
            ("2026-12-01T10:00:00Z", ProvisionStatus::ProvisionedOk),
            ("2026-12-01T11:00:00Z", ProvisionStatus::DeprovisionOk),
            ("2026-12-03T11:00:00Z", ProvisionStatus::DeprovisionOk),
        ] {
            rig.clock.set(now);
            rig.booking.provision_due().await.unwrap();
            for (meeting, provisioner) in &rooms {
                let status = rig.room(meeting).await.provision.status;
                if *provisioner == Provisioner::Embedded || now.starts_with("2026-12-03") {
                    assert_eq!(status, expected, "{now}");
                } else {
                    assert_eq!(status, ProvisionStatus::AwaitsProvision, "{now}");
                }
            }
        }
        assert_eq!(rig.booking.provision_due().await.unwrap(), None);
    }

    async fn a_number_of_a_room_that_nobody_made_is_free_a_day_after(test: TestDb) {
        use ProvisionStatus::*;
        let rig = polled(test).await;
        let mut rooms = Vec::new();
        for organisation in ["town", "region"] {
            for status in ProvisionStatus::ALL {
                let meeting = rig.book(organisation, &request()).await;
                let report = vdx_booking::ProvisionReport { status: *status, description: None, vmr_id: None };
                let id = vdx_domain::SchedulingInfoId(meeting.id.0);
                rig.booking.report(&maker("town"), id, report).await.unwrap();
                rooms.push((meeting, *status));
            }
        }
        for (now, late) in [("2026-12-02T10:59:59Z", false), ("2026-12-02T11:00:00Z", true)] {
            rig.clock.set(now);
            rig.booking.provision_due().await.unwrap();
            for (meeting, before) in &rooms {
                let room = rig.room(meeting).await;
                // What may be on somebody's engine keeps its number.
                let freed = late && matches!(before, AwaitsProvision | ProvisionProblems);
                let expected = if freed { DeprovisionOk } else { *before };
                assert_eq!(room.provision.status, expected, "{now} {before}");
                let free = freed || *before == DeprovisionOk;
                assert_eq!(room.uri_without_domain.is_none(), free, "{now} {before}");
            }
        }
    }

    async fn a_room_of_another_provisioner_opens_when_it_is_reported_live(test: TestDb) {
        use vdx_domain::RoomState;
        let rig = polled(test).await;
        let meeting = rig.book("town", &request()).await;
        let room = rig.room(&meeting).await;
        rig.clock.set("2026-12-01T10:00:00Z");
        let state = rig.booking.room_at(&room.address).await.unwrap();
        assert!(matches!(state, RoomState::NotYet { .. }), "{state:?}");
        let report = |status| vdx_booking::ProvisionReport { status, description: None, vmr_id: None };
        let live = report(ProvisionStatus::ProvisionedOk);
        rig.booking.report(&maker("town"), room.id, live).await.unwrap();
        let state = rig.booking.room_at(&room.address).await.unwrap();
        assert!(matches!(state, RoomState::Open(_)), "{state:?}");
        let gone = report(ProvisionStatus::DeprovisionOk);
        rig.booking.report(&maker("town"), room.id, gone).await.unwrap();
        assert_eq!(rig.booking.room_at(&room.address).await.unwrap(), RoomState::Over);
    }

    async fn a_list_of_more_than_ten_thousand_is_refused(test: TestDb) {
        let rig = Rig::new(test).await;
        let template = rig.add_template(&template_of(Some("town"))).await;
        let town = code("town");
        let many = |before, count| ManyRooms {
            organisation: &town,
            template,
            before,
            count,
            first: at("2026-12-01T10:00:00Z"),
            step: 1,
            status: ProvisionStatus::AwaitsProvision,
            provisioner: Provisioner::Lists,
        };
        let mut tx = rig.test.db.begin().await.unwrap();
        many(0, 10_000).insert(&mut tx).await;
        tx.commit().await.unwrap();
        let day = between("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
        assert_eq!(count(&rig, &admin("town"), day).await, 10_000);
        let mut tx = rig.test.db.begin().await.unwrap();
        many(10_000, 1).insert(&mut tx).await;
        tx.commit().await.unwrap();
        for who in [admin("town"), maker("region")] {
            let refused = rig.booking.scheduling_infos(&who, day).await;
            assert!(matches!(refused, Err(Error::ListTooLong(10_000))), "{:?}", refused.err());
        }
        // A provisioner that is behind gets the first of them.
        rig.clock.set("2026-12-01T10:20:00Z");
        let due = rig.booking.rooms_to_provision(&maker("region")).await.unwrap();
        assert_eq!(due.len(), 10_000);
        assert_eq!(due[0].meeting.as_ref().unwrap().starts_at, at("2026-12-01T10:00:00.001Z"));
    }
}
