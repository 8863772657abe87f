//! Instants: four spellings are read, one is written.

use serde_json::{Value, json};
use vdx_domain::ApiRole::MeetingPlanner;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Api, meeting, over};

both_engines! {
    async fn four_spellings_are_read_and_one_is_written(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        for start in [
            "2030-01-01T11:00:00 +0100",
            "2030-01-01T11:00:00+0100",
            "2030-01-01T11:00:00 +01",
            "2030-01-01T11:00:00+01:00",
            "2030-01-01T10:00:00Z",
            "2030-01-01T10:00:00.999 +0000",
        ] {
            let made = api.book(json!({ "startTime": start })).await.good();
            assert_eq!(made["startTime"], "2030-01-01T10:00:00 +0000", "{start}");
            let path = format!("/meetings/{}", made["uuid"].as_str().unwrap());
            let patched = api.patch(&path, &json!({ "startTime": start })).await.good();
            assert_eq!(patched["startTime"], "2030-01-01T10:00:00 +0000", "{start}");
            let put = api.put(&path, &over(meeting(), json!({ "startTime": start }))).await.good();
            assert_eq!(put["startTime"], "2030-01-01T10:00:00 +0000", "{start}");
        }
    }

    async fn every_instant_of_an_answer_is_spelt_so(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        let made = api.book(json!({ "startTime": hub_now(&hub) })).await.good();
        hub.hub.booking.provision_due().await.unwrap();
        let path = format!("/meetings/{}", made["uuid"].as_str().unwrap());
        let end = json!({ "endTime": "2030-01-01T12:00:00 +0000" });
        let changed = api.patch(&path, &end).await.good();
        let room = api.get(&path.replace("meetings", "scheduling-info")).await.good();
        for (of, member) in [
            (&changed, "startTime"), (&changed, "endTime"), (&changed, "createdTime"), (&changed, "updatedTime"),
            (&room, "createdTime"), (&room, "updatedTime"), (&room, "provisionTimestamp"),
            (&room["meetingDetails"], "endTime"),
        ] {
            assert!(is_spelt(&of[member]), "{member}: {}", of[member]);
        }
    }

    async fn what_is_no_instant_is_refused(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        for (start, code) in [
            ("2030-01-01T10:00:00", None),
            ("2030-01-01T10:00:00 0000", None),
            ("tomorrow", None),
            ("10000-01-01T10:00:00 +0000", Some(30)),
        ] {
            let refused = api.book(json!({ "startTime": start })).await;
            assert_eq!(refused.failed(), (400, code), "{start}");
        }
    }

    async fn a_query_has_them_too(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        let made = api.book(json!({})).await.good();
        for (from, to) in [
            ("2030-01-01T10:00:00%2B0000", "2030-01-01T10:00:00%2B0000"),
            ("2030-01-01T10:00:00%20%2B0000", "2030-01-01T11:00:00+%2B0100"),
            ("2030-01-01T10:00:00Z", "2030-01-01T11:00:00%2B01:00"),
        ] {
            let query = format!("/meetings?from-start-time={from}&to-start-time={to}");
            let (found, _) = api.get(&query).await.list("meetingDtoList");
            assert_eq!(found.len(), 1, "{query}");
            assert_eq!(found[0]["uuid"], made["uuid"]);
        }
        // A plus sign that is not encoded is a space.
        let query = "/meetings?from-start-time=2030-01-01T10:00:00+0000&to-start-time=2030-01-01T10:00:00Z";
        assert_eq!(api.get(query).await.failed(), (400, None));
    }
}

fn hub_now(hub: &TestHub) -> String {
    vdx_domain::Clock::now(&*hub.clock).to_string()
}

/// As in `2030-01-01T10:00:00 +0000`.
fn is_spelt(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let shape: String = text
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    shape == "0000-00-00T00:00:00 +0000"
}
