//! Each code of v1, and failures that have none.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{MeetingAdmin, MeetingPlanner, MeetingProvisionerUser};
use vdx_store::both_engines;
use vdx_testkit::{ConstantRandomness, ORGANISATION, TestHub, serve_also};

use crate::rig::{Api, add_organisation, answer, meeting};

/// Not of this world.
const RESERVATION: &str = "8103c61c-eb64-4148-984b-1236f4ff5849";

both_engines! {
    async fn a_refused_booking_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let region = Api::with(&hub, MeetingPlanner).await;
        let practice = Api::of(&hub, Some(("practice", "me@practice.example")), MeetingPlanner).await;
        let past = json!({ "startTime": "2020-01-01T10:00:00 +0000", "endTime": "2020-01-01T11:00:00 +0000", "meetingType": "POOL" });
        let external = json!({ "externalId": "x" });
        let address = json!({ "uriWithoutDomain": "desk" });
        let pair = json!({ "key": "a", "value": "v" });
        region.book(external.clone()).await.good();
        region.book(address.clone()).await.good();
        for (api, body, code, text) in [
            (&practice, json!({ "meetingType": "POOL" }), 10, "Can not create ad hoc meeting on non ad hoc organization: practice"),
            (&region, past, 11, "Unused scheduling information not found for organisation tree for region"),
            (&region, external, 12, "ExternalId not unique within organisation."),
            (&region, json!({ "endTime": "10000-01-01T10:00:00 +0000" }), 30, "Date format is wrong, year must only have 4 digits"),
            (&region, json!({ "schedulingInfoReservationId": RESERVATION }), 60, "ReservationId not owned by organisation or not found."),
            (&practice, address.clone(), 80, "Organisation does not allow setting custom meeting address."),
            (&region, address, 90, "Supplied URI already used"),
            (&region, json!({ "uriWithoutDomain": "a-b" }), 100, "Supplied URI contains invalid characters. Valid characters: [A-Z], [a-z] and [0-9]."),
            (&region, json!({ "schedulingInfoReservationId": RESERVATION, "hostPin": 1234 }), 110, "Scheduling info reservation can not be used in combination with guest pin and/or host pin."),
            (&region, json!({ "additionalInformation": [pair.clone(), pair] }), 120, "Additional info keys not unique for meeting."),
        ] {
            let refused = api.book(body.clone()).await;
            assert_eq!((refused.failed(), refused.text()), ((400, Some(code)), text), "{body}");
            assert_eq!(refused.body["path"], "/videoapi/meetings");
        }
    }

    async fn a_short_id_that_is_always_taken_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let same = serve_also(hub.drawing(Arc::new(ConstantRandomness)));
        let token = hub.token().await;
        let book = async || {
            let meetings = hub.http.post(format!("{same}/videoapi/meetings"));
            answer(meetings.bearer_auth(&token).json(&meeting())).await
        };
        book().await.good();
        let refused = book().await;
        assert_eq!((refused.failed(), refused.text()), ((400, Some(20)), "Unable to generate unique shortId. Try again."));
    }

    async fn a_refused_room_of_the_pool_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let machine = Api::with(&hub, MeetingProvisionerUser).await;
        let foreign = Api::of(&hub, Some(("practice", "a@practice.example")), MeetingAdmin).await;
        let foreign = foreign.make_template(json!({})).await.good()["id"].clone();
        for (organisation, template, code, text) in [
            ("nobody", &foreign, 13, "OrganisationId nobody in request not found.".to_owned()),
            ("practice", &foreign, 14, "Scheduling information can not be created on organisation practice that is not pool enabled.".to_owned()),
            (ORGANISATION, &json!(987_654), 40, "Scheduling template 987654 not found.".to_owned()),
            (ORGANISATION, &foreign, 41, format!("Scheduling template {foreign} does not belong to organisation region.")),
        ] {
            let body = json!({ "organizationId": organisation, "schedulingTemplateId": template });
            let refused = machine.post("/scheduling-info", &body).await;
            assert_eq!((refused.failed(), refused.text()), ((400, Some(code)), text.as_str()));
        }
    }

    async fn a_refused_search_or_patch_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        for query in ["from-start-time=2030-01-01T10:00:00Z", "search=a&to-start-time=2030-01-01T10:00:00Z"] {
            let refused = api.get(&format!("/meetings?{query}")).await;
            let text = "Either both from-start-time and to-start-time must be provided or none of them must be provided.";
            assert_eq!((refused.failed(), refused.text()), ((400, Some(50)), text));
        }
        // Nothing to search by has no number.
        for query in ["", "label=&search=", "colour=green"] {
            let refused = api.get(&format!("/meetings?{query}")).await;
            let text = "Must set at least one query parameter, when searching for meeting.";
            assert_eq!((refused.failed(), refused.text()), ((400, None), text), "{query}");
        }
        let made = api.book(json!({})).await.good();
        let path = format!("/meetings/{}", made["uuid"].as_str().unwrap());
        for member in ["subject", "startTime", "endTime"] {
            let refused = api.patch(&path, &json!({ member: null })).await;
            assert_eq!((refused.failed(), refused.text()), ((400, Some(70)), "Field can not be set to null"));
        }
    }

    async fn what_comes_too_late_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        let machine = Api::with(&hub, MeetingProvisionerUser).await;
        let made = api.book(json!({})).await.good();
        let path = format!("/meetings/{}", made["uuid"].as_str().unwrap());
        let problems = json!({ "provisionStatus": "PROVISION_PROBLEMS" });
        machine.put(&path.replace("meetings", "scheduling-info"), &problems).await.good();
        let changed = api.patch(&path, &json!({ "subject": "s" })).await;
        assert_eq!((changed.failed(), changed.text()), (
            (406, Some(10)),
            "Meeting must have status AWAITS_PROVISION (0)  or PROVISIONED_OK (3) in order to be updated",
        ));
        let deleted = api.delete(&path).await;
        assert_eq!((deleted.failed(), deleted.text()), (
            (406, Some(11)),
            "Meeting must have status AWAITS_PROVISION (0) in order to be deleted",
        ));
    }

    async fn a_template_of_no_use_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let one = json!({ "uriDomain": "one.example", "uriNumberRangeLow": 10, "uriNumberRangeHigh": 11 });
        for (values, bookings_before, code, text) in [
            (json!({ "uriNumberRangeLow": 99 }), 0, 20, "The Uri assignment failed due to invalid setup on the template used"),
            (one, 1, 21, "The Uri assignment failed. It was not possible to create a unique. Consider changing the interval on the template"),
            (json!({ "guestPinRequired": true }), 0, 30, "The guest pincode assignment failed due to invalid setup on the template used"),
            (json!({ "hostPinRequired": true }), 0, 31, "The host pincode assignment failed due to invalid setup on the template used"),
        ] {
            let template = admin.make_template(values).await.good()["id"].clone();
            let booking = json!({ "schedulingTemplateId": template });
            for _ in 0..bookings_before {
                admin.book(booking.clone()).await.good();
            }
            let refused = admin.book(booking).await;
            assert_eq!((refused.failed(), refused.text()), ((406, Some(code)), text));
        }
        let pool = json!({ "isPoolTemplate": true });
        admin.make_template(pool.clone()).await.good();
        let second = admin.make_template(pool).await;
        let text = "Create or update of pool template failed due to only one pool template allowed";
        assert_eq!((second.failed(), second.text()), ((406, Some(32)), text));
    }

    async fn other_failures_have_no_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        for (body, text) in [
            (json!({ "subject": null }), "subject: must be given"),
            (json!({ "guestPin": 999 }), "guestPin: must be from 1000 to 999999999"),
        ] {
            let refused = api.book(body).await;
            assert_eq!((refused.failed(), refused.text()), ((400, None), text));
        }
        for (path, status) in [
            ("/meetings", 400),
            ("/meetings?short-id=00010203040", 400),
            ("/meetings?short-id=000102030405", 404),
            ("/meetings/46b46a1e", 400),
            ("/meetings/46b46a1e-a4d3-4387-87ee-a67dcaa222cb", 404),
            ("/meetings/findByUriWithDomain?uri=nobody@rooms.example", 404),
            ("/scheduling-info", 400),
            ("/scheduling-templates/x", 400),
            ("/nothing", 404),
        ] {
            assert_eq!(api.get(path).await.failed(), (status, None), "{path}");
        }
        assert_eq!(api.call(Method::PUT, "/info", None).await.failed(), (405, None));
        let huge = format!("{{\"subject\":\"{}\"}}", "x".repeat(2 << 20));
        assert_eq!(api.call(Method::POST, "/meetings", Some(huge)).await.failed(), (413, None));
    }

    async fn without_a_good_token_nothing_is_told(test: TestDb) {
        let hub = TestHub::on(test).await;
        let url = format!("{}/videoapi/meetings", hub.url);
        // The body is no meeting, and that is not told to strangers.
        for request in [
            hub.http.post(&url).body("{"),
            hub.http.post(&url).body("{").bearer_auth("x.y.z"),
            hub.http.get(format!("{url}/nonsense")),
        ] {
            let refused = answer(request).await;
            assert_eq!(refused.failed(), (401, None));
            assert_ne!(refused.body, Value::Null);
        }
    }
}
