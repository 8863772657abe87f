//! Lists of rooms, rooms for a pool, and what provisioners report.

use reqwest::Method;
use serde_json::{Value, json};
use vdx_booking::Provisioners;
use vdx_domain::ApiRole::{
    self, MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_domain::OrganisationCode;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Answer, Api, add_organisation};

const ROLES: [ApiRole; 5] = [
    MeetingAdmin,
    MeetingUser,
    MeetingPlanner,
    MeetingProvisioner,
    MeetingProvisionerUser,
];
const DAY: &str = "from-start-time=2030-01-01T00:00:00Z&to-end-time=2030-01-02T00:00:00Z";

fn list(query: &str) -> String {
    format!("/scheduling-info?{query}")
}

async fn template(api: &Api<'_>, more: Value) -> i64 {
    let mut template = json!({
        "conferencingSysId": 1, "uriPrefix": "", "uriDomain": "pool.example",
        "hostPinRequired": false, "guestPinRequired": false,
        "uriNumberRangeLow": 10, "uriNumberRangeHigh": 9999,
    });
    if let (Value::Object(template), Value::Object(more)) = (&mut template, more) {
        template.extend(more);
    }
    let body = Some(template.to_string());
    let made = api.call(Method::POST, "/scheduling-templates", body).await;
    made.good()["id"].as_i64().unwrap()
}

async fn create(api: &Api<'_>, organisation: &str, template: i64) -> Answer {
    let body = json!({ "organizationId": organisation, "schedulingTemplateId": template });
    api.call(Method::POST, "/scheduling-info", Some(body.to_string()))
        .await
}

async fn report(api: &Api<'_>, uuid: &str, body: Value) -> Answer {
    let path = format!("/scheduling-info/{uuid}");
    api.call(Method::PUT, &path, Some(body.to_string())).await
}

async fn template_without_numbers(api: &Api<'_>) -> i64 {
    template(api, json!({ "uriNumberRangeHigh": 10 })).await
}

both_engines! {
    async fn a_list_needs_an_interval_and_takes_a_status(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let meeting = api.book(json!({})).await.good();
        let room = format!("/scheduling-info/{}", meeting["uuid"].as_str().unwrap());
        let room = api.get(&room).await.good();
        // AWAITS_PROVISION unless another is asked for; %2B is a plus.
        for query in [
            DAY.to_owned(),
            format!("{DAY}&provision-status=AWAITS_PROVISION"),
            format!("{DAY}&provision-status="),
            "from-start-time=2030-01-01T01:00:00%2B01:00&to-end-time=2030-01-02T00:00:00.9Z".to_owned(),
        ] {
            assert_eq!(
                api.get(&list(&query)).await.good(),
                json!([room]),
                "{query}"
            );
        }
        for status in [
            "STARTING_TO_PROVISION",
            "PROVISION_PROBLEMS",
            "PROVISIONED_OK",
            "STARTING_TO_DEPROVISION",
            "DEPROVISION_PROBLEMS",
            "DEPROVISION_OK",
        ] {
            let query = format!("{DAY}&provision-status={status}");
            assert_eq!(api.get(&list(&query)).await.good(), json!([]), "{status}");
        }
        for (query, field, code) in [
            ("", "from-start-time", "10"),
            ("from-start-time=2030-01-01T00:00:00Z", "to-end-time", "10"),
            ("to-end-time=2030-01-01T00:00:00Z", "from-start-time", "10"),
            (
                "from-start-time=x&to-end-time=2030-01-01T00:00:00Z",
                "from-start-time",
                "10",
            ),
            // A literal plus is a blank in a query.
            (
                "from-start-time=2030-01-01T00:00:00+01:00&to-end-time=2030-01-02T00:00:00Z",
                "from-start-time",
                "10",
            ),
            (
                "from-start-time=2030-01-01T00:00:00Z&to-end-time=10000-01-01T00:00:00Z",
                "Date",
                "25",
            ),
            (
                &format!("{DAY}&provision-status=LIVE"),
                "provision-status",
                "10",
            ),
            (
                &format!("{DAY}&provision-status=0"),
                "provision-status",
                "10",
            ),
        ] {
            let refused = api.get(&list(query)).await;
            assert_eq!(refused.failed(), (400, code), "{query}");
            assert!(refused.text().starts_with(field), "{}", refused.text());
        }
    }

    async fn a_pool_room_comes_back_as_it_was_made(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingAdmin, MeetingProvisionerUser]).await;
        let template = template(&api, json!({ "maxParticipants": 3 })).await;
        let made = create(&api, "region", template).await.good();
        let expected = json!({
            "maxParticipants": 3, "provisionStatus": "AWAITS_PROVISION",
            "provisionStatusDescription": "Pooled awaiting provisioning.", "hostPin": null,
            "meetingDetails": null, "shortLink": null, "portalLink": null, "reservationId": null,
            "provisionTimestamp": null,
        });
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&made[member], value, "{member}");
        }
        let path = format!("/scheduling-info/{}", made["uuid"].as_str().unwrap());
        assert_eq!(api.get(&path).await.good(), made);
    }

    async fn what_does_not_fit_a_pool_has_its_code_and_text(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let api = Api::with(&hub, &[MeetingAdmin, MeetingProvisionerUser]).await;
        let other = Some(("practice", "me@practice.example"));
        let other = Api::of(&hub, other, &[MeetingAdmin]).await;
        let (own, foreign) = (
            template(&api, json!({})).await,
            template(&other, json!({})).await,
        );
        for (organisation, template, code, text) in [
            ("nowhere", own, "22", "OrganisationId nowhere in request not found.".to_owned()),
            (
                "practice",
                foreign,
                "23",
                "Scheduling information can not be created on organisation practice that is not pool enabled.".to_owned(),
            ),
            ("region", 4711, "26", "Scheduling template 4711 not found.".to_owned()),
            (
                "region",
                foreign,
                "27",
                format!("Scheduling template {foreign} does not belong to organisation region."),
            ),
        ] {
            let refused = create(&api, organisation, template).await;
            assert_eq!(refused.failed(), (400, code));
            assert_eq!(refused.text(), text);
        }
        let empty = template_without_numbers(&api).await;
        assert_eq!(create(&api, "region", empty).await.failed(), (406, "14"));
        for body in [
            json!({}),
            json!({ "organizationId": "region" }),
            json!({ "organizationId": 5 }),
        ] {
            let refused = api
                .call(Method::POST, "/scheduling-info", Some(body.to_string()))
                .await;
            assert_eq!(refused.failed(), (400, "10"), "{body}");
        }
    }

    async fn a_report_is_kept_up_to_its_limits(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner, MeetingProvisionerUser]).await;
        let meeting = api.book(json!({ "uriWithoutDomain": "desk" })).await.good();
        let uuid = meeting["uuid"].as_str().unwrap();
        let reported = report(
            &api,
            uuid,
            json!({
                "provisionStatus": "PROVISIONED_OK", "provisionStatusDescription": "æ".repeat(200),
                "provisionVmrId": "v".repeat(50),
            }),
        )
        .await
        .good();
        assert_eq!(reported["provisionStatus"], "PROVISIONED_OK");
        assert_eq!(reported["provisionVmrId"], "v".repeat(50));
        assert!(reported["provisionTimestamp"].is_string());
        assert_eq!(reported["updatedBy"]["email"], "me@example.org");
        assert_eq!(reported["meetingDetails"], meeting);
        assert_eq!(
            api.get(&format!("/scheduling-info/{uuid}")).await.good(),
            reported
        );
        for (field, body) in [
            ("provisionStatus", json!({})),
            ("provisionStatus", json!({ "provisionStatus": null })),
            ("provisionStatus", json!({ "provisionStatus": 3 })),
            (
                "provisionStatusDescription",
                json!({ "provisionStatus": "PROVISIONED_OK", "provisionStatusDescription": "æ".repeat(201) }),
            ),
            (
                "provisionVmrId",
                json!({ "provisionStatus": "PROVISIONED_OK", "provisionVmrId": "v".repeat(51) }),
            ),
        ] {
            let refused = report(&api, uuid, body.clone()).await;
            assert_eq!(refused.failed(), (400, "10"), "{body}");
            assert!(refused.text().starts_with(field), "{}", refused.text());
        }
        let gone = report(&api, uuid, json!({ "provisionStatus": "DEPROVISION_OK" }))
            .await
            .good();
        assert_eq!(gone["uriWithoutDomain"], Value::Null);
        assert_eq!(gone["uriWithDomain"], "desk@rooms.example");
        api.book(json!({ "uriWithoutDomain": "desk" })).await.good();
        let unknown = report(
            &api,
            &uuid::Uuid::nil().to_string(),
            json!({ "provisionStatus": "PROVISIONED_OK" }),
        )
        .await;
        assert_eq!(unknown.failed(), (404, "11"));
        assert_eq!(
            unknown.text(),
            "Resource: schedulingInfo in field: uuid not found."
        );
    }

    async fn each_role_has_its_operations(test: TestDb) {
        let hub = TestHub::on_with(test, |settings| {
            settings.provisioners = Provisioners {
                lists: [OrganisationCode("practice".to_owned())].into(),
                ..Provisioners::default()
            };
        })
        .await;
        add_organisation(&hub, "practice").await;
        let admin = Api::with(&hub, &[MeetingAdmin]).await;
        let pool_template = template(&admin, json!({})).await;
        let own = admin.book(json!({})).await.good();
        let other = Some(("practice", "you@practice.example"));
        let other = Api::of(&hub, other, &[MeetingAdmin]).await;
        // Due now, and made by a provisioner that polls.
        let foreign = other
            .book(json!({ "startTime": "2020-01-01T10:00:00Z" }))
            .await
            .good();
        for role in ROLES {
            let api = Api::with(&hub, &[role]).await;
            let everywhere = matches!(role, MeetingProvisioner | MeetingProvisionerUser);
            let query = "from-start-time=2019-01-01T00:00:00Z&to-end-time=2031-01-01T00:00:00Z";
            let seen = api.get(&list(query)).await.good();
            let seen = seen.as_array().unwrap().len();
            assert_eq!(seen, if everywhere { 2 } else { 1 }, "{role}");

            let maker = role == MeetingProvisionerUser;
            for path in ["/scheduling-info-provision", "/scheduling-info-deprovision"] {
                let answer = api.get(path).await;
                if maker {
                    let rooms = answer.good();
                    let due = path.ends_with("-provision");
                    assert_eq!(rooms.as_array().unwrap().len(), usize::from(due));
                    if due {
                        assert_eq!(rooms[0]["uuid"], foreign["uuid"]);
                        assert_eq!(rooms[0]["meetingDetails"], foreign);
                    }
                } else {
                    assert_eq!(answer.failed(), (403, "11"), "{role} {path}");
                }
            }
            let made = create(&api, "region", pool_template).await;
            let live = json!({ "provisionStatus": "AWAITS_PROVISION" });
            for uuid in [&own["uuid"], &foreign["uuid"]] {
                let reported = report(&api, uuid.as_str().unwrap(), live.clone()).await;
                assert_eq!(
                    reported.status.as_u16(),
                    if maker { 200 } else { 403 },
                    "{role}"
                );
            }
            assert_eq!(
                made.status.as_u16(),
                if maker { 200 } else { 403 },
                "{role}"
            );
            // Who may not call learns nothing of the input.
            let broken = api
                .call(Method::POST, "/scheduling-info", Some("{".to_owned()))
                .await;
            assert_eq!(
                broken.status.as_u16(),
                if maker { 400 } else { 403 },
                "{role}"
            );
        }
    }
}
