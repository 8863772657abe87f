//! Pools and reservations, where v1 tells them otherwise than v2.

use std::time::Duration;

use serde_json::{Value, json};
use vdx_domain::ApiRole::{self, MeetingAdmin, MeetingProvisionerUser};
use vdx_domain::Clock as _;
use vdx_store::both_engines;
use vdx_testkit::{ORGANISATION, TestHub};

use crate::rig::{Api, add_organisation, members};

/// Longer than a room of a pool must have been live.
const AGE: Duration = Duration::from_secs(61);

/// A room in the region's pool that may be taken.
async fn fill(hub: &TestHub) -> Value {
    let admin = Api::with(hub, MeetingAdmin).await;
    let machine = Api::with(hub, MeetingProvisionerUser).await;
    let template = admin.make_template(json!({})).await.good()["id"].clone();
    let room = json!({ "organizationId": ORGANISATION, "schedulingTemplateId": template });
    let made = machine.post("/scheduling-info", &room).await.good();
    let path = format!("/scheduling-info/{}", made["uuid"].as_str().unwrap());
    let live = json!({ "provisionStatus": "PROVISIONED_OK" });
    let live = machine.put(&path, &live).await.good();
    hub.clock.advance(AGE);
    live
}

/// A meeting that starts at once, with `more` said.
fn now(hub: &TestHub, more: Value) -> Value {
    let now = hub.clock.now();
    let end = now + jiff::SignedDuration::from_hours(1);
    crate::rig::over(
        json!({ "startTime": now.to_string(), "endTime": end.to_string() }),
        more,
    )
}

both_engines! {
    async fn pools_are_a_collection_that_spells_the_code_twice(test: TestDb) {
        let hub = TestHub::on(test).await;
        let room = fill(&hub).await;
        let machine = Api::with(&hub, MeetingProvisionerUser).await;
        let (pools, address) = machine.get("/pool").await.list("poolInfoDtoList");
        assert_eq!((pools.len(), address), (1, format!("{}/videoapi/pool", hub.url)));
        assert_eq!(members(&pools[0]), [
            "availablePoolSize", "desiredPoolSize", "organisationId", "organizationId", "schedulingInfoList", "schedulingTemplate",
        ]);
        let code = json!(ORGANISATION);
        assert_eq!((&pools[0]["organisationId"], &pools[0]["organizationId"]), (&code, &code));
        assert_eq!(pools[0]["schedulingInfoList"], json!([room]));
    }

    async fn a_reserved_room_is_read_and_taken_once(test: TestDb) {
        let hub = TestHub::on(test).await;
        let room = fill(&hub).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let reserved = admin.get("/scheduling-info-reserve?vmrType=conference").await.good();
        assert_eq!(reserved["uuid"], room["uuid"]);
        let id = reserved["reservationId"].as_str().unwrap();
        let path = format!("/scheduling-info-reserve/{id}");
        assert_eq!(admin.get(&path).await.good(), reserved);
        let none_left = admin.get("/scheduling-info-reserve").await;
        assert_eq!((none_left.failed(), none_left.text()), (
            (404, None),
            "Resource: SchedulingInfo in field: SchedulingInfo not found.",
        ));

        let booking = now(&hub, json!({ "schedulingInfoReservationId": id }));
        let made = admin.book(booking.clone()).await.good();
        let taken = admin.get(&format!("/scheduling-info/{}", made["uuid"].as_str().unwrap())).await.good();
        assert_eq!(taken["uriWithDomain"], room["uriWithDomain"]);
        assert_eq!(admin.book(booking).await.failed(), (400, Some(60)));
        assert_eq!(admin.get(&path).await.failed(), (404, None));
        for path in ["/scheduling-info-reserve?vmrType=party", "/scheduling-info-reserve/x"] {
            assert_eq!(admin.get(path).await.failed(), (400, None), "{path}");
        }
    }

    async fn roles_and_organisations(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        fill(&hub).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let reserved = admin.get("/scheduling-info-reserve").await.good();
        let path = format!("/scheduling-info-reserve/{}", reserved["reservationId"].as_str().unwrap());
        let stranger = Api::of(&hub, Some(("practice", "a@practice.example")), MeetingAdmin).await;
        assert_eq!(stranger.get(&path).await.failed(), (404, None));
        assert_eq!(stranger.get("/scheduling-info-reserve").await.failed(), (404, None));
        for role in ApiRole::ALL.iter().filter(|role| **role != MeetingAdmin) {
            if matches!(role, ApiRole::ManagementAdmin | ApiRole::Operator) {
                continue;
            }
            let api = Api::with(&hub, *role).await;
            for path in ["/scheduling-info-reserve", path.as_str()] {
                assert_eq!(api.get(path).await.failed(), (401, None), "{role} {path}");
            }
            let (pools, _) = api.get("/pool").await.list("poolInfoDtoList");
            assert_eq!(pools.len(), 1, "{role}");
        }
    }
}
