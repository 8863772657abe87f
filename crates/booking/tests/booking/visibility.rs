//! Who sees and deletes what.

use vdx_booking::{Actor, Error, Link};
use vdx_domain::{Agent, ApiRole, MeetingId, SchedulingInfoId};
use vdx_store::both_engines;

use crate::rig::{Rig, actor, admin, request};

async fn sees(rig: &Rig, who: &Actor, id: MeetingId) -> (bool, bool) {
    let allowed = |error: Error| match error {
        Error::Forbidden => false,
        other => panic!("{other}"),
    };
    let meeting = rig.booking.meeting(who, id).await;
    let room = rig
        .booking
        .scheduling_info(who, SchedulingInfoId(id.0))
        .await;
    (
        meeting.map_or_else(allowed, |_| true),
        room.map_or_else(allowed, |_| true),
    )
}

both_engines! {
    async fn each_role_sees_its_part(test: TestDb) {
        use ApiRole::*;
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("hospital"), &request()).await.unwrap();
        let table = [
            // organisation, e-mail, roles; sees the meeting, sees the room
            ("hospital", "admin@example.org", &[MeetingUser][..], (true, true)),
            ("hospital", "other@example.org", &[MeetingUser], (false, true)),
            ("hospital", "other@example.org", &[MeetingPlanner], (true, true)),
            ("hospital", "other@example.org", &[MeetingUser, MeetingPlanner], (true, true)),
            ("hospital", "other@example.org", &[MeetingAdmin], (true, true)),
            ("hospital", "other@example.org", &[MeetingProvisionerUser], (true, true)),
            ("region", "admin@example.org", &[MeetingUser], (false, false)),
            ("region", "admin@example.org", &[MeetingPlanner], (false, true)),
            ("region", "admin@example.org", &[MeetingAdmin], (false, true)),
            ("hospital/clinic", "admin@example.org", &[MeetingAdmin], (false, false)),
            ("town", "admin@example.org", &[MeetingAdmin], (false, false)),
            ("town", "admin@example.org", &[MeetingProvisionerUser], (false, true)),
            ("town", "admin@example.org", &[MeetingProvisioner], (false, true)),
        ];
        for (organisation, email, roles, expected) in table {
            let who = actor(organisation, email, roles);
            assert_eq!(sees(&rig, &who, meeting.id).await, expected, "{organisation} {email} {roles:?}");
        }
        let machine = Actor { organisation: None, email: None, roles: vec![MeetingProvisioner], agent: Agent::hub("test") };
        assert_eq!(sees(&rig, &machine, meeting.id).await, (false, true));
    }

    async fn what_is_not_there_is_not_found(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = MeetingId::generate();
        let read = rig.booking.meeting(&admin("town"), id).await;
        assert!(matches!(read, Err(Error::NotFound { resource: "meeting", field: "uuid" })));
        let read = rig.booking.scheduling_info(&admin("town"), SchedulingInfoId(id.0)).await;
        assert!(matches!(read, Err(Error::NotFound { resource: "schedulingInfo", field: "uuid" })));
        let deleted = rig.booking.delete(&admin("town"), id).await;
        assert!(matches!(deleted, Err(Error::NotFound { resource: "meeting", field: "uuid" })));
    }

    async fn who_does_not_see_a_meeting_cannot_delete_it(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("hospital"), &request()).await.unwrap();
        for stranger in [
            admin("region"),
            actor("hospital", "other@example.org", &[ApiRole::MeetingUser]),
        ] {
            let refused = rig.booking.delete(&stranger, meeting.id).await;
            assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        }
        rig.booking.delete(&admin("hospital"), meeting.id).await.unwrap();
        let link = rig.booking.link(&meeting.short_id).await.unwrap();
        assert!(matches!(link, Some(Link::Cancelled(_))), "{link:?}");
    }
}
