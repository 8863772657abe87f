//! What bookings leave in the audit trail.

use serde_json::Value;
use vdx_booking::{
    Actor, BookingRequest, Change, Error, Information, Interval, Meeting, MeetingChange,
    MeetingSearch, ProvisionReport, Provisioners,
};
use vdx_domain::{ApiRole, MeetingId, ProvisionStatus, SchedulingInfoId};
use vdx_store::audit::{self, Record};
use vdx_store::templates::TemplateValues;
use vdx_store::{both_engines, meetings, templates};

use crate::pools::{pool_template, with_pool};
use crate::rig::{Rig, actor, admin, at, code, maker, request};
use crate::template_admin::{asked, default};

async fn trail(rig: &Rig, id: MeetingId) -> Vec<Record> {
    trail_of(rig, &id.to_string()).await
}

async fn trail_of(rig: &Rig, identifier: &str) -> Vec<Record> {
    audit::of(&mut rig.test.db.reader(), identifier)
        .await
        .unwrap()
}

fn details(record: &Record) -> Value {
    serde_json::from_str(&record.details).unwrap()
}

/// The states before and after of the last record of this kind.
fn states(records: &[Record], operation: &str, resource: &str) -> (Value, Value) {
    let kind = |record: &&Record| record.operation == operation && record.resource == resource;
    let details = details(records.iter().rfind(kind).unwrap());
    (details["before"].clone(), details["after"].clone())
}

/// What the trail tells of lists and searches, oldest first.
async fn searches(rig: &Rig) -> Vec<Record> {
    trail_of(rig, "search").await
}

/// The only record of a list or search since there were `before`: of this kind
/// of thing, asked for by this caller and finding these.
async fn searched(
    rig: &Rig,
    before: usize,
    resource: &str,
    who: &Actor,
    found: &[String],
) -> Value {
    let records = searches(rig).await;
    assert_eq!(records.len(), before + 1);
    let record = &records[before];
    assert_eq!((&*record.operation, &*record.resource), ("read", resource));
    assert_eq!(record.actor_organisation, who.organisation);
    assert_eq!(record.actor_email, who.email);
    let details = details(record);
    assert_eq!(details["count"], found.len());
    assert_eq!(details["found"], Value::from(found));
    details["asked"].clone()
}

fn report(status: ProvisionStatus) -> ProvisionReport {
    ProvisionReport {
        status,
        description: None,
        vmr_id: None,
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn told(records: &[Record]) -> Vec<(&str, &str)> {
    let mut told: Vec<_> = records
        .iter()
        .map(|record| (&*record.operation, &*record.resource))
        .collect();
    told.sort_unstable();
    told
}

both_engines! {
    async fn a_booking_is_told_with_its_state_and_without_its_pins(test: TestDb) {
        let rig = Rig::new(test).await;
        let mut asked = request();
        (asked.host_pin, asked.guest_pin) = (Some(738_291), Some(564_738));
        let meeting = rig.booking.create(&admin("region"), &asked).await.unwrap();
        let records = trail(&rig, meeting.id).await;
        assert_eq!(told(&records), [("create", "meeting"), ("create", "schedulingInfo")]);
        for record in &records {
            assert_eq!(record.actor, "client:test");
            assert_eq!(record.actor_organisation.as_ref().unwrap().0, "region");
            let details: Value = serde_json::from_str(&record.details).unwrap();
            assert!(details["before"].is_null());
            assert_eq!(details["after"]["uuid"], meeting.id.to_string());
            for pin in ["738291", "564738"] {
                assert!(!record.details.contains(pin), "{}", record.details);
            }
        }
    }

    async fn what_is_told_of_a_booking_is_what_is_stored(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.clock.set("2026-12-01T09:00:00.123456789Z");
        let who = admin("region");
        let asked = BookingRequest {
            description: Some("with all there is".to_owned()),
            labels: vec!["b".into(), "a".into()],
            information: vec![Information { key: "k".into(), value: "v".into() }],
            organized_by_email: Some("other@region.example".to_owned()),
            host_pin: Some(738_291),
            call_type: Some("AudioSendrecv".to_owned()),
            ..request()
        };
        let meeting = rig.booking.create(&who, &asked).await.unwrap();
        let stored = meetings::find(&mut rig.test.db.reader(), meeting.id).await.unwrap();
        assert_eq!(stored.as_ref(), Some(&meeting));
        let room = rig.room(&meeting).await;
        let link = room.portal_link.unwrap();
        assert!(link.contains("AudioSendrecv") && link.contains(room.address.as_str()), "{link}");

        rig.booking.delete(&who, meeting.id).await.unwrap();
        let records = trail(&rig, meeting.id).await;
        for resource in ["meeting", "schedulingInfo"] {
            let state = |operation: &str, when: &str| -> Value {
                let told = |record: &&Record| (&*record.resource, &*record.operation) == (resource, operation);
                let record = records.iter().find(told).unwrap();
                serde_json::from_str::<Value>(&record.details).unwrap()[when].clone()
            };
            assert_eq!(state("create", "after"), state("delete", "before"), "{resource}");
        }
    }

    async fn a_refused_booking_leaves_nothing(test: TestDb) {
        let rig = Rig::new(test).await;
        let mut asked = request();
        asked.id = Some(MeetingId::generate());
        asked.external_id = Some("x".to_owned());
        rig.booking.create(&admin("region"), &asked).await.unwrap();
        let refused = MeetingId::generate();
        asked.id = Some(refused);
        rig.booking.create(&admin("region"), &asked).await.unwrap_err();
        assert_eq!(trail(&rig, refused).await, []);
    }

    async fn readings_and_removals_are_told(test: TestDb) {
        let rig = Rig::new(test).await;
        let who = admin("region");
        let id = rig.booking.create(&who, &request()).await.unwrap().id;
        rig.booking.meeting(&who, id).await.unwrap();
        rig.booking.scheduling_info(&who, SchedulingInfoId(id.0)).await.unwrap();
        rig.booking.delete(&who, id).await.unwrap();
        let records = trail(&rig, id).await;
        assert_eq!(
            told(&records),
            [
                ("create", "meeting"),
                ("create", "schedulingInfo"),
                ("delete", "meeting"),
                ("delete", "schedulingInfo"),
                ("read", "meeting"),
                ("read", "schedulingInfo"),
            ]
        );
        let removed = records.iter().find(|r| r.operation == "delete").unwrap();
        let details: Value = serde_json::from_str(&removed.details).unwrap();
        assert!(details["before"].is_object() && details["after"].is_null());
    }

    async fn what_a_stranger_may_not_see_is_not_told_as_read(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.booking.create(&admin("region"), &request()).await.unwrap().id;
        rig.booking.meeting(&admin("municipality"), id).await.unwrap_err();
        assert_eq!(trail(&rig, id).await.len(), 2);
    }

    async fn a_change_is_told_before_and_after(test: TestDb) {
        let rig = Rig::new(test).await;
        let (host_pin, guest_pin) = (Some(738_291), Some(564_738));
        let id = rig.book("town", &BookingRequest { host_pin, guest_pin, ..request() }).await.id;
        let planner = actor("town", "planner@example.org", &[ApiRole::MeetingPlanner]);
        let change = |guest_pin| MeetingChange {
            subject: Change::To("New".into()),
            guest_pin: Change::To(guest_pin),
            ..MeetingChange::default()
        };
        rig.booking.change(&planner, id, &change(Some(847_362))).await.unwrap();
        let records = trail(&rig, id).await;
        let (before, after) = states(&records, "update", "meeting");
        assert_eq!((&before["subject"], &after["subject"]), (&"Talk".into(), &"New".into()));
        assert_eq!(before, states(&records, "create", "meeting").1);
        assert_eq!(after["updatedBy"]["email"], "planner@example.org");
        let (before, after) = states(&records, "update", "schedulingInfo");
        assert_eq!(before, states(&records, "create", "schedulingInfo").1);
        assert_eq!(after["updatedBy"]["email"], "planner@example.org");

        rig.booking.change(&planner, id, &change(None)).await.unwrap();
        let records = trail(&rig, id).await;
        let kinds = [("create", "meeting"), ("create", "schedulingInfo")];
        let changes = [("update", "meeting"), ("update", "meeting"), ("update", "schedulingInfo"), ("update", "schedulingInfo")];
        assert_eq!(told(&records), [&kinds[..], &changes].concat());
        let (before, after) = states(&records, "update", "schedulingInfo");
        assert_eq!((&before["hasGuestPin"], &after["hasGuestPin"]), (&true.into(), &false.into()));
        for record in &records {
            if record.operation == "update" {
                assert_eq!(record.actor_email.as_deref(), Some("planner@example.org"));
                assert_eq!(record.organisation, code("town"));
            }
            for pin in ["738291", "564738", "847362"] {
                assert!(!record.details.contains(pin), "{}", record.details);
            }
        }
    }

    async fn a_refused_change_is_not_told(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.book("town", &request()).await.id;
        let change = |subject: &str| MeetingChange {
            subject: Change::To(subject.to_owned()),
            ..MeetingChange::default()
        };
        let refused = rig.booking.change(&admin("town"), id, &change(&"s".repeat(101))).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
        let refused = rig.booking.change(&admin("region"), id, &change("s")).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        assert_eq!(trail(&rig, id).await.len(), 2);
        let status = ProvisionStatus::StartingToProvision;
        rig.booking.report(&maker("town"), SchedulingInfoId(id.0), report(status)).await.unwrap();
        let refused = rig.booking.change(&admin("town"), id, &change("s")).await;
        assert!(matches!(refused, Err(Error::NotChangeable)), "{refused:?}");
        let refused = rig.booking.delete(&admin("town"), id).await;
        assert!(matches!(refused, Err(Error::NotDeletable)), "{refused:?}");
        assert_eq!(trail(&rig, id).await.len(), 3);
    }

    async fn a_report_is_told(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.book("town", &request()).await.id;
        let room = SchedulingInfoId(id.0);
        let long = ProvisionReport { description: Some("d".repeat(201)), ..report(ProvisionStatus::ProvisionedOk) };
        rig.booking.report(&maker("region"), room, long).await.unwrap_err();
        assert_eq!(trail(&rig, id).await.len(), 2);
        rig.booking.report(&maker("region"), room, report(ProvisionStatus::ProvisionedOk)).await.unwrap();
        let records = trail(&rig, id).await;
        assert_eq!(told(&records)[2..], [("update", "schedulingInfo")]);
        let (before, after) = states(&records, "update", "schedulingInfo");
        assert_eq!(before, states(&records, "create", "schedulingInfo").1);
        assert_eq!(before["provisionStatus"], "AWAITS_PROVISION");
        assert_eq!(after["provisionStatus"], "PROVISIONED_OK");
        let record = records.iter().find(|record| record.operation == "update").unwrap();
        assert_eq!(record.actor_organisation, Some(code("region")));
        assert_eq!(record.actor_email.as_deref(), Some("maker@example.org"));
        // Whose room it is, not who reports.
        assert_eq!(record.organisation, code("town"));
    }

    async fn templates_are_told(test: TestDb) {
        let rig = Rig::new(test).await;
        let me = admin("town");
        let old = rig.booking.create_template(&me, default()).await.unwrap().id;
        let new = rig.booking.create_template(&me, default()).await.unwrap().id;
        let of = async |id: i64| trail_of(&rig, &id.to_string()).await;
        let records = of(old).await;
        assert_eq!(told(&records), [("create", "schedulingTemplate"), ("update", "schedulingTemplate")]);
        let (before, after) = states(&records, "update", "schedulingTemplate");
        assert_eq!((&before["isDefaultTemplate"], &after["isDefaultTemplate"]), (&true.into(), &false.into()));

        rig.booking.template(&me, new).await.unwrap();
        rig.booking.update_template(&me, new, asked()).await.unwrap();
        rig.booking.delete_template(&me, new).await.unwrap();
        let records = of(new).await;
        let kinds = ["create", "delete", "read", "update"].map(|operation| (operation, "schedulingTemplate"));
        assert_eq!(told(&records), kinds);
        assert!(records.iter().all(|record| record.organisation == code("town")));
        let (_, created) = states(&records, "create", "schedulingTemplate");
        let (before, updated) = states(&records, "update", "schedulingTemplate");
        let (removed, nothing) = states(&records, "delete", "schedulingTemplate");
        assert_eq!((&created, &updated, nothing), (&before, &removed, Value::Null));
        assert_eq!(created["createdBy"]["email"], "admin@example.org");

        rig.booking.templates(&me).await.unwrap();
        let list = searched(&rig, 0, "schedulingTemplate", &me, &[old.to_string()]).await;
        assert_eq!(list["list"], "template");
        rig.booking.template(&admin("region"), old).await.unwrap_err();
        rig.booking.update_template(&admin("region"), old, asked()).await.unwrap_err();
        assert_eq!(of(old).await.len(), 2);
    }

    async fn the_shared_template_is_told_as_the_hubs_own(test: TestDb) {
        let rig = Rig::new(test).await;
        for _ in 0..2 {
            rig.book("town", &request()).await;
        }
        let made = templates::find_default(&mut rig.test.db.reader(), None).await.unwrap().unwrap();
        let records = trail_of(&rig, &made.id.to_string()).await;
        let [record] = &*records else { panic!("{records:?}") };
        assert_eq!(told(&records), [("create", "schedulingTemplate")]);
        assert_eq!((&*record.actor, &record.actor_email), ("hub:template", &None));
        assert_eq!(states(&records, "create", "schedulingTemplate").1["uriDomain"], "rooms.example");
    }

    async fn searches_are_told_with_what_was_asked_and_found(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = BookingRequest { labels: vec!["Ward 7".into()], ..request() };
        let meeting = rig.book("town", &asked).await;
        let found = [meeting.id.to_string()];
        let me = admin("town");
        let nothing = MeetingSearch::default;
        let times = (meeting.starts_at, meeting.ends_at);
        for (n, (search, key, value, found)) in [
            (MeetingSearch { label: some("Ward 7"), ..nothing() }, "label", "Ward 7", &found[..]),
            (MeetingSearch { subject: some("Talk"), ..nothing() }, "subject", "Talk", &found),
            (MeetingSearch { organized_by: some("admin@example.org"), ..nothing() }, "organizedBy", "admin@example.org", &found),
            (MeetingSearch { text: some("alk"), ..nothing() }, "search", "alk", &found),
            (MeetingSearch { from: Some(times.0), to: Some(times.1), ..nothing() }, "fromStartTime", "2026-12-01T10:00:00Z", &found),
            // Who looks for somebody and finds nothing has looked too.
            (MeetingSearch { label: some("nobody"), ..nothing() }, "label", "nobody", &[]),
            (MeetingSearch { address: some("x@rooms.example"), ..nothing() }, "uriWithDomain", "x@rooms.example", &[]),
        ].into_iter().enumerate() {
            rig.booking.search(&me, &search).await.unwrap();
            assert_eq!(searched(&rig, n, "meeting", &me, found).await[key], value);
        }
        assert_eq!(trail(&rig, meeting.id).await.len(), 2);
    }

    async fn a_meeting_found_by_its_name_is_told_as_read(test: TestDb) {
        let rig = Rig::new(test).await;
        let me = admin("town");
        let meeting: Meeting = rig.book("town", &request()).await;
        let room = rig.room(&meeting).await;
        let by_short_id = MeetingSearch { short_id: some(meeting.short_id.as_str()), ..MeetingSearch::default() };
        rig.booking.search(&me, &by_short_id).await.unwrap();
        rig.booking.meeting_by_address(&me, room.address.as_str()).await.unwrap();
        rig.booking.meeting_by_number(&me, &room.uri_without_domain.unwrap()).await.unwrap();
        let records = trail(&rig, meeting.id).await;
        assert_eq!(told(&records)[2..], [("read", "meeting"); 3]);
        assert!(searches(&rig).await.is_empty());
        // Who may not see it has read nothing.
        let stranger = admin("region");
        rig.booking.search(&stranger, &by_short_id).await.unwrap_err();
        rig.booking.meeting_by_address(&stranger, room.address.as_str()).await.unwrap_err();
        assert_eq!(trail(&rig, meeting.id).await.len(), 5);
    }

    async fn lists_of_rooms_are_told(test: TestDb) {
        let rig = Rig::with(test, |settings| {
            settings.provisioners = Provisioners { lists: [code("town")].into(), ..Provisioners::default() };
        }).await;
        let meeting = rig.book("town", &request()).await;
        let (room, who) = ([meeting.id.to_string()], maker("town"));
        let interval = Interval {
            from: at("2026-12-01T09:00:00Z"),
            to: at("2026-12-01T12:00:00Z"),
            status: ProvisionStatus::AwaitsProvision,
        };
        rig.booking.scheduling_infos(&who, interval).await.unwrap();
        let asked = searched(&rig, 0, "schedulingInfo", &who, &room).await;
        assert_eq!((&asked["from"], &asked["status"]), (&"2026-12-01T09:00:00Z".into(), &"AWAITS_PROVISION".into()));
        rig.clock.set("2026-12-01T10:00:00Z");
        rig.booking.rooms_to_provision(&who).await.unwrap();
        assert_eq!(searched(&rig, 1, "schedulingInfo", &who, &room).await["list"], "provision");
        rig.booking.report(&who, SchedulingInfoId(meeting.id.0), report(ProvisionStatus::ProvisionedOk)).await.unwrap();
        rig.clock.set("2026-12-01T11:00:01Z");
        rig.booking.rooms_to_deprovision(&who).await.unwrap();
        assert_eq!(searched(&rig, 2, "schedulingInfo", &who, &room).await["list"], "deprovision");
    }

    async fn a_look_at_pools_is_told(test: TestDb) {
        let rig = Rig::new(test).await;
        let rooms = with_pool(&rig, 1).await;
        let me = admin("region");
        rig.booking.pools(&me).await.unwrap();
        let asked = searched(&rig, 0, "schedulingInfo", &me, &[rooms[0].id.to_string()]).await;
        assert_eq!(asked["list"], "pool");
        let values = TemplateValues { is_pool: true, ..pool_template(Some("region")) };
        let template = rig.add_template(&values).await;
        rig.booking.pools(&me).await.unwrap();
        let asked = searched(&rig, 2, "schedulingTemplate", &me, &[template.to_string()]).await;
        assert_eq!(asked["list"], "pool");
    }

    async fn a_refused_search_is_not_told(test: TestDb) {
        let rig = Rig::new(test).await;
        let nothing = MeetingSearch::default;
        for refused in [
            nothing(),
            MeetingSearch { from: Some(at("2026-12-01T09:00:00Z")), ..nothing() },
            MeetingSearch { short_id: some("short"), ..nothing() },
        ] {
            rig.booking.search(&admin("town"), &refused).await.unwrap_err();
        }
        assert!(searches(&rig).await.is_empty());
    }

    async fn of_many_that_were_found_a_thousand_are_named(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.add_many("town", 0, 1001).await;
        let many = MeetingSearch { subject: some("Many"), ..MeetingSearch::default() };
        rig.booking.search(&admin("town"), &many).await.unwrap();
        let records = searches(&rig).await;
        let details = details(&records[0]);
        assert_eq!(details["count"], 1001);
        assert_eq!(details["found"].as_array().unwrap().len(), 1000);
    }
}
