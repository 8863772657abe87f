//! The shapes of answers.

use reqwest::StatusCode;
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Api, members, unusual, uuid_of};

both_engines! {
    async fn a_meeting_has_all_members_of_the_interface(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let meeting = api.book(json!({})).await.good();
        assert_eq!(
            members(&meeting),
            [
                "_links",
                "additionalInformation",
                "createdBy",
                "createdTime",
                "description",
                "endTime",
                "externalId",
                "guestMicrophone",
                "guestPinRequired",
                "labels",
                "organizedBy",
                "projectCode",
                "shortId",
                "shortLink",
                "shortlink",
                "startTime",
                "subject",
                "updatedBy",
                "updatedTime",
                "uuid",
            ]
        );
        let me = json!({ "organisationId": "region", "email": "me@example.org" });
        assert_eq!(meeting["createdBy"], me);
        assert_eq!(meeting["organizedBy"], me);
        assert_eq!(
            meeting["updatedBy"],
            json!({ "organisationId": null, "email": null })
        );
        assert_eq!(meeting["updatedTime"], Value::Null);
        assert_eq!(meeting["startTime"], "2030-01-01T10:00:00Z");
        assert_eq!(meeting["endTime"], "2030-01-01T11:00:00Z");
        assert_eq!(meeting["guestMicrophone"], "on");
        assert_eq!(meeting["guestPinRequired"], false);
        assert_eq!(meeting["labels"], json!([]));
        assert_eq!(meeting["additionalInformation"], json!([]));

        let short_id = meeting["shortId"].as_str().unwrap();
        assert_eq!(short_id.len(), 12);
        assert_eq!(meeting["shortLink"], format!("{}/m/{short_id}", hub.url));
        assert_eq!(meeting["shortlink"], meeting["shortLink"]);
        let uuid = meeting["uuid"].as_str().unwrap();
        let base = format!("{}/videoapi/v2", hub.url);
        assert_eq!(
            meeting["_links"],
            json!({
                "self": { "href": format!("{base}/meetings/{uuid}") },
                "scheduling-info": { "href": format!("{base}/scheduling-info/{uuid}") },
            })
        );
        assert_eq!(api.get(&format!("/meetings/{uuid}")).await.good(), meeting);
    }

    async fn what_was_sent_comes_back(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let sent = json!({
            "uuid": "46b46a1e-a4d3-4387-87ee-a67dcaa222cb",
            "subject": "Æ \"quoted\" 👋",
            "description": "d",
            "projectCode": "p",
            "externalId": "e",
            "guestMicrophone": "muted",
            "guestPinRequired": true,
            "labels": ["b", "a"],
            "additionalInformation": [{ "key": "k", "value": "v" }],
        });
        let meeting = api.book(sent.clone()).await.good();
        for (member, value) in sent.as_object().unwrap() {
            assert_eq!(&meeting[member], value, "{member}");
        }
        // With null a value is left to the hub.
        api.book(json!({ "description": null, "labels": null, "hostPin": null, "uuid": null }))
            .await
            .good();
        // What the interface does not know is passed over.
        api.book(json!({ "colour": "green" })).await.good();
    }

    async fn times_are_read_with_any_offset_and_without_fractions(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let meeting = api
            .book(json!({
                "startTime": "2030-06-01T10:00:00.987654+02:00",
                "endTime": "9999-12-31T23:59:59Z",
            }))
            .await
            .good();
        assert_eq!(meeting["startTime"], "2030-06-01T08:00:00Z");
        assert!(
            meeting["endTime"]
                .as_str()
                .unwrap()
                .starts_with("9999-12-30T")
        );
    }

    async fn a_room_has_all_members_of_the_interface(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let meeting = api
            .book(json!({ "guestPin": 1000, "hostPin": 999_999_999, "maxParticipants": 4, "vmrType": "lecture" }))
            .await
            .good();
        let uuid = meeting["uuid"].as_str().unwrap();
        let room = api.get(&format!("/scheduling-info/{uuid}")).await.good();
        assert_eq!(
            members(&room),
            [
                "_links",
                "callType",
                "createdBy",
                "createdTime",
                "customPortalGuest",
                "customPortalHost",
                "directMedia",
                "enableOverlayText",
                "endMeetingOnEndTime",
                "forceEncryption",
                "forcePresenterIntoMain",
                "guestPin",
                "guestView",
                "guestsCanPresent",
                "hostPin",
                "hostView",
                "ivrTheme",
                "maxParticipants",
                "meetingDetails",
                "muteAllGuests",
                "portalLink",
                "provisionStatus",
                "provisionStatusDescription",
                "provisionTimestamp",
                "provisionVmrId",
                "reservationId",
                "returnUrl",
                "shortLink",
                "shortlink",
                "updatedBy",
                "updatedTime",
                "uriWithDomain",
                "uriWithoutDomain",
                "uuid",
                "vmrAvailableBefore",
                "vmrQuality",
                "vmrType",
            ]
        );
        let expected = json!({
            "uuid": uuid, "guestPin": 1000, "hostPin": 999_999_999, "maxParticipants": 4,
            "vmrType": "lecture", "vmrQuality": "hd", "hostView": "one_main_seven_pips",
            "directMedia": "never", "vmrAvailableBefore": 15, "provisionStatus": "AWAITS_PROVISION",
            "provisionTimestamp": null, "reservationId": null, "ivrTheme": "10",
            "meetingDetails": meeting, "shortLink": meeting["shortLink"],
        });
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&room[member], value, "{member}");
        }
        let number = room["uriWithoutDomain"].as_str().unwrap();
        assert_eq!(room["uriWithDomain"], format!("{number}@rooms.example"));
        let own = format!("{}/videoapi/v2/scheduling-info/{uuid}", hub.url);
        assert_eq!(room["_links"], json!({ "self": { "href": own } }));
        let link = room["portalLink"].as_str().unwrap();
        assert!(
            link.contains("pin=1000&") && !link.contains("999999999"),
            "{link}"
        );
    }

    async fn a_new_room_takes_every_setting_of_the_request(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let room_of = async |more: Value| {
            let meeting = api.book(more).await.good();
            api.get(&format!("/scheduling-info/{}", uuid_of(&meeting))).await.good()
        };
        let usual = room_of(json!({})).await;
        let all = room_of(unusual()).await;
        for (name, value) in unusual().as_object().unwrap() {
            assert_eq!(&all[name], value, "{name}");
            assert_ne!(&usual[name], value, "{name}");
            // One that is named by itself leaves the others as they are.
            let one = room_of(json!({ name: value })).await;
            for other in unusual().as_object().unwrap().keys() {
                let expected = if other == name { value } else { &usual[other] };
                assert_eq!(&one[other], expected, "{name}: {other}");
            }
        }
    }

    async fn a_deleted_meeting_is_gone(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let meeting = api.book(json!({})).await.good();
        let path = format!("/meetings/{}", meeting["uuid"].as_str().unwrap());
        let deleted = api.delete(&path).await;
        assert_eq!(
            (deleted.status, deleted.body),
            (StatusCode::NO_CONTENT, Value::Null)
        );
        for answer in [api.get(&path).await, api.delete(&path).await] {
            assert_eq!(answer.failed(), (404, "11"));
            assert_eq!(answer.text(), "Resource: meeting in field: uuid not found.");
        }
        let room = api.get(&path.replace("meetings", "scheduling-info")).await;
        assert_eq!(room.failed(), (404, "11"));
        assert_eq!(
            room.text(),
            "Resource: schedulingInfo in field: uuid not found."
        );
    }

    async fn a_meeting_whose_room_is_live_is_not_deleted(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let meeting = hub.book(json!({})).await;
        hub.hub.booking.provision_due().await.unwrap();
        let uuid = meeting["uuid"].as_str().unwrap();
        let room = api.get(&format!("/scheduling-info/{uuid}")).await.good();
        assert_eq!(room["provisionStatus"], "PROVISIONED_OK");
        assert_eq!(room["provisionVmrId"], uuid);
        assert!(room["provisionTimestamp"].is_string());
        let refused = api.delete(&format!("/meetings/{uuid}")).await;
        assert_eq!(refused.failed(), (406, "13"));
        assert_eq!(
            refused.text(),
            "Meeting must have status AWAITS_PROVISION (0) in order to be deleted"
        );
    }

    async fn two_hundred_calls_at_once_get_two_hundred_addresses(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let calls = (0..200).map(|_| api.book(json!({})));
        let mut uuids = std::collections::HashSet::new();
        let mut addresses = std::collections::HashSet::new();
        for answer in futures::future::join_all(calls).await {
            let uuid = answer.good()["uuid"].as_str().unwrap().to_owned();
            let room = api.get(&format!("/scheduling-info/{uuid}")).await.good();
            addresses.insert(room["uriWithDomain"].to_string());
            uuids.insert(uuid);
        }
        assert_eq!((uuids.len(), addresses.len()), (200, 200));
    }
}
