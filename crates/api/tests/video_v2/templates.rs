//! The templates of an organisation.

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{
    self, MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Answer, Api, add_organisation, members, uuid_of};

fn template(more: Value) -> String {
    let mut template = json!({
        "conferencingSysId": 1, "uriPrefix": "a", "uriDomain": "a.example",
        "hostPinRequired": false, "guestPinRequired": false,
        "uriNumberRangeLow": 10, "uriNumberRangeHigh": 99,
    });
    if let (Value::Object(template), Value::Object(more)) = (&mut template, more) {
        template.extend(more);
    }
    template.to_string()
}

async fn create(api: &Api<'_>, more: Value) -> Answer {
    api.call(Method::POST, "/scheduling-templates", Some(template(more)))
        .await
}

both_engines! {
    async fn a_template_has_all_members_of_the_interface(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingAdmin]).await;
        let made = create(&api, json!({})).await.good();
        assert_eq!(
            members(&made),
            [
                "_links",
                "callType",
                "conferencingSysId",
                "createdBy",
                "createdTime",
                "customPortalGuest",
                "customPortalHost",
                "directMedia",
                "enableOverlayText",
                "endMeetingOnEndTime",
                "forceEncryption",
                "forcePresenterIntoMain",
                "guestPinRangeHigh",
                "guestPinRangeLow",
                "guestPinRequired",
                "guestView",
                "guestsCanPresent",
                "hostPinRangeHigh",
                "hostPinRangeLow",
                "hostPinRequired",
                "hostView",
                "id",
                "isDefaultTemplate",
                "isPoolTemplate",
                "ivrTheme",
                "maxParticipants",
                "muteAllGuests",
                "organisationId",
                "returnUrl",
                "updatedBy",
                "updatedTime",
                "uriDomain",
                "uriNumberRangeHigh",
                "uriNumberRangeLow",
                "uriPrefix",
                "vMRAvailableBefore",
                "vmrQuality",
                "vmrType",
            ]
        );
        let expected = json!({
            "organisationId": "region", "conferencingSysId": 1, "uriPrefix": "a",
            "uriDomain": "a.example", "uriNumberRangeLow": 10, "uriNumberRangeHigh": 99,
            "hostPinRequired": false, "hostPinRangeLow": null, "vMRAvailableBefore": 0,
            "maxParticipants": 0, "endMeetingOnEndTime": false, "isDefaultTemplate": false,
            "isPoolTemplate": false, "ivrTheme": null, "vmrType": "conference", "vmrQuality": "hd",
            "hostView": "one_main_seven_pips", "enableOverlayText": true, "guestsCanPresent": true,
            "forcePresenterIntoMain": true, "forceEncryption": false, "muteAllGuests": false,
            "directMedia": "never", "callType": null,
            "createdBy": { "organisationId": "region", "email": "me@example.org" },
            "updatedBy": { "organisationId": null, "email": null }, "updatedTime": null,
        });
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&made[member], value, "{member}");
        }
        let path = format!("/scheduling-templates/{}", made["id"]);
        let own = format!("{}/videoapi/v2{path}", hub.url);
        assert_eq!(made["_links"], json!({ "self": { "href": own } }));
        assert_eq!(api.get(&path).await.good(), made);
        assert_eq!(api.get("/scheduling-templates").await.good(), json!([made]));
    }

    async fn values_are_accepted_up_to_their_limit(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingAdmin]).await;
        let text = |length| "æ".repeat(length);
        let cases = [
            ("conferencingSysId", json!(i64::MAX), json!(null)),
            ("uriPrefix", json!(text(100)), json!(text(101))),
            ("uriPrefix", json!(""), json!(null)),
            ("uriDomain", json!(text(100)), json!(text(101))),
            ("uriDomain", json!("a"), json!("a\u{0}")),
            ("hostPinRequired", json!(true), json!(null)),
            ("guestPinRequired", json!(true), json!("yes")),
            ("uriNumberRangeLow", json!(99), json!(null)),
            ("uriNumberRangeHigh", json!(-1), json!(1.5)),
            ("vMRAvailableBefore", json!(0), json!(-1)),
            ("vMRAvailableBefore", json!(i32::MAX), json!(1_i64 << 31)),
            ("maxParticipants", json!(0), json!(-1)),
            ("maxParticipants", json!(i32::MAX), json!(1_i64 << 31)),
            ("ivrTheme", json!(text(100)), json!(text(101))),
            ("customPortalGuest", json!(text(200)), json!(text(201))),
            ("customPortalHost", json!(text(200)), json!(text(201))),
            ("returnUrl", json!(text(200)), json!(text(201))),
            ("callType", json!(text(64)), json!(text(65))),
            ("directMedia", json!("best_effort"), json!("always")),
            ("vmrType", json!("lecture"), json!("party")),
        ];
        for (field, good, bad) in cases {
            let made = create(&api, json!({ field: good.clone() })).await.good();
            assert_eq!(made[field], good);
            let path = format!("/scheduling-templates/{}", made["id"]);
            let body = template(json!({ field: bad.clone() }));
            for refused in [
                create(&api, json!({ field: bad })).await,
                api.call(Method::PUT, &path, Some(body)).await,
            ] {
                assert_eq!(refused.failed(), (400, "10"), "{field}");
                assert!(refused.text().starts_with(field), "{}", refused.text());
            }
        }
    }

    async fn a_range_that_gives_nothing_is_refused_when_it_is_used(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingAdmin]).await;
        let number = "The Uri assignment failed due to invalid setup on the template used";
        let guest_pin = "The guest pincode assignment failed due to invalid setup on the template used";
        let host_pin = "The host pincode assignment failed due to invalid setup on the template used";
        let cases = [
            (json!({ "uriNumberRangeLow": 99 }), "14", number),
            (json!({ "uriDomain": "" }), "14", number),
            (json!({ "guestPinRequired": true }), "16", guest_pin),
            (
                json!({ "guestPinRequired": true, "guestPinRangeLow": 2000, "guestPinRangeHigh": 2000 }),
                "16",
                guest_pin,
            ),
            (
                json!({ "hostPinRequired": true, "hostPinRangeLow": 2000, "hostPinRangeHigh": 2000 }),
                "17",
                host_pin,
            ),
        ];
        for (range, code, text) in cases {
            let made = create(&api, range).await.good();
            let booked = api
                .book(json!({ "schedulingTemplateId": made["id"] }))
                .await;
            assert_eq!((booked.failed(), booked.text()), ((406, code), text));
        }
    }

    async fn a_range_whose_numbers_are_taken_gives_none(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingAdmin]).await;
        let one = json!({ "uriNumberRangeLow": 10, "uriNumberRangeHigh": 11 });
        let made = create(&api, one).await.good();
        let asked = json!({ "schedulingTemplateId": made["id"] });
        let first = api.book(asked.clone()).await.good();
        let room = api.get(&format!("/scheduling-info/{}", uuid_of(&first))).await.good();
        assert_eq!(room["uriWithDomain"], "a10@a.example");
        let refused = api.book(asked.clone()).await;
        assert_eq!(refused.failed(), (406, "15"));
        assert_eq!(
            refused.text(),
            "The Uri assignment failed. It was not possible to create a unique. Consider changing the interval on the template"
        );
        // With its meeting the number is free again.
        api.delete(&format!("/meetings/{}", uuid_of(&first))).await;
        api.book(asked).await.good();
    }

    async fn a_second_pool_template_is_refused(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingAdmin]).await;
        let pool = json!({ "isPoolTemplate": true });
        let first = create(&api, pool.clone()).await.good();
        let refused = create(&api, pool.clone()).await;
        assert_eq!(refused.failed(), (406, "18"));
        assert_eq!(
            refused.text(),
            "Create or update of pool template failed due to only one pool template allowed"
        );
        let path = format!("/scheduling-templates/{}", first["id"]);
        let changed = api
            .call(Method::PUT, &path, Some(template(pool)))
            .await
            .good();
        assert_eq!(changed["isPoolTemplate"], true);
        assert_eq!(changed["updatedBy"]["email"], "me@example.org");
        assert!(changed["updatedTime"].is_string());
    }

    async fn each_role_has_its_operations_on_the_own_organisation(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let admin = Api::with(&hub, &[MeetingAdmin]).await;
        let other = Api::of(&hub, Some(("practice", "me@b.example")), &[MeetingAdmin]).await;
        let foreign = create(&other, json!({})).await.good();
        let foreign = format!("/scheduling-templates/{}", foreign["id"]);
        let all: [ApiRole; 5] = [
            MeetingAdmin,
            MeetingUser,
            MeetingPlanner,
            MeetingProvisioner,
            MeetingProvisionerUser,
        ];
        for role in all {
            let made = create(&admin, json!({})).await.good();
            let own = format!("/scheduling-templates/{}", made["id"]);
            let api = Api::with(&hub, &[role]).await;
            assert!(api.get("/scheduling-templates").await.good().is_array());
            api.get(&own).await.good();
            let missing = api.get(&foreign).await;
            assert_eq!(missing.failed(), (404, "11"));
            assert_eq!(
                missing.text(),
                "Resource: schedulingTemplate in field: id not found."
            );
            let may = role == MeetingAdmin;
            for (method, path, body, good) in [
                (
                    Method::POST,
                    "/scheduling-templates",
                    Some(template(json!({}))),
                    200,
                ),
                (Method::PUT, &own, Some(template(json!({}))), 200),
                (Method::PUT, &foreign, Some(template(json!({}))), 404),
                (Method::DELETE, &foreign, None, 404),
                (Method::DELETE, &own, None, 204),
            ] {
                let answer = api.call(method.clone(), path, body).await;
                let expected = if may { good } else { 403 };
                assert_eq!(answer.status.as_u16(), expected, "{role} {method} {path}");
            }
        }
        let nobody = Api::of(&hub, None, &[MeetingProvisioner]).await;
        assert_eq!(nobody.get("/scheduling-templates").await.good(), json!([]));
        for path in ["/scheduling-templates/x", "/scheduling-templates/1.5"] {
            assert_eq!(admin.get(path).await.failed(), (400, "10"));
        }
    }
}
