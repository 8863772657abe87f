//! Which role may do what with whose rooms: role × operation × own, a
//! colleague's, one of an organisation below, and of another organisation.

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{
    self, MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::pools::fill;
use crate::rig::{Api, add_organisations, book_as, uuid_of};

/// Roles, and whose rooms they see: own and colleagues', below, others'.
const CALLERS: [(&[ApiRole], [bool; 3]); 8] = [
    (&[MeetingUser], [true, false, false]),
    (&[MeetingPlanner], [true, true, false]),
    (&[MeetingAdmin], [true, true, false]),
    (&[MeetingUser, MeetingAdmin], [true, true, false]),
    (&[MeetingProvisioner], [true, true, true]),
    (&[MeetingUser, MeetingProvisioner], [true, true, true]),
    (&[MeetingProvisionerUser], [true, true, true]),
    (
        &[MeetingPlanner, MeetingProvisionerUser],
        [true, true, true],
    ),
];

both_engines! {
    async fn rooms_are_read_and_reported_by_those_who_may(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisations(&hub).await;
        let (me, day) = ("me@example.org", "from-start-time=2030-01-01T00:00:00Z&to-end-time=2030-01-02T00:00:00Z");
        let own = uuid_of(&book_as(&hub, "region", me).await);
        let colleagues = uuid_of(&book_as(&hub, "region", "colleague@example.org").await);
        let below = uuid_of(&book_as(&hub, "ward", "nurse@example.org").await);
        let others = uuid_of(&book_as(&hub, "practice", me).await);
        for (roles, [sees_own, sees_below, sees_others]) in CALLERS {
            let api = Api::of(&hub, Some(("region", me)), roles).await;
            let maker = roles.contains(&MeetingProvisionerUser);
            let mut seen = 0;
            for (uuid, sees) in [(&own, sees_own), (&colleagues, sees_own), (&below, sees_below), (&others, sees_others)] {
                let path = format!("/scheduling-info/{uuid}");
                let read = api.get(&path).await;
                if sees {
                    assert_eq!(&read.good()["uuid"], uuid, "{roles:?}");
                    seen += 1;
                } else {
                    assert_eq!(read.failed(), (403, "11"), "{roles:?} {uuid}");
                }
                let report = json!({ "provisionStatus": "AWAITS_PROVISION" });
                let reported = api.call(Method::PUT, &path, Some(report.to_string())).await;
                if maker {
                    assert_eq!(&reported.good()["uuid"], uuid, "{roles:?}");
                } else {
                    assert_eq!(reported.failed(), (403, "11"), "{roles:?}");
                }
            }
            let list = api.get(&format!("/scheduling-info?{day}")).await.good();
            assert_eq!(list.as_array().unwrap().len(), seen, "{roles:?}");
            let unknown = format!("/scheduling-info/{}", uuid::Uuid::nil());
            assert_eq!(api.get(&unknown).await.failed(), (404, "11"), "{roles:?}");
            for path in ["/scheduling-info-provision", "/scheduling-info-deprovision"] {
                let status = api.get(path).await.status.as_u16();
                assert_eq!(status, if maker { 200 } else { 403 }, "{roles:?} {path}");
            }
        }
    }

    async fn pools_are_seen_as_their_rooms_are(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisations(&hub).await;
        for (roles, sees) in CALLERS {
            let api = Api::of(&hub, Some(("region", "me@example.org")), roles).await;
            let shown = api.get("/pool").await.good();
            let shown: Vec<_> = shown.as_array().unwrap().iter().map(|pool| pool["organisationId"].as_str().unwrap()).collect();
            // By their codes.
            let expected: Vec<_> = [("practice", sees[2]), ("region", sees[0]), ("ward", sees[1])]
                .into_iter()
                .filter_map(|(code, sees)| sees.then_some(code))
                .collect();
            assert_eq!(shown, expected, "{roles:?}");
        }
        let machine = Api::of(&hub, None, &[MeetingProvisioner]).await;
        assert_eq!(machine.get("/pool").await.good().as_array().unwrap().len(), 3);
    }

    async fn only_administrators_set_aside_and_only_their_own(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisations(&hub).await;
        let maker = Api::with(&hub, &[MeetingAdmin, MeetingProvisionerUser]).await;
        fill(&hub, &maker, 10, json!({})).await;
        let reserved = maker.get("/scheduling-info-reserve").await.good();
        let path = format!("/scheduling-info-reserve/{}", reserved["reservationId"].as_str().unwrap());
        let everybody = [MeetingUser, MeetingPlanner, MeetingAdmin, MeetingProvisioner, MeetingProvisionerUser];
        let one: Vec<Vec<ApiRole>> = everybody.iter().map(|role| vec![*role]).collect();
        let others = everybody.iter().filter(|role| **role != MeetingAdmin).copied().collect();
        for roles in one.into_iter().chain([others, everybody.to_vec()]) {
            let api = Api::of(&hub, Some(("region", "me@example.org")), &roles).await;
            for path in ["/scheduling-info-reserve", &path] {
                let answer = api.get(path).await;
                if roles.contains(&MeetingAdmin) {
                    assert!(answer.good()["reservationId"].is_string(), "{roles:?}");
                } else {
                    assert_eq!(answer.failed(), (403, "11"), "{roles:?} {path}");
                }
            }
            // Who may not call learns nothing of the input.
            let broken = api.get("/scheduling-info-reserve?vmrType=party").await;
            let expected = if roles.contains(&MeetingAdmin) { 400 } else { 403 };
            assert_eq!(broken.status.as_u16(), expected, "{roles:?}");
        }
        for organisation in ["ward", "practice"] {
            let identity = Some((organisation, "me@example.org"));
            let api = Api::of(&hub, identity, &[MeetingAdmin]).await;
            assert_eq!(api.get(&path).await.failed(), (404, "11"), "{organisation}");
            assert_eq!(api.get("/scheduling-info-reserve").await.failed(), (404, "11"));
        }
    }

    async fn rooms_for_pools_are_made_by_provisioners_for_every_organisation(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisations(&hub).await;
        for organisation in ["region", "ward", "practice"] {
            let identity = Some((organisation, "me@example.org"));
            let admin = Api::of(&hub, identity, &[MeetingAdmin]).await;
            let template = json!({
                "conferencingSysId": 1, "uriPrefix": "", "uriDomain": "pool.example",
                "hostPinRequired": false, "guestPinRequired": false,
                "uriNumberRangeLow": 10, "uriNumberRangeHigh": 9999,
            });
            let template = admin.call(Method::POST, "/scheduling-templates", Some(template.to_string())).await;
            let body = json!({ "organizationId": organisation, "schedulingTemplateId": template.good()["id"] });
            for (roles, _) in CALLERS {
                let api = Api::of(&hub, Some(("region", "me@example.org")), roles).await;
                let made = api.call(Method::POST, "/scheduling-info", Some(body.to_string())).await;
                if roles.contains(&MeetingProvisionerUser) {
                    assert_eq!(made.good()["meetingDetails"], Value::Null);
                } else {
                    assert_eq!(made.failed(), (403, "11"), "{roles:?}");
                }
            }
        }
    }
}
