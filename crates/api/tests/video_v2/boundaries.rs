//! What is accepted and what is refused, on both sides of each boundary.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_testkit::{ConstantRandomness, TestHub, serve_also};

use crate::rig::{Api, add_organisation, answer};

both_engines! {
    async fn values_are_accepted_up_to_their_limit(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let text = |length| "æ".repeat(length);
        let cases = [
            ("subject", json!(text(100)), json!(text(101))),
            ("subject", json!("s"), json!("")),
            ("subject", json!("s"), json!(null)),
            ("subject", json!("s"), json!(5)),
            ("description", json!(text(500)), json!(text(501))),
            ("projectCode", json!(text(100)), json!(text(101))),
            ("externalId", json!(text(200)), json!(text(201))),
            ("callType", json!(text(64)), json!(text(65))),
            ("organizedByEmail", json!(text(100)), json!(text(101))),
            ("description", json!("a\tb\n"), json!("a\u{0}b")),
            ("guestPin", json!(1000), json!(999)),
            ("guestPin", json!(999_999_999), json!(1_000_000_000)),
            ("hostPin", json!(1000), json!(999)),
            ("hostPin", json!(999_999_999), json!(1_000_000_000)),
            ("hostPin", json!(1234), json!("a")),
            ("hostPin", json!(1234), json!(1234.5)),
            ("maxParticipants", json!(0), json!(-1)),
            (
                "maxParticipants",
                json!(2_147_483_647),
                json!(2_147_483_648_u32),
            ),
            (
                "endTime",
                json!("2030-01-01T10:00:00Z"),
                json!("2030-01-01T09:59:59Z"),
            ),
            ("endTime", json!("9999-12-31T23:59:59Z"), json!("tomorrow")),
            (
                "startTime",
                json!("2030-01-01T10:00:00+00:00"),
                json!("2030-01-01T10:00:00"),
            ),
            ("startTime", json!("2030-01-01T10:00:00Z"), json!(null)),
            (
                "uuid",
                json!("46b46a1e-a4d3-4387-87ee-a67dcaa222cb"),
                json!("46b46a1e"),
            ),
            ("guestMicrophone", json!("off"), json!("loud")),
            ("meetingType", json!("NORMAL"), json!("normal")),
            ("vmrType", json!("lecture"), json!("party")),
            (
                "hostView",
                json!("twentyfive_mains_zero_pips"),
                json!("two_mains"),
            ),
            ("vmrQuality", json!("fullhd"), json!("full_hd")),
            ("labels", json!([text(1024)]), json!([text(1025)])),
            ("labels", json!(vec!["x"; 100]), json!(vec!["x"; 101])),
            (
                "additionalInformation",
                json!([{ "key": text(100), "value": text(100) }]),
                json!([{ "key": text(101), "value": "" }]),
            ),
            (
                "additionalInformation",
                json!([{ "key": "k", "value": "" }]),
                json!([{ "key": "k", "value": text(101) }]),
            ),
            ("uriWithoutDomain", json!("Z9"), json!("")),
        ];
        for (field, good, bad) in cases {
            api.book(json!({ field: good })).await.good();
            let refused = api.book(json!({ field: bad })).await;
            assert_eq!(refused.failed(), (400, "10"), "{field}: {bad}");
            assert!(refused.text().starts_with(field), "{}", refused.text());
            assert!(refused.text().contains(": "), "{}", refused.text());
        }
    }

    async fn rules_have_their_own_codes_and_texts(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        add_organisation(&hub, "practice").await;
        let practice = Some(("practice", "me@practice.example"));
        let practice = Api::of(&hub, practice, &[ApiRole::MeetingPlanner]).await;

        let taken = json!({ "externalId": "x" });
        api.book(taken.clone()).await.good();
        practice.book(taken.clone()).await.good();
        let address = json!({ "uriWithoutDomain": "desk" });
        api.book(address.clone()).await.good();
        let pair = |key: &str| json!({ "key": key, "value": "v" });
        let invalid_characters = "Supplied URI contains invalid characters. Valid characters: [A-Z], [a-z] and [0-9].";
        let cases: [(&Api<'_>, Value, &str, &str); 11] = [
            (
                &api,
                taken,
                "21",
                "ExternalId not unique within organisation.",
            ),
            (
                &api,
                json!({ "startTime": "10000-01-01T10:00:00Z" }),
                "25",
                "Date format is wrong, year must only have 4 digits",
            ),
            (
                &api,
                json!({ "schedulingInfoReservationId": "8103c61c-eb64-4148-984b-1236f4ff5849" }),
                "29",
                "ReservationId not owned by organisation or not found.",
            ),
            (
                &practice,
                address.clone(),
                "31",
                "Organisation does not allow setting custom meeting address.",
            ),
            (&api, address, "32", "Supplied URI already used"),
            (
                &api,
                json!({ "uriWithoutDomain": "a-b" }),
                "33",
                invalid_characters,
            ),
            (&api, json!({ "uriWithoutDomain": "a b" }), "33", invalid_characters),
            (&api, json!({ "uriWithoutDomain": "æ" }), "33", invalid_characters),
            (
                &api,
                json!({
                    "schedulingInfoReservationId": "8103c61c-eb64-4148-984b-1236f4ff5849",
                    "guestPin": 1234,
                }),
                "34",
                "Scheduling info reservation can not be used in combination with guest pin and/or host pin.",
            ),
            (
                &api,
                json!({ "additionalInformation": [pair("a"), pair("a")] }),
                "35",
                "Additional info keys not unique for meeting.",
            ),
            (
                &practice,
                json!({ "meetingType": "POOL" }),
                "19",
                "Can not create ad hoc meeting on non ad hoc organization: practice",
            ),
        ];
        for (caller, body, code, text) in cases {
            let refused = caller.book(body.clone()).await;
            assert_eq!(refused.failed(), (400, code), "{body}");
            assert_eq!(refused.text(), text);
            assert_eq!(refused.body["path"], "/videoapi/v2/meetings");
        }
    }

    async fn a_short_id_that_is_always_taken_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let same = serve_also(hub.drawing(Arc::new(ConstantRandomness)));
        let token = hub.token().await;
        let book = async || {
            let meetings = hub.http.post(format!("{same}/videoapi/v2/meetings"));
            let meeting = json!({
                "subject": "Talk", "startTime": "2030-01-01T10:00:00Z", "endTime": "2030-01-01T11:00:00Z",
            });
            answer(meetings.bearer_auth(&token).json(&meeting)).await
        };
        let first = book().await.good();
        let refused = book().await;
        assert_eq!((refused.failed(), refused.text()), ((400, "24"), "Unable to generate unique shortId. Try again."));
        // The first one is all there is.
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        assert_eq!(api.get("/meetings?subject=Talk").await.good(), json!([first]));
    }

    async fn a_pool_room_that_is_needed_now_is_not_there(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        let refused = api
            .book(json!({
                "meetingType": "POOL",
                "startTime": "2020-01-01T10:00:00Z",
                "endTime": "2020-01-01T11:00:00Z",
            }))
            .await;
        assert_eq!(refused.failed(), (400, "20"));
        api.book(json!({ "meetingType": "POOL" })).await.good();
    }

    async fn bodies_that_are_no_meeting_are_refused(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingPlanner]).await;
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{} {}",
            "\u{0}",
            "{\"subject\":\"\\ud800\"}",
        ] {
            let refused = api.post(body.to_owned()).await;
            assert_eq!(refused.failed(), (400, "10"), "{body:?}");
        }
        // Deep nesting does not exhaust the stack.
        let deep = format!("{{\"labels\":{}", "[".repeat(100_000));
        assert_eq!(api.post(deep).await.failed(), (400, "10"));
        let huge = format!("{{\"subject\":\"{}\"}}", "x".repeat(10_000_000));
        assert_eq!(api.post(huge).await.failed().0, 413);
    }

    async fn paths_that_are_not_there_are_answered_in_the_shape_of_the_api(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[ApiRole::MeetingAdmin]).await;
        for path in ["/meetings/46b46a1e", "/scheduling-info/x"] {
            assert_eq!(api.get(path).await.failed(), (400, "10"), "{path}");
        }
        assert_eq!(api.get("/nothing").await.failed(), (404, "11"));
        assert_eq!(
            api.call(Method::PUT, "/info", None).await.failed(),
            (405, "11")
        );
    }
}
