//! A provisioner that polls, from the booking to the freed number.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{MeetingPlanner, MeetingProvisionerUser};
use vdx_domain::OrganisationCode;
use vdx_store::both_engines;
use vdx_testkit::{ORGANISATION, TestHub};

use crate::pools::starting;
use crate::rig::Api;

const PROVISION: &str = "/scheduling-info-provision";
const DEPROVISION: &str = "/scheduling-info-deprovision";

async fn polled(test: vdx_store::testing::TestDb) -> TestHub {
    TestHub::on_with(test, |settings| {
        settings.provisioners.lists = [OrganisationCode(ORGANISATION.to_owned())].into();
    })
    .await
}

/// The rooms of a list, by their ids.
async fn listed(api: &Api<'_>, list: &str) -> Vec<Value> {
    let rooms = api.get(list).await.good();
    let rooms = rooms.as_array().unwrap();
    rooms.iter().map(|room| room["uuid"].clone()).collect()
}

async fn report(api: &Api<'_>, meeting: &Value, status: &str) -> Value {
    let path = format!("/scheduling-info/{}", meeting["uuid"].as_str().unwrap());
    let body = json!({ "provisionStatus": status, "provisionVmrId": "17" });
    let answer = api.call(Method::PUT, &path, Some(body.to_string())).await;
    answer.good()
}

both_engines! {
    async fn a_room_is_made_when_it_is_listed_and_removed_when_it_is_listed_again(test: TestDb) {
        let hub = polled(test).await;
        let planner = Api::with(&hub, &[MeetingPlanner]).await;
        let maker = Api::with(&hub, &[MeetingProvisionerUser]).await;
        let asked = starting(&hub, 3600, json!({ "uriWithoutDomain": "desk", "hostPin": 4711 }));
        let meeting = planner.book(asked.clone()).await.good();
        let own = vec![meeting["uuid"].clone()];
        let none = Vec::<Value>::new();
        let enters = async || {
            let (status, _) = hub.person("desk@rooms.example").knock(json!({ "display_name": "Host" }), Some("4711")).await;
            status.as_u16()
        };
        // It opens 15 minutes before the meeting.
        assert_eq!(listed(&maker, PROVISION).await, none);
        hub.clock.advance(Duration::from_secs(46 * 60));
        let (planner, maker) = (
            Api::with(&hub, &[MeetingPlanner]).await,
            Api::with(&hub, &[MeetingProvisionerUser]).await,
        );
        // The hub leaves it alone.
        hub.hub.booking.provision_due().await.unwrap();
        assert_eq!(listed(&maker, PROVISION).await, own);
        // The lists tell of a room all there is to know.
        let room = format!("/scheduling-info/{}", meeting["uuid"].as_str().unwrap());
        let waiting = maker.get(&room).await.good();
        assert_eq!(waiting["meetingDetails"], meeting);
        assert_eq!(maker.get(PROVISION).await.good(), json!([waiting]));
        assert_ne!(enters().await, 200);
        report(&maker, &meeting, "STARTING_TO_PROVISION").await;
        assert_eq!(listed(&maker, PROVISION).await, none);
        assert_ne!(enters().await, 200);
        let live = report(&maker, &meeting, "PROVISIONED_OK").await;
        assert_eq!((&live["provisionVmrId"], &live["hostPin"]), (&json!("17"), &json!(4711)));
        assert_eq!(enters().await, 200);

        // Until its meeting is over it is in neither list.
        assert_eq!(listed(&maker, PROVISION).await, none);
        assert_eq!(listed(&maker, DEPROVISION).await, none);
        let path = format!("/meetings/{}", meeting["uuid"].as_str().unwrap());
        let now = vdx_domain::Clock::now(&*hub.clock).to_string();
        let end = json!({ "endTime": now }).to_string();
        planner.call(Method::PATCH, &path, Some(end)).await.good();
        hub.clock.advance(Duration::from_secs(2));
        assert_eq!(listed(&maker, DEPROVISION).await, own);
        assert_eq!(maker.get(DEPROVISION).await.good(), json!([maker.get(&room).await.good()]));
        assert_ne!(enters().await, 200);
        // The name is taken until the room is gone.
        let taken = planner.book(asked.clone()).await;
        assert_eq!(taken.failed(), (400, "32"));
        report(&maker, &meeting, "STARTING_TO_DEPROVISION").await;
        assert_eq!(listed(&maker, DEPROVISION).await, none);
        let gone = report(&maker, &meeting, "DEPROVISION_OK").await;
        assert_eq!(gone["uriWithoutDomain"], Value::Null);
        planner.book(asked).await.good();
    }

    async fn its_pool_is_shown_to_it_and_filled_by_it(test: TestDb) {
        let hub = polled(test).await;
        let maker = Api::with(&hub, &[vdx_domain::ApiRole::MeetingAdmin, MeetingProvisionerUser]).await;
        let mut stuck = std::collections::HashSet::new();
        hub.hub.booking.fill_pools(&mut stuck).await.unwrap();
        let pool = maker.get("/pool").await.good();
        assert_eq!((&pool[0]["desiredPoolSize"], &pool[0]["availablePoolSize"]), (&json!(2), &json!(0)));
        crate::pools::fill(&hub, &maker, 2, json!({ "isPoolTemplate": true })).await;
        let pool = maker.get("/pool").await.good();
        assert_eq!(pool[0]["availablePoolSize"], 2);
        assert_eq!(pool[0]["schedulingTemplate"]["uriDomain"], "pool.example");
        // Rooms of the pool are in no list, before and after they are taken.
        assert!(listed(&maker, PROVISION).await.is_empty());
        let meeting = maker.book(starting(&hub, 0, json!({ "meetingType": "POOL" }))).await.good();
        assert!(listed(&maker, PROVISION).await.is_empty());
        let path = format!("/meetings/{}", meeting["uuid"].as_str().unwrap());
        let now = vdx_domain::Clock::now(&*hub.clock).to_string();
        let end = json!({ "endTime": now }).to_string();
        maker.call(Method::PATCH, &path, Some(end)).await.good();
        hub.clock.advance(Duration::from_secs(2));
        assert_eq!(listed(&maker, DEPROVISION).await, vec![meeting["uuid"].clone()]);
    }
}
