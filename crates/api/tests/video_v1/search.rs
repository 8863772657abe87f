//! Finding meetings by v1.

use serde_json::json;
use vdx_domain::ApiRole::MeetingPlanner;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::Api;

both_engines! {
    async fn times_that_narrow_a_search_do_not_count_themselves(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        // It begins at ten.
        let meeting = api.book(json!({ "subject": "Talk" })).await.good();
        let found = async |query: String| {
            let (found, _) = api.get(&format!("/meetings?{query}")).await.list("meetingDtoList");
            assert!(found.iter().all(|one| one["uuid"] == meeting["uuid"]));
            found.len()
        };
        for (from, to, within, at_bound) in [
            ("09:59:59", "10:00:01", 1, 0),
            ("10:00:00", "10:00:01", 0, 1),
            ("09:59:59", "10:00:00", 0, 1),
            ("10:00:01", "11:00:00", 0, 0),
        ] {
            let at = |time: &str| format!("2030-01-01T{time}%20%2B0000");
            let times = format!("from-start-time={}&to-start-time={}", at(from), at(to));
            assert_eq!(found(format!("search=alk&{times}")).await, within, "{times}");
            // By themselves they do.
            assert_eq!(found(times.clone()).await, within + at_bound, "{times}");
        }
    }
}
