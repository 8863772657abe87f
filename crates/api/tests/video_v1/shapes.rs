//! What the answers look like where they are not as in v2.

use reqwest::StatusCode;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{
    MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser,
};
use vdx_domain::OrganisationCode;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Answer, Api, answer, members, template};

fn href(of: &Value, name: &str) -> String {
    of["_links"][name]["href"].as_str().unwrap().to_owned()
}

both_engines! {
    async fn only_a_meeting_that_was_looked_for_links_to_its_room(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        let made = api.book(json!({ "labels": ["l"] })).await.good();
        let uuid = made["uuid"].as_str().unwrap();
        let own = format!("{}/videoapi/meetings/{uuid}", hub.url);
        let room_link = format!("{}/videoapi/scheduling-info/{uuid}", hub.url);
        let path = format!("/meetings/{uuid}");
        let patched = api.patch(&path, &json!({ "labels": ["l"] })).await.good();
        let room = api.get(&format!("/scheduling-info/{uuid}")).await.good();
        assert_eq!(href(&room, "self"), room_link);
        for meeting in [&made, &patched, &api.get(&path).await.good(), &room["meetingDetails"]] {
            assert_eq!(meeting["_links"], json!({ "self": { "href": own } }));
        }

        let (mut found, address) = api.get("/meetings?label=l").await.list("meetingDtoList");
        assert_eq!(address, format!("{}/videoapi/meetings?label=l", hub.url));
        let short_id = made["shortId"].as_str().unwrap();
        found.push(api.get(&format!("/meetings?short-id={short_id}")).await.good());
        let uri = |name: &str, member: &str| format!("/meetings/{name}?uri={}", room[member].as_str().unwrap());
        found.push(api.get(&uri("findByUriWithDomain", "uriWithDomain")).await.good());
        found.push(api.get(&uri("findByUriWithoutDomain", "uriWithoutDomain")).await.good());
        assert_eq!(found.len(), 4);
        let mut expected = patched.clone();
        expected["_links"]["scheduling-info"] = json!({ "href": room_link });
        for meeting in found {
            assert_eq!(meeting, expected);
        }
    }

    async fn lists_are_hal_collections(test: TestDb) {
        let hub = TestHub::on(test).await;
        let machine = Api::with(&hub, MeetingProvisionerUser).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let meeting = admin.book(json!({})).await.good();
        let template = admin.make_template(json!({})).await.good();
        assert_eq!(href(&template, "self"), format!("{}/videoapi/scheduling-templates/{}", hub.url, template["id"]));

        let interval = "/scheduling-info?from-start-time=2029-12-31T00:00:00Z&to-end-time=2030-01-02T00:00:00Z";
        for (path, name, ids) in [
            ("/meetings?subject=Talk", "meetingDtoList", vec![&meeting["uuid"]]),
            ("/meetings?subject=nothing", "meetingDtoList", vec![]),
            (interval, "schedulingInfoDtoList", vec![&meeting["uuid"]]),
            ("/scheduling-info-provision", "schedulingInfoDtoList", vec![]),
            ("/scheduling-info-deprovision", "schedulingInfoDtoList", vec![]),
        ] {
            let (items, address) = machine.get(path).await.list(name);
            let found: Vec<&Value> = items.iter().map(|item| &item["uuid"]).collect();
            assert_eq!((found, address), (ids, format!("{}/videoapi{path}", hub.url)), "{path}");
        }
        let (templates, _) = admin.get("/scheduling-templates").await.list("schedulingTemplateDtoList");
        assert!(templates.contains(&template));
    }

    async fn a_template_says_of_each_pin_whether_it_is_required(test: TestDb) {
        let hub = TestHub::on(test).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        for (host, guest) in [(true, false), (false, true)] {
            let made = admin.make_template(json!({ "hostPinRequired": host, "guestPinRequired": guest })).await.good();
            let path = format!("/scheduling-templates/{}", made["id"]);
            for reply in [&made, &admin.get(&path).await.good()] {
                assert_eq!((&reply["hostPinRequired"], &reply["guestPinRequired"]), (&json!(host), &json!(guest)));
            }
        }
    }

    async fn what_is_deleted_is_answered_with_200_and_nothing(test: TestDb) {
        let hub = TestHub::on(test).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let meeting = admin.book(json!({})).await.good();
        let template = admin.make_template(json!({})).await.good();
        for path in [
            format!("/meetings/{}", meeting["uuid"].as_str().unwrap()),
            format!("/scheduling-templates/{}", template["id"]),
        ] {
            let Answer { status, body, .. } = admin.delete(&path).await;
            assert_eq!((status, body), (StatusCode::OK, Value::Null), "{path}");
            assert_eq!(admin.get(&path).await.failed(), (404, None));
        }
    }

    async fn a_patch_with_null_takes_away(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        let made = api.book(json!({
            "description": "d", "projectCode": "p", "labels": ["l"], "guestMicrophone": "muted",
            "additionalInformation": [{ "key": "k", "value": "v" }], "guestPin": 1234, "callType": "audio",
        })).await.good();
        let path = format!("/meetings/{}", made["uuid"].as_str().unwrap());
        let after = api.patch(&path, &json!({
            "description": null, "projectCode": null, "labels": null, "guestMicrophone": null,
            "additionalInformation": null, "guestPin": null, "callType": null,
        })).await.good();
        let expected = json!({
            "description": null, "projectCode": null, "labels": [], "guestMicrophone": "on",
            "additionalInformation": [], "subject": "Talk",
        });
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&after[member], value, "{member}");
        }
        let room = api.get(&path.replace("meetings", "scheduling-info")).await.good();
        assert_eq!((&room["guestPin"], &room["callType"]), (&Value::Null, &Value::Null));
    }

    async fn a_provisioner_with_a_name_makes_and_reports_rooms(test: TestDb) {
        let hub = TestHub::on(test).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let template = admin.make_template(json!({})).await.good();
        let named = Api::with(&hub, MeetingProvisioner).await;
        let nobody = Api::of(&hub, None, MeetingProvisioner).await;
        let room = json!({ "organizationId": "region", "schedulingTemplateId": template["id"] });
        assert_eq!(nobody.post("/scheduling-info", &room).await.failed(), (401, None));
        let made = named.post("/scheduling-info", &room).await.good();
        assert_eq!(made["createdBy"]["email"], "me@example.org");
        let path = format!("/scheduling-info/{}", made["uuid"].as_str().unwrap());
        let report = json!({ "provisionStatus": "PROVISIONED_OK", "provisionVmrId": "7" });
        assert_eq!(nobody.put(&path, &report).await.failed(), (401, None));
        assert_eq!(named.put(&path, &report).await.good()["provisionVmrId"], "7");
        named.book(json!({})).await.good();
    }

    async fn rooms_to_make_and_to_remove_are_collections(test: TestDb) {
        let hub = TestHub::on_with(test, |settings| {
            let code = OrganisationCode("region".to_owned());
            settings.provisioners.lists.insert(code);
        })
        .await;
        let machine = Api::with(&hub, MeetingProvisionerUser).await;
        let now = vdx_domain::Clock::now(&*hub.clock).to_string();
        let meeting = machine.book(json!({ "startTime": now })).await.good();
        let (rooms, _) = machine
            .get("/scheduling-info-provision")
            .await
            .list("schedulingInfoDtoList");
        assert_eq!(rooms.len(), 1);
        assert_eq!(rooms[0]["uuid"], meeting["uuid"]);
        assert_eq!(rooms[0]["meetingDetails"]["uuid"], meeting["uuid"]);
    }

    async fn whoever_asks_is_told_that_the_api_is_there(test: TestDb) {
        let hub = TestHub::on(test).await;
        let info = answer(hub.http.get(format!("{}/videoapi/info", hub.url))).await;
        assert_eq!(
            (info.status, info.media_type.as_str()),
            (StatusCode::OK, "application/json")
        );
        assert_eq!(members(&info.body), ["info"]);
        assert_eq!(info.body["info"][0]["key"], "build");
    }

    async fn both_versions_show_the_same_things(test: TestDb) {
        let hub = TestHub::on(test).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let made = admin.book(json!({})).await.good();
        let made_template = admin
            .post("/scheduling-templates", &template())
            .await
            .good();
        let token = hub.token().await;
        for path in [
            format!("/meetings/{}", made["uuid"].as_str().unwrap()),
            format!("/scheduling-info/{}", made["uuid"].as_str().unwrap()),
            format!("/scheduling-templates/{}", made_template["id"]),
        ] {
            let older = admin.get(&path).await.good();
            let url = format!("{}/videoapi/v2{path}", hub.url);
            let newer = answer(hub.http.get(url).bearer_auth(&token)).await.good();
            assert_eq!(members(&older), members(&newer), "{path}");
        }
    }
}
