//! What provisioners report.

use vdx_booking::{BookingRequest, Error, ProvisionReport};
use vdx_domain::{ProvisionStatus, SchedulingInfoId};
use vdx_store::both_engines;

use crate::rig::{Rig, actor, at, maker, request};

fn report(status: ProvisionStatus) -> ProvisionReport {
    ProvisionReport {
        status,
        description: Some("d".repeat(200)),
        vmr_id: Some("v".repeat(50)),
    }
}

both_engines! {
    async fn each_status_is_taken_down_and_remembered(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.book("town", &request()).await;
        let id = SchedulingInfoId(meeting.id.0);
        // Forwards and backwards: no order is asked for.
        let all = ProvisionStatus::ALL.iter().chain(ProvisionStatus::ALL.iter().rev());
        let mut expected = vec![ProvisionStatus::AwaitsProvision];
        rig.clock.set("2026-12-01T09:30:00Z");
        for status in all {
            let reported = rig.booking.report(&maker("region"), id, report(*status)).await.unwrap();
            expected.push(*status);
            assert_eq!(reported.room, rig.room(&meeting).await);
            assert_eq!(reported.meeting.as_ref(), Some(&meeting));
            let provision = reported.room.provision;
            assert_eq!(provision.status, *status);
            assert_eq!(provision.at, Some(at("2026-12-01T09:30:00Z")));
            assert_eq!(provision.description.unwrap().len(), 200);
            assert_eq!(provision.vmr_id.unwrap().len(), 50);
            assert_eq!(reported.room.updated_by.unwrap().email, "maker@example.org");
            assert_eq!(reported.room.updated_at, Some(at("2026-12-01T09:30:00Z")));
        }
        assert_eq!(rig.history(id).await, expected);
        // What is left out is gone.
        let bare = ProvisionReport { status: ProvisionStatus::ProvisionedOk, description: None, vmr_id: None };
        let reported = rig.booking.report(&maker("town"), id, bare).await.unwrap();
        assert_eq!((reported.room.provision.description, reported.room.provision.vmr_id), (None, None));
    }

    async fn a_room_that_is_gone_frees_its_number(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = BookingRequest { uri_without_domain: Some("desk".into()), ..request() };
        let meeting = rig.book("town", &asked).await;
        let id = SchedulingInfoId(meeting.id.0);
        for status in ProvisionStatus::ALL {
            if *status == ProvisionStatus::DeprovisionOk {
                continue;
            }
            rig.booking.report(&maker("town"), id, report(*status)).await.unwrap();
            let room = rig.room(&meeting).await;
            assert_eq!(room.uri_without_domain.as_deref(), Some("desk"), "{status}");
            let taken = rig.booking.create(&crate::rig::admin("town"), &asked).await;
            assert!(matches!(taken, Err(Error::AddressTaken)), "{status}: {taken:?}");
        }
        rig.booking.report(&maker("town"), id, report(ProvisionStatus::DeprovisionOk)).await.unwrap();
        let room = rig.room(&meeting).await;
        assert_eq!((room.uri_without_domain, room.uri_domain), (None, None));
        assert_eq!(room.address.as_str(), "desk@rooms.example");
        rig.book("town", &asked).await;
    }

    async fn limits_and_strangers_are_refused(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.book("town", &request()).await;
        let id = SchedulingInfoId(meeting.id.0);
        for (field, long) in [
            ("provisionStatusDescription", ProvisionReport { description: Some("d".repeat(201)), ..report(ProvisionStatus::ProvisionedOk) }),
            ("provisionVmrId", ProvisionReport { vmr_id: Some("v".repeat(51)), ..report(ProvisionStatus::ProvisionedOk) }),
        ] {
            let refused = rig.booking.report(&maker("town"), id, long).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid { field: named, .. } if named == field), "{refused}");
        }
        let nobody = vdx_booking::Actor { email: None, ..actor("town", "x", &[]) };
        let refused = rig.booking.report(&nobody, id, report(ProvisionStatus::ProvisionedOk)).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        let unknown = SchedulingInfoId::generate();
        let refused = rig.booking.report(&maker("town"), unknown, report(ProvisionStatus::ProvisionedOk)).await;
        assert!(matches!(refused, Err(Error::NotFound { resource: "schedulingInfo", field: "uuid" })));
        assert_eq!(rig.history(id).await, [ProvisionStatus::AwaitsProvision]);
    }

    async fn a_room_that_got_stuck_is_freed_a_day_after_its_meeting(test: TestDb) {
        let rig = Rig::new(test).await;
        let stuck = [
            ProvisionStatus::StartingToProvision,
            ProvisionStatus::ProvisionProblems,
            ProvisionStatus::StartingToDeprovision,
            ProvisionStatus::DeprovisionProblems,
        ];
        let mut meetings = Vec::new();
        for status in stuck {
            let meeting = rig.book("town", &request()).await;
            rig.booking.report(&maker("town"), SchedulingInfoId(meeting.id.0), report(status)).await.unwrap();
            meetings.push((meeting, status));
        }
        rig.clock.set("2026-12-02T10:59:59Z");
        rig.booking.provision_due().await.unwrap();
        for (meeting, status) in &meetings {
            assert_eq!(rig.room(meeting).await.provision.status, *status);
        }
        rig.clock.set("2026-12-02T11:00:00Z");
        rig.booking.provision_due().await.unwrap();
        for (meeting, _) in &meetings {
            assert_eq!(rig.room(meeting).await.provision.status, ProvisionStatus::DeprovisionOk);
        }
    }
}
