//! Changing a meeting.

use vdx_booking::{
    BookingRequest, Change, Error, Information, LinkState, Meeting, MeetingChange, SchedulingInfo,
};
use vdx_domain::{
    ApiRole, GuestMicrophone, MeetingId, Pin, ProvisionStatus, RoomState, SchedulingInfoId,
};
use vdx_store::both_engines;
use vdx_store::scheduling_infos::{self, Provision};

use crate::rig::{Rig, actor, admin, at, request};

fn entry(key: &str) -> Information {
    Information {
        key: key.into(),
        value: "v".into(),
    }
}

/// Everything that can be changed, changed.
fn everything() -> MeetingChange {
    MeetingChange {
        subject: Change::To("New".into()),
        starts_at: Change::To(at("2026-12-01T12:00:00Z")),
        ends_at: Change::To(at("2026-12-01T13:00:00Z")),
        description: Change::To(Some("d2".into())),
        project_code: Change::To(Some("p2".into())),
        organized_by_email: Change::To(Some("new@example.org".into())),
        labels: Change::To(vec!["z".into(), "y".into()]),
        information: Change::To(vec![entry("k2")]),
        guest_microphone: Change::To(GuestMicrophone::Muted),
        guest_pin_required: Change::To(true),
        guest_pin: Change::To(Some(2222)),
        host_pin: Change::To(Some(3333)),
        call_type: Change::To(Some("video".into())),
    }
}

/// A meeting from 10 to 11 with something in every place.
fn full() -> BookingRequest {
    BookingRequest {
        description: Some("d".into()),
        project_code: Some("p".into()),
        external_id: Some("x".into()),
        labels: vec!["a".into()],
        information: vec![entry("k")],
        guest_pin: Some(1111),
        host_pin: Some(9999),
        call_type: Some("audio".into()),
        ..request()
    }
}

fn end_at(instant: &str) -> MeetingChange {
    MeetingChange {
        ends_at: Change::To(at(instant)),
        ..MeetingChange::default()
    }
}

async fn set_status(rig: &Rig, id: MeetingId, status: ProvisionStatus) {
    let to = Provision {
        status,
        description: None,
        at: None,
        vmr_id: None,
    };
    let mut tx = rig.test.db.begin().await.unwrap();
    let room = SchedulingInfoId(id.0);
    let from = ProvisionStatus::AwaitsProvision;
    assert!(
        scheduling_infos::advance(&mut tx, room, from, &to, at("2026-12-01T09:50:00Z"))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

/// A meeting of the organisation's whose room is live; it is 10:00.
async fn live(rig: &Rig, organisation: &str) -> Meeting {
    rig.clock.set("2026-12-01T09:00:00Z");
    let meeting = rig
        .booking
        .create(&admin(organisation), &full())
        .await
        .unwrap();
    rig.clock.set("2026-12-01T10:00:00Z");
    rig.booking.provision_due().await.unwrap();
    meeting
}

/// Guest and host PIN.
fn pins(room: &SchedulingInfo) -> [Option<&str>; 2] {
    [&room.guest_pin, &room.host_pin].map(|pin| pin.as_ref().map(Pin::reveal))
}

both_engines! {
    async fn everything_can_change_while_the_room_waits(test: TestDb) {
        let rig = Rig::new(test).await;
        let before = rig.booking.create(&admin("town"), &full()).await.unwrap();
        rig.clock.set("2026-12-01T09:10:00Z");
        let changer = actor("town", "planner@example.org", &[ApiRole::MeetingPlanner]);
        let after = rig.booking.change(&changer, before.id, &everything()).await.unwrap();

        assert_eq!(after, rig.booking.meeting(&changer, before.id).await.unwrap());
        assert_eq!((after.subject.as_str(), after.description.as_deref()), ("New", Some("d2")));
        assert_eq!(after.project_code.as_deref(), Some("p2"));
        assert_eq!(after.starts_at, at("2026-12-01T12:00:00Z"));
        assert_eq!(after.ends_at, at("2026-12-01T13:00:00Z"));
        assert_eq!(after.labels, ["z", "y"]);
        assert_eq!(after.information, [entry("k2")]);
        assert_eq!(after.guest_microphone, GuestMicrophone::Muted);
        assert!(after.guest_pin_required);
        assert_eq!(after.organized_by.email, "new@example.org");
        assert_eq!(after.updated_by.unwrap().email, "planner@example.org");
        assert_eq!(after.updated_at, Some(at("2026-12-01T09:10:00Z")));
        assert_eq!((&after.created_by, after.created_at), (&before.created_by, before.created_at));
        assert_eq!((&after.short_id, &after.external_id), (&before.short_id, &before.external_id));

        let room = rig.room(&before).await;
        assert_eq!(pins(&room), [Some("2222"), Some("3333")]);
        assert_eq!(room.call_type.as_deref(), Some("video"));
        assert_eq!(room.vmr_starts_at, Some(at("2026-12-01T11:45:00Z")));
        assert_eq!(room.updated_by.unwrap().email, "planner@example.org");
        assert_eq!(room.updated_at, Some(at("2026-12-01T09:10:00Z")));
        let link = room.portal_link.unwrap();
        assert!(
            link.ends_with("pin=2222&start_dato=2026-12-01T12:00:00&muteMicrophone=muted&callType=video"),
            "{link}"
        );
    }

    async fn nothing_said_keeps_everything(test: TestDb) {
        let rig = Rig::new(test).await;
        let before = rig.booking.create(&admin("town"), &full()).await.unwrap();
        let room_before = rig.room(&before).await;
        let nothing = MeetingChange::default();
        let after = rig.booking.change(&admin("town"), before.id, &nothing).await.unwrap();
        let room_after = rig.room(&before).await;
        assert_eq!(after.updated_by.as_ref(), Some(&before.created_by));
        assert_eq!(Meeting { updated_by: None, updated_at: None, ..after }, before);
        assert_eq!(SchedulingInfo { updated_by: None, updated_at: None, ..room_after }, room_before);
    }

    async fn values_can_be_taken_away(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &full()).await.unwrap();
        let nothing = MeetingChange {
            description: Change::To(None),
            project_code: Change::To(None),
            labels: Change::To(Vec::new()),
            information: Change::To(Vec::new()),
            guest_pin: Change::To(None),
            host_pin: Change::To(None),
            call_type: Change::To(None),
            ..MeetingChange::default()
        };
        let after = rig.booking.change(&admin("town"), meeting.id, &nothing).await.unwrap();
        assert_eq!((after.description, after.project_code), (None, None));
        assert!(after.labels.is_empty() && after.information.is_empty());
        let room = rig.room(&meeting).await;
        assert_eq!((pins(&room), room.call_type.as_deref()), ([None, None], None));
        let link = room.portal_link.unwrap();
        assert!(link.contains("&pin=&start_dato=") && !link.contains("callType"), "{link}");
    }

    async fn a_live_room_keeps_what_people_came_in_with(test: TestDb) {
        let rig = Rig::new(test).await;
        // The region keeps a pool, the town does not. A pool of none is one too.
        rig.set_pool_size("hospital", Some(0)).await;
        for (organisation, pool) in [("town", false), ("region", true), ("hospital", true)] {
            let before = live(&rig, organisation).await;
            let me = admin(organisation);
            let after = rig.booking.change(&me, before.id, &everything()).await.unwrap();
            assert_eq!(after.ends_at, at("2026-12-01T13:00:00Z"));
            assert_eq!(after.labels, ["z", "y"]);
            assert_eq!(after.information, [entry("k2")]);
            assert_eq!(after.guest_microphone, GuestMicrophone::Muted);
            assert!(after.guest_pin_required);
            let (subject, start) = if pool { ("New", "12:00") } else { ("Talk", "10:00") };
            assert_eq!(after.subject, subject);
            assert_eq!(after.starts_at, at(&format!("2026-12-01T{start}:00Z")));
            assert_eq!(after.description.as_deref(), Some(if pool { "d2" } else { "d" }));
            assert_eq!(after.project_code.as_deref(), Some(if pool { "p2" } else { "p" }));
            let organizer = if pool { "new@example.org" } else { "admin@example.org" };
            assert_eq!(after.organized_by.email, organizer);

            let room = rig.room(&before).await;
            assert_eq!(pins(&room), [Some("1111"), Some("9999")]);
            assert_eq!(room.call_type.as_deref(), Some("audio"));
            // It is open, and stays so.
            assert_eq!(room.vmr_starts_at, Some(at("2026-12-01T09:45:00Z")));
            let link = room.portal_link.unwrap();
            let filled = format!("pin=1111&start_dato=2026-12-01T{start}:00&muteMicrophone=muted&callType=audio");
            assert!(link.ends_with(&filled), "{link}");
        }
    }

    async fn only_waiting_and_live_rooms_let_their_meeting_change(test: TestDb) {
        use ProvisionStatus::*;
        let rig = Rig::new(test).await;
        for (status, changes) in [
            (AwaitsProvision, true),
            (StartingToProvision, false),
            (ProvisionProblems, false),
            (ProvisionedOk, true),
            (StartingToDeprovision, false),
            (DeprovisionProblems, false),
            (DeprovisionOk, false),
        ] {
            let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
            if status != AwaitsProvision {
                set_status(&rig, meeting.id, status).await;
            }
            let changed = rig.booking.change(&admin("town"), meeting.id, &end_at("2026-12-01T12:00:00Z")).await;
            match changed {
                Ok(after) => assert!(changes && after.ends_at == at("2026-12-01T12:00:00Z"), "{status}"),
                Err(Error::NotChangeable) => {
                    assert!(!changes, "{status}");
                    assert_eq!(rig.booking.meeting(&admin("town"), meeting.id).await.unwrap(), meeting);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    async fn an_end_before_the_start_is_refused(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let change = async |change| rig.booking.change(&admin("town"), meeting.id, &change).await;
        change(end_at("2026-12-01T10:00:00Z")).await.unwrap();
        let late = MeetingChange { starts_at: Change::To(at("2026-12-01T10:00:01Z")), ..MeetingChange::default() };
        for wrong in [end_at("2026-12-01T09:59:59Z"), end_at("2026-12-01T08:00:00Z"), late] {
            let refused = change(wrong).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "endTime", .. })), "{refused:?}");
        }
        // Both moved together may go anywhere.
        change(MeetingChange {
            starts_at: Change::To(at("2026-11-01T10:00:00Z")),
            ends_at: Change::To(at("2026-11-01T10:00:00Z")),
            ..MeetingChange::default()
        }).await.unwrap();
    }

    async fn a_live_room_closes_when_its_end_is_moved_to_now(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = live(&rig, "town").await;
        let address = rig.room(&meeting).await.address;
        rig.clock.set("2026-12-01T10:20:00Z");
        rig.booking.change(&admin("town"), meeting.id, &end_at("2026-12-01T10:20:00Z")).await.unwrap();
        assert_eq!(rig.booking.room_at(&address).await.unwrap(), RoomState::Over);
        assert_eq!(rig.meeting_link(&meeting).await.state, LinkState::Over);
        rig.booking.provision_due().await.unwrap();
        assert_eq!(rig.room(&meeting).await.provision.status, ProvisionStatus::DeprovisionOk);
        let late = rig.booking.change(&admin("town"), meeting.id, &end_at("2026-12-01T12:00:00Z")).await;
        assert!(matches!(late, Err(Error::NotChangeable)), "{late:?}");
    }

    async fn a_live_room_can_be_closed_before_its_meeting_begins(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        rig.clock.set("2026-12-01T09:50:00Z");
        rig.booking.provision_due().await.unwrap();
        let deleted = rig.booking.delete(&admin("town"), meeting.id).await;
        assert!(matches!(deleted, Err(Error::NotDeletable)), "{deleted:?}");
        // Ahead, but before the start: such a meeting can never be held.
        let refused = rig.booking.change(&admin("town"), meeting.id, &end_at("2026-12-01T09:50:01Z")).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "endTime", .. })), "{refused:?}");
        rig.booking.change(&admin("town"), meeting.id, &end_at("2026-12-01T09:50:00Z")).await.unwrap();
        rig.booking.provision_due().await.unwrap();
        assert_eq!(rig.room(&meeting).await.provision.status, ProvisionStatus::DeprovisionOk);
    }

    async fn a_live_room_stays_open_when_its_end_is_moved_on(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = live(&rig, "town").await;
        rig.booking.change(&admin("town"), meeting.id, &end_at("2026-12-01T12:00:00Z")).await.unwrap();
        rig.clock.set("2026-12-01T11:30:00Z");
        rig.booking.provision_due().await.unwrap();
        assert_eq!(rig.room(&meeting).await.provision.status, ProvisionStatus::ProvisionedOk);
        let address = rig.room(&meeting).await.address;
        match rig.booking.room_at(&address).await.unwrap() {
            RoomState::Open(room) => assert_eq!(room.ends_at, Some(at("2026-12-01T12:00:00Z"))),
            other => panic!("{other:?}"),
        }
    }

    async fn the_organiser_is_named_by_planners_and_otherwise_the_caller(test: TestDb) {
        let rig = Rig::new(test).await;
        let to = |email: Option<&str>| MeetingChange {
            organized_by_email: Change::To(email.map(str::to_owned)),
            ..MeetingChange::default()
        };
        for (role, heard) in [
            (ApiRole::MeetingProvisionerUser, false),
            (ApiRole::MeetingPlanner, true),
            (ApiRole::MeetingAdmin, true),
        ] {
            let caller = actor("town", "me@example.org", &[role]);
            for (change, expected) in [
                (MeetingChange::default(), "admin@example.org"),
                (to(Some("you@example.org")), if heard { "you@example.org" } else { "me@example.org" }),
                (to(None), "me@example.org"),
                (to(Some("")), "me@example.org"),
            ] {
                let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
                let after = rig.booking.change(&caller, meeting.id, &change).await.unwrap();
                assert_eq!(after.organized_by.email, expected, "{role} {change:?}");
            }
        }
        // A plain user sees only the own meetings, and keeps them.
        let user = actor("town", "me@example.org", &[ApiRole::MeetingUser]);
        let meeting = rig.booking.create(&user, &request()).await.unwrap();
        let after = rig.booking.change(&user, meeting.id, &to(Some("you@example.org"))).await.unwrap();
        assert_eq!(after.organized_by.email, "me@example.org");
    }

    async fn who_does_not_see_a_meeting_cannot_change_it(test: TestDb) {
        use ApiRole::*;
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("hospital"), &request()).await.unwrap();
        for (organisation, email, roles, may) in [
            ("hospital", "admin@example.org", &[MeetingUser][..], true),
            ("hospital", "other@example.org", &[MeetingUser], false),
            ("hospital", "other@example.org", &[MeetingPlanner], true),
            ("hospital", "other@example.org", &[MeetingUser, MeetingAdmin], true),
            ("hospital", "other@example.org", &[MeetingProvisionerUser], true),
            ("region", "admin@example.org", &[MeetingAdmin], false),
            ("hospital/clinic", "admin@example.org", &[MeetingAdmin], false),
            ("town", "admin@example.org", &[MeetingProvisionerUser], false),
        ] {
            let who = actor(organisation, email, roles);
            let changed = rig.booking.change(&who, meeting.id, &MeetingChange::default()).await;
            match changed {
                Ok(_) => assert!(may, "{organisation} {email} {roles:?}"),
                Err(Error::Forbidden) => assert!(!may, "{organisation} {email} {roles:?}"),
                Err(other) => panic!("{other}"),
            }
        }
        let unknown = rig.booking.change(&admin("town"), MeetingId::generate(), &MeetingChange::default()).await;
        assert!(matches!(unknown, Err(Error::NotFound { resource: "meeting", field: "uuid" })), "{unknown:?}");
    }

    async fn limits_are_those_of_a_booking(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let none = MeetingChange::default;
        type Make = fn(String) -> MeetingChange;
        let cases: [(&str, usize, Make); 6] = [
            ("subject", 100, |t| MeetingChange { subject: Change::To(t), ..MeetingChange::default() }),
            ("description", 500, |t| MeetingChange { description: Change::To(Some(t)), ..MeetingChange::default() }),
            ("projectCode", 100, |t| MeetingChange { project_code: Change::To(Some(t)), ..MeetingChange::default() }),
            ("organizedByEmail", 100, |t| MeetingChange { organized_by_email: Change::To(Some(t)), ..MeetingChange::default() }),
            ("callType", 64, |t| MeetingChange { call_type: Change::To(Some(t)), ..MeetingChange::default() }),
            ("labels", 1024, |t| MeetingChange { labels: Change::To(vec![t]), ..MeetingChange::default() }),
        ];
        for (expected, limit, make) in cases {
            let change = async |length| {
                let change = make("æ".repeat(length));
                rig.booking.change(&admin("town"), meeting.id, &change).await
            };
            change(limit).await.unwrap();
            let refused = change(limit + 1).await;
            assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == expected), "{refused:?}");
        }
        for pin in [999, 1_000_000_000] {
            let change = MeetingChange { guest_pin: Change::To(Some(pin)), ..none() };
            let refused = rig.booking.change(&admin("town"), meeting.id, &change).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "guestPin", .. })), "{refused:?}");
        }
        let twice = MeetingChange { information: Change::To(vec![entry("a"), entry("a")]), ..none() };
        let refused = rig.booking.change(&admin("town"), meeting.id, &twice).await;
        assert!(matches!(refused, Err(Error::DuplicateInformationKey)), "{refused:?}");
    }
}
