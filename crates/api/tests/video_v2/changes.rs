//! PUT and PATCH of a meeting.

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{
    MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_domain::ProvisionStatus::{self, AwaitsProvision, ProvisionedOk};
use vdx_store::both_engines;
use vdx_testkit::{ORGANISATION, TestHub};

use crate::rig::{Answer, Api};

const TOO_LATE_TO_CHANGE: &str =
    "Meeting must have status AWAITS_PROVISION (0)  or PROVISIONED_OK (3) in order to be updated";
const TOO_LATE_TO_DELETE: &str =
    "Meeting must have status AWAITS_PROVISION (0) in order to be deleted";

async fn send(api: &Api<'_>, method: Method, path: &str, body: &Value) -> Answer {
    api.call(method, path, Some(body.to_string())).await
}

/// A meeting with something in every place, and where it is.
async fn booked(api: &Api<'_>) -> (Value, String) {
    let meeting = api
        .book(json!({
            "description": "d", "projectCode": "p", "externalId": uuid::Uuid::new_v4(),
            "guestMicrophone": "muted", "guestPinRequired": true, "labels": ["a"],
            "additionalInformation": [{ "key": "k", "value": "v" }],
            "guestPin": 1111, "hostPin": 9999, "callType": "audio",
        }))
        .await
        .good();
    let path = format!("/meetings/{}", meeting["uuid"].as_str().unwrap());
    (meeting, path)
}

async fn room_of(api: &Api<'_>, path: &str) -> Value {
    api.get(&path.replace("meetings", "scheduling-info"))
        .await
        .good()
}

both_engines! {
    async fn put_says_anew_what_a_meeting_is(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let (before, path) = booked(&api).await;
        let sent = json!({
            "subject": "New", "startTime": "2030-01-02T10:00:00+01:00", "endTime": "2030-01-02T11:00:00.9Z",
            // Not of this operation, and passed over.
            "guestPin": 5555, "guestMicrophone": "off", "externalId": "other",
        });
        let after = send(&api, Method::PUT, &path, &sent).await.good();
        let expected = json!({
            "subject": "New", "startTime": "2030-01-02T09:00:00Z", "endTime": "2030-01-02T11:00:00Z",
            "description": null, "projectCode": null, "labels": [], "additionalInformation": [],
            "guestMicrophone": "muted", "guestPinRequired": true, "externalId": before["externalId"],
            "updatedBy": { "organisationId": ORGANISATION, "email": "me@example.org" },
            "createdBy": before["createdBy"], "shortId": before["shortId"], "_links": before["_links"],
        });
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&after[member], value, "{member}");
        }
        assert!(after["updatedTime"].is_string());
        assert_eq!(api.get(&path).await.good(), after);
        let room = room_of(&api, &path).await;
        assert_eq!((&room["guestPin"], &room["callType"]), (&json!(1111), &json!("audio")));
        assert!(room["portalLink"].as_str().unwrap().contains("start_dato=2030-01-02T09:00:00"));
        assert_eq!(room["updatedBy"], after["updatedBy"]);
    }

    async fn a_planner_who_names_nobody_takes_over(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingUser]).await;
        let (_, path) = booked(&api).await;
        let planner = Api::of(&hub, Some((ORGANISATION, "planner@example.org")), &[MeetingPlanner]).await;
        let mut sent = json!({ "subject": "s", "startTime": "2030-01-01T10:00:00Z", "endTime": "2030-01-01T11:00:00Z" });
        let after = send(&planner, Method::PUT, &path, &sent).await.good();
        assert_eq!(after["organizedBy"]["email"], "planner@example.org");
        sent["organizedByEmail"] = json!("me@example.org");
        let after = send(&planner, Method::PUT, &path, &sent).await.good();
        assert_eq!(after["organizedBy"]["email"], "me@example.org");
        // A patch says only what it says.
        let after = send(&planner, Method::PATCH, &path, &json!({ "subject": "t" })).await.good();
        assert_eq!(after["organizedBy"]["email"], "me@example.org");
        assert_eq!(after["updatedBy"]["email"], "planner@example.org");
    }

    async fn patch_changes_what_it_names(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let values = [
            ("subject", json!("s2")),
            ("startTime", json!("2030-01-01T09:00:00Z")),
            ("endTime", json!("2030-01-01T12:00:00Z")),
            ("description", json!("d2")),
            ("description", json!(null)),
            ("projectCode", json!("p2")),
            ("projectCode", json!(null)),
            ("labels", json!(["x", "y"])),
            ("additionalInformation", json!([{ "key": "k2", "value": "" }])),
            ("guestMicrophone", json!("off")),
            ("guestPinRequired", json!(false)),
        ];
        let (mut expected, path) = booked(&api).await;
        for (member, value) in values {
            let after = send(&api, Method::PATCH, &path, &json!({ member: value })).await.good();
            expected[member] = value;
            expected["updatedBy"] = after["updatedBy"].clone();
            expected["updatedTime"] = after["updatedTime"].clone();
            assert_eq!(after, expected, "{member}");
        }
        for (member, value) in [("guestPin", json!(1000)), ("hostPin", json!(999_999_999)), ("callType", json!("c"))] {
            for value in [value, json!(null)] {
                send(&api, Method::PATCH, &path, &json!({ member: value })).await.good();
                assert_eq!(room_of(&api, &path).await[member], value, "{member}");
            }
        }
    }

    async fn null_gives_lists_and_guests_their_default(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let (_, path) = booked(&api).await;
        let nulls = json!({
            "labels": null, "additionalInformation": null, "guestMicrophone": null,
            "guestPinRequired": null, "organizedByEmail": null,
        });
        let after = send(&api, Method::PATCH, &path, &nulls).await.good();
        assert_eq!((&after["labels"], &after["additionalInformation"]), (&json!([]), &json!([])));
        assert_eq!((&after["guestMicrophone"], &after["guestPinRequired"]), (&json!("on"), &json!(false)));
        let link = room_of(&api, &path).await["portalLink"].to_string();
        assert!(!link.contains("muteMicrophone"), "{link}");
    }

    async fn what_is_refused_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let (before, path) = booked(&api).await;
        for field in ["subject", "startTime", "endTime"] {
            let refused = send(&api, Method::PATCH, &path, &json!({ field: null })).await;
            assert_eq!(refused.failed(), (400, "30"), "{field}");
            assert_eq!(refused.text(), "Field can not be set to null");
            let mut put = json!({ "subject": "s", "startTime": "2030-01-01T10:00:00Z", "endTime": "2030-01-01T11:00:00Z" });
            put[field] = Value::Null;
            let refused = send(&api, Method::PUT, &path, &put).await;
            assert_eq!(refused.failed(), (400, "10"), "{field}");
            assert_eq!(refused.text(), format!("{field}: must be given"));
        }
        let pair = json!({ "key": "a", "value": "v" });
        for (body, code) in [
            (json!({ "endTime": "2030-01-01T09:59:59Z" }), "10"),
            (json!({ "subject": "" }), "10"),
            (json!({ "guestPin": 999 }), "10"),
            (json!({ "hostPin": 1_000_000_000 }), "10"),
            (json!({ "guestMicrophone": "loud" }), "10"),
            (json!({ "labels": "a" }), "10"),
            (json!({ "endTime": "10000-01-01T10:00:00Z" }), "25"),
            (json!({ "additionalInformation": [pair, pair] }), "35"),
            (json!([]), "10"),
            (json!(null), "10"),
        ] {
            let refused = send(&api, Method::PATCH, &path, &body).await;
            assert_eq!(refused.failed(), (400, code), "{body}");
        }
        assert_eq!(api.get(&path).await.good(), before);

        let nothing = json!({});
        for method in [Method::PUT, Method::PATCH] {
            let unknown = format!("/meetings/{}", uuid::Uuid::nil());
            let body = json!({ "subject": "s", "startTime": "2030-01-01T10:00:00Z", "endTime": "2030-01-01T11:00:00Z" });
            let refused = send(&api, method.clone(), &unknown, &body).await;
            assert_eq!((refused.failed(), refused.text()), ((404, "11"), "Resource: meeting in field: uuid not found."));
            let refused = send(&api, method.clone(), "/meetings/1", &body).await;
            assert_eq!(refused.failed(), (400, "10"));
            // Roles come before everything else.
            let machine = Api::with(&hub, &[MeetingProvisioner]).await;
            let refused = send(&machine, method, "/meetings/1", &nothing).await;
            assert_eq!(refused.failed(), (403, "11"));
        }
        let other = Api::of(&hub, Some((ORGANISATION, "other@example.org")), &[MeetingUser]).await;
        assert_eq!(send(&other, Method::PATCH, &path, &nothing).await.failed(), (403, "11"));
    }

    async fn each_status_decides_what_may_be_done(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner, MeetingProvisionerUser]).await;
        for status in ProvisionStatus::ALL.iter().copied() {
            let (_, path) = booked(&api).await;
            let report = json!({ "provisionStatus": status.as_str() });
            let room = path.replace("meetings", "scheduling-info");
            send(&api, Method::PUT, &room, &report).await.good();
            let mut standing = api.get(&path).await.good();

            let put = json!({
                "subject": "put", "startTime": "2030-01-01T10:00:00Z", "endTime": "2030-01-01T11:00:00Z",
            });
            for (method, change) in [(Method::PATCH, json!({ "subject": "patched" })), (Method::PUT, put)] {
                let answer = send(&api, method.clone(), &path, &change).await;
                if matches!(status, AwaitsProvision | ProvisionedOk) {
                    standing = answer.good();
                    assert_eq!(standing["subject"], change["subject"], "{status} {method}");
                } else {
                    assert_eq!((answer.failed(), answer.text()), ((406, "12"), TOO_LATE_TO_CHANGE), "{status} {method}");
                }
                assert_eq!(api.get(&path).await.good(), standing, "{status} {method}");
            }

            let deleted = api.delete(&path).await;
            if status == AwaitsProvision {
                assert_eq!(deleted.status.as_u16(), 204);
                assert_eq!(api.get(&path).await.failed(), (404, "11"));
            } else {
                assert_eq!((deleted.failed(), deleted.text()), ((406, "13"), TOO_LATE_TO_DELETE), "{status}");
                assert_eq!(api.get(&path).await.good(), standing, "{status}");
                assert_eq!(room_of(&api, &path).await["provisionStatus"], status.as_str());
            }
        }
    }

    async fn an_end_moved_to_now_closes_the_room_and_puts_people_out(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingAdmin]).await;
        // Also one that lets people stay after its end.
        let meeting = hub.book(json!({ "hostPin": 4321, "endMeetingOnEndTime": false })).await;
        let uuid = meeting["uuid"].as_str().unwrap();
        let path = format!("/meetings/{uuid}");
        let alias = room_of(&api, &path).await["uriWithDomain"].as_str().unwrap().to_owned();
        let mut host = hub.person(&alias);
        host.enter("Host", Some("4321")).await;
        assert_eq!(hub.hub.conferences.counts().participants, 1);

        let now = hub.hub.clock.now();
        send(&api, Method::PATCH, &path, &json!({ "subject": "same end" })).await.good();
        assert_eq!(hub.hub.conferences.counts().participants, 1);
        send(&api, Method::PATCH, &path, &json!({ "endTime": now.to_string() })).await.good();
        assert_eq!(hub.hub.conferences.counts().participants, 0);

        hub.hub.booking.provision_due().await.unwrap();
        let late = send(&api, Method::PATCH, &path, &json!({ "endTime": "2090-01-01T10:00:00Z" })).await;
        assert_eq!((late.failed(), late.text()), ((406, "12"), TOO_LATE_TO_CHANGE));
    }
}
