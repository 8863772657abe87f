//! What callers do and read is in the audit trail, with who they are.

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole::{MeetingPlanner, MeetingProvisioner};
use vdx_store::audit::{self, Record};
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Api, uuid_of};

async fn trail(hub: &TestHub, of: &str) -> Vec<Record> {
    audit::of(&mut hub.db.reader(), of).await.unwrap()
}

/// That it was this caller, from here.
fn assert_by(record: &Record, api: &Api<'_>, identity: Option<(&str, &str)>) {
    assert_eq!(record.actor, api.agent);
    assert_eq!(record.origin.as_deref(), Some("127.0.0.1"));
    let organisation = record
        .actor_organisation
        .as_ref()
        .map(|code| code.0.as_str());
    assert_eq!(organisation.zip(record.actor_email.as_deref()), identity);
}

const ME: (&str, &str) = ("region", "me@example.org");

both_engines! {
    async fn a_change_tells_who_made_it_and_from_where(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let uuid = uuid_of(&api.book(json!({ "subject": "Before" })).await.good());
        let path = format!("/meetings/{uuid}");
        let change = json!({ "subject": "After" }).to_string();
        api.call(Method::PATCH, &path, Some(change)).await.good();
        assert_eq!(api.delete(&path).await.status.as_u16(), 204);

        let records = trail(&hub, &uuid).await;
        // Meeting and room have one id.
        let of_meeting: Vec<&Record> = records.iter().filter(|record| record.resource == "meeting").collect();
        let done: Vec<&str> = of_meeting.iter().map(|record| record.operation.as_str()).collect();
        assert_eq!(done, ["create", "update", "delete"]);
        for record in &records {
            assert_by(record, &api, Some(ME));
            assert_eq!(record.organisation.0, "region");
        }
        let details: Value = serde_json::from_str(&of_meeting[1].details).unwrap();
        assert_eq!(details["before"]["subject"], "Before");
        assert_eq!(details["after"]["subject"], "After");
    }

    async fn a_search_tells_who_asked_and_what_was_found(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let meeting = api.book(json!({ "subject": "Talk" })).await.good();
        api.get("/meetings?subject=Talk").await.good();
        let machine = Api::of(&hub, None, &[MeetingProvisioner]).await;
        machine.get("/meetings?subject=Talk").await.good();

        let records = trail(&hub, "search").await;
        let by = |api: &Api<'_>| records.iter().find(|record| record.actor == api.agent).unwrap();
        assert_eq!(records.len(), 2);
        for (api, identity, found) in [(&api, Some(ME), json!([meeting["uuid"]])), (&machine, None, json!([]))] {
            let record = by(api);
            assert_by(record, api, identity);
            assert_eq!((record.resource.as_str(), record.operation.as_str()), ("meeting", "read"));
            let details: Value = serde_json::from_str(&record.details).unwrap();
            assert_eq!(details["asked"]["subject"], "Talk");
            assert_eq!(details["found"], found);
        }
    }
}
