//! Pools and reservations over HTTP.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{MeetingAdmin, MeetingProvisionerUser};
use vdx_domain::Clock as _;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Api, add_organisation, members, unusual};

/// Longer than a room of a pool must have been live.
const AGE: Duration = Duration::from_secs(61);

/// Makes rooms for the region's pool, as a provisioner does, and lets them age.
pub(crate) async fn fill(hub: &TestHub, maker: &Api<'_>, count: usize, more: Value) -> Vec<Value> {
    let mut template = json!({
        "conferencingSysId": 1, "uriPrefix": "", "uriDomain": "pool.example",
        "hostPinRequired": true, "hostPinRangeLow": 4001, "hostPinRangeHigh": 4002,
        "guestPinRequired": true, "guestPinRangeLow": 5001, "guestPinRangeHigh": 5002,
        "uriNumberRangeLow": 10_000, "uriNumberRangeHigh": 99_999,
    });
    if let (Value::Object(template), Value::Object(more)) = (&mut template, more) {
        template.extend(more);
    }
    let body = Some(template.to_string());
    let template = maker
        .call(Method::POST, "/scheduling-templates", body)
        .await;
    let template = template.good()["id"].clone();
    let mut rooms = Vec::new();
    for _ in 0..count {
        let body = json!({ "organizationId": "region", "schedulingTemplateId": template });
        let made = maker.call(Method::POST, "/scheduling-info", Some(body.to_string()));
        let made = made.await.good();
        let path = format!("/scheduling-info/{}", made["uuid"].as_str().unwrap());
        let live = json!({ "provisionStatus": "PROVISIONED_OK", "provisionVmrId": "17" });
        let live = maker.call(Method::PUT, &path, Some(live.to_string())).await;
        rooms.push(live.good());
    }
    hub.clock.advance(AGE);
    rooms
}

async fn filler<'a>(hub: &'a TestHub) -> Api<'a> {
    Api::with(hub, &[MeetingAdmin, MeetingProvisionerUser]).await
}

/// A meeting that starts so many seconds from now, with `more` said.
pub(crate) fn starting(hub: &TestHub, seconds: i64, more: Value) -> Value {
    let now = hub.clock.now();
    let mut meeting = json!({
        "startTime": (now + jiff::SignedDuration::from_secs(seconds)).to_string(),
        "endTime": (now + jiff::SignedDuration::from_secs(seconds + 3600)).to_string(),
    });
    if let (Value::Object(meeting), Value::Object(more)) = (&mut meeting, more) {
        meeting.extend(more);
    }
    meeting
}

async fn room_of(api: &Api<'_>, meeting: &Value) -> Value {
    let uuid = meeting["uuid"].as_str().unwrap();
    api.get(&format!("/scheduling-info/{uuid}")).await.good()
}

both_engines! {
    async fn a_meeting_takes_a_room_and_the_pool_has_one_less(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = filler(&hub).await;
        let rooms = fill(&hub, &api, 2, json!({ "maxParticipants": 7, "callType": "audio" })).await;
        let pool = |available| json!([["region", 2, available]]);
        let shown = async || {
            let shown = api.get("/pool").await.good();
            let of_one = |one: &Value| json!([one["organisationId"], one["desiredPoolSize"], one["availablePoolSize"]]);
            let pools: Vec<_> = shown.as_array().unwrap().iter().map(of_one).collect();
            (json!(pools), shown)
        };
        let (numbers, whole) = shown().await;
        assert_eq!(numbers, pool(2));
        assert_eq!(members(&whole[0]), [
            "availablePoolSize", "desiredPoolSize", "organisationId", "schedulingInfoList", "schedulingTemplate",
        ]);
        // Newest first; neither a pool template nor a default is there.
        assert_eq!(whole[0]["schedulingInfoList"], json!([rooms[1], rooms[0]]));
        assert_eq!(whole[0]["schedulingTemplate"], Value::Null);

        let asked = json!({ "meetingType": "POOL", "maxParticipants": 3, "callType": "video", "endMeetingOnEndTime": true });
        let meeting = api.book(starting(&hub, 0, asked)).await.good();
        let room = room_of(&api, &meeting).await;
        let before = rooms.iter().find(|one| one["uriWithDomain"] == room["uriWithDomain"]).unwrap();
        assert_eq!(room["uuid"], meeting["uuid"]);
        assert_eq!(room["meetingDetails"], meeting);
        for kept in ["hostPin", "guestPin", "maxParticipants", "callType", "endMeetingOnEndTime", "provisionStatus", "provisionVmrId"] {
            assert_eq!(room[kept], before[kept], "{kept}");
        }
        assert!(room["portalLink"].as_str().unwrap().contains("pin=5001"));
        assert_eq!(room["shortLink"], meeting["shortLink"]);
        let old = api.get(&format!("/scheduling-info/{}", before["uuid"].as_str().unwrap())).await;
        assert_eq!(old.failed(), (404, "11"));
        assert_eq!(shown().await.0, pool(1));

        // An ordinary meeting that starts now takes the other.
        let second = api.book(starting(&hub, 0, json!({}))).await.good();
        assert_ne!(room_of(&api, &second).await["uriWithDomain"], room["uriWithDomain"]);
        assert_eq!(shown().await.0, pool(0));
        let refused = api.book(starting(&hub, 0, json!({ "meetingType": "POOL" }))).await;
        assert_eq!(refused.failed(), (400, "20"));
        assert_eq!(refused.text(), "Unused scheduling information not found for organisation tree for region");
        let own = api.book(starting(&hub, 0, json!({}))).await.good();
        assert_eq!(room_of(&api, &own).await["provisionStatus"], "AWAITS_PROVISION");
    }

    async fn an_organisation_without_a_pool_has_no_ad_hoc_meetings(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let api = Api::of(&hub, Some(("practice", "me@practice.example")), &[MeetingAdmin]).await;
        for seconds in [0, 3600] {
            let refused = api.book(starting(&hub, seconds, json!({ "meetingType": "POOL" }))).await;
            assert_eq!(refused.failed(), (400, "19"));
            assert_eq!(refused.text(), "Can not create ad hoc meeting on non ad hoc organization: practice");
        }
    }

    async fn start_and_age_decide_whether_the_pool_is_used(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = filler(&hub).await;
        fill(&hub, &api, 1, json!({})).await;
        // Two minutes ahead by the hub's clock, which goes on: some seconds either way.
        for (seconds, domain) in [(150, "rooms.example"), (115, "pool.example")] {
            let meeting = api.book(starting(&hub, seconds, json!({ "meetingType": "POOL" }))).await.good();
            let address = room_of(&api, &meeting).await["uriWithDomain"].as_str().unwrap().to_owned();
            assert!(address.ends_with(domain), "{seconds}: {address}");
        }
        let rooms = fill(&hub, &api, 1, json!({})).await;
        // Reported once more, its minute begins anew.
        let path = format!("/scheduling-info/{}", rooms[0]["uuid"].as_str().unwrap());
        let live = json!({ "provisionStatus": "PROVISIONED_OK" });
        api.call(Method::PUT, &path, Some(live.to_string())).await.good();
        let asked = || starting(&hub, 0, json!({ "meetingType": "POOL" }));
        assert_eq!(api.book(asked()).await.failed(), (400, "20"));
        hub.clock.advance(AGE);
        api.book(asked()).await.good();
    }

    async fn every_setting_that_is_named_must_match(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = filler(&hub).await;
        let unusual = unusual();
        let usual = json!({
            "vmrType": "conference", "hostView": "one_main_seven_pips", "guestView": "one_main_seven_pips",
            "vmrQuality": "hd", "enableOverlayText": true, "guestsCanPresent": true,
            "forcePresenterIntoMain": true, "forceEncryption": false, "muteAllGuests": false,
        });
        fill(&hub, &api, 1, unusual.clone()).await;
        for (name, value) in usual.as_object().unwrap() {
            let mut asked = json!({ "meetingType": "POOL" });
            asked[name] = value.clone();
            let refused = api.book(starting(&hub, 0, asked)).await;
            assert_eq!(refused.failed(), (400, "20"), "{name}");
        }
        let mut asked = unusual;
        asked["meetingType"] = json!("POOL");
        api.book(starting(&hub, 0, asked)).await.good();
    }

    async fn a_reservation_is_used_once_by_its_organisation(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let api = filler(&hub).await;
        fill(&hub, &api, 1, json!({})).await;
        let reserved = api.get("/scheduling-info-reserve").await.good();
        let id = reserved["reservationId"].as_str().unwrap();
        assert_eq!((&reserved["hostPin"], &reserved["meetingDetails"]), (&json!(4001), &Value::Null));
        let path = format!("/scheduling-info-reserve/{id}");
        assert_eq!(api.get(&path).await.good(), reserved);
        let none = api.get("/scheduling-info-reserve").await;
        assert_eq!(none.failed(), (404, "11"));
        assert_eq!(none.text(), "Resource: SchedulingInfo in field: SchedulingInfo not found.");

        let other = Api::of(&hub, Some(("practice", "me@practice.example")), &[MeetingAdmin]).await;
        let lost = other.get(&path).await;
        assert_eq!(lost.failed(), (404, "11"));
        assert_eq!(lost.text(), "Resource: schedulingInfo in field: reservationId not found.");
        let with = |more: Value| {
            let mut asked = json!({ "schedulingInfoReservationId": id });
            asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            starting(&hub, 86_400, asked)
        };
        let text = "ReservationId not owned by organisation or not found.";
        let refused = other.book(with(json!({}))).await;
        assert_eq!((refused.failed(), refused.text()), ((400, "29"), text));
        for pin in ["guestPin", "hostPin"] {
            let refused = api.book(with(json!({ pin: 1234 }))).await;
            assert_eq!(refused.failed(), (400, "34"));
            assert_eq!(refused.text(), "Scheduling info reservation can not be used in combination with guest pin and/or host pin.");
        }
        let unknown = json!({ "schedulingInfoReservationId": uuid::Uuid::nil() });
        assert_eq!(api.book(unknown).await.failed(), (400, "29"));

        let meeting = api.book(with(json!({}))).await.good();
        let room = room_of(&api, &meeting).await;
        assert_eq!(room["uriWithDomain"], reserved["uriWithDomain"]);
        assert_eq!(room["reservationId"], id);
        let again = api.book(with(json!({}))).await;
        assert_eq!((again.failed(), again.text()), ((400, "29"), text));
        assert_eq!(api.get(&path).await.failed(), (404, "11"));
    }

    async fn a_reservation_runs_out(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = filler(&hub).await;
        fill(&hub, &api, 1, json!({})).await;
        let reserved = api.get("/scheduling-info-reserve").await.good();
        hub.clock.advance(Duration::from_secs(24 * 3600));
        // The token has run out as well.
        let api = filler(&hub).await;
        let id = &reserved["reservationId"];
        let path = format!("/scheduling-info-reserve/{}", id.as_str().unwrap());
        assert_eq!(api.get(&path).await.failed(), (404, "11"));
        let late = api.book(starting(&hub, 0, json!({ "schedulingInfoReservationId": id }))).await;
        assert_eq!(late.failed(), (400, "29"));
        let again = api.get("/scheduling-info-reserve").await.good();
        assert_eq!(again["uuid"], reserved["uuid"]);
        assert_ne!(&again["reservationId"], id);
    }

    async fn a_reservation_says_all_settings_or_means_the_usual_ones(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = filler(&hub).await;
        fill(&hub, &api, 1, json!({ "vmrQuality": "sd", "muteAllGuests": true })).await;
        for query in ["", "?vmrQuality=sd", "?muteAllGuests=true", "?vmrQuality=sd&muteAllGuests=true&guestView=one_main_zero_pips"] {
            let none = api.get(&format!("/scheduling-info-reserve{query}")).await;
            assert_eq!(none.failed(), (404, "11"), "{query}");
        }
        for query in ["vmrType=party", "hostView=", "vmrQuality=full_hd", "muteAllGuests=yes", "forceEncryption=1"] {
            let refused = api.get(&format!("/scheduling-info-reserve?{query}")).await;
            assert_eq!(refused.failed(), (400, "10"), "{query}");
        }
        assert_eq!(api.get("/scheduling-info-reserve/1").await.failed(), (400, "10"));
        let query = "vmrQuality=sd&muteAllGuests=true&vmrType=conference&enableOverlayText=true";
        api.get(&format!("/scheduling-info-reserve?{query}")).await.good();
    }

    async fn many_bookings_at_once_over_http_get_each_room_once(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = filler(&hub).await;
        let rooms = fill(&hub, &api, 12, json!({})).await;
        let asked = starting(&hub, 0, json!({ "meetingType": "POOL" }));
        let answers = futures::future::join_all((0..50).map(|_| api.book(asked.clone()))).await;
        let mut taken = HashSet::new();
        let mut refused = 0;
        for answer in answers {
            if answer.status.is_success() {
                let room = room_of(&api, &answer.good()).await;
                assert!(taken.insert(room["uriWithDomain"].to_string()), "handed out twice");
            } else {
                assert_eq!(answer.failed(), (400, "20"));
                refused += 1;
            }
        }
        let expected: HashSet<_> = rooms.iter().map(|room| room["uriWithDomain"].to_string()).collect();
        assert_eq!((taken, refused), (expected, 38));
    }
}
