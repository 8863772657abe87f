//! Who may do what to whose things: the caller's own, another's of the same
//! organisation, another organisation's.

use serde_json::{Value, json};
use vdx_domain::ApiRole::{
    self, MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_store::both_engines;
use vdx_testkit::{ORGANISATION, TestHub};

use crate::rig::{Api, add_organisation, meeting, over, template};

/// What a caller is answered: on own, another's and another organisation's things.
struct Row {
    role: ApiRole,
    /// Whether the caller has an organisation and an e-mail.
    named: bool,
    read_meeting: [u16; 3],
    change_meeting: [u16; 3],
    book: u16,
    read_room: [u16; 3],
    make_rooms: u16,
    change_templates: u16,
}

const ROWS: [Row; 6] = [
    Row {
        role: MeetingUser,
        named: true,
        read_meeting: [200, 403, 403],
        change_meeting: [200, 403, 403],
        book: 200,
        read_room: [200, 200, 403],
        make_rooms: 401,
        change_templates: 401,
    },
    Row {
        role: MeetingPlanner,
        named: true,
        read_meeting: [200, 200, 403],
        change_meeting: [200, 200, 403],
        book: 200,
        read_room: [200, 200, 403],
        make_rooms: 401,
        change_templates: 401,
    },
    Row {
        role: MeetingAdmin,
        named: true,
        read_meeting: [200, 200, 403],
        change_meeting: [200, 200, 403],
        book: 200,
        read_room: [200, 200, 403],
        make_rooms: 401,
        change_templates: 200,
    },
    Row {
        role: MeetingProvisionerUser,
        named: true,
        read_meeting: [200, 200, 403],
        change_meeting: [200, 200, 403],
        book: 200,
        read_room: [200, 200, 200],
        make_rooms: 200,
        change_templates: 401,
    },
    // With a name it is a provisioner-user.
    Row {
        role: MeetingProvisioner,
        named: true,
        read_meeting: [200, 200, 403],
        change_meeting: [200, 200, 403],
        book: 200,
        read_room: [200, 200, 200],
        make_rooms: 200,
        change_templates: 401,
    },
    Row {
        role: MeetingProvisioner,
        named: false,
        read_meeting: [403, 403, 403],
        change_meeting: [401, 401, 401],
        book: 401,
        read_room: [200, 200, 200],
        make_rooms: 401,
        change_templates: 401,
    },
];

const ME: (&str, &str) = (ORGANISATION, "me@example.org");
/// The caller itself, a colleague, and somebody elsewhere.
const OWNERS: [(&str, &str); 3] = [
    ME,
    (ORGANISATION, "colleague@example.org"),
    ("practice", "stranger@example.org"),
];

async fn caller<'a>(hub: &'a TestHub, row: &Row) -> Api<'a> {
    Api::of(hub, row.named.then_some(ME), row.role).await
}

async fn status(api: &Api<'_>, call: (&str, &str, Option<Value>)) -> u16 {
    let (method, path, body) = call;
    let body = body.map(|body| body.to_string());
    let answer = api.call(method.parse().unwrap(), path, body).await;
    if answer.status.is_client_error() {
        answer.failed();
    }
    answer.status.as_u16()
}

both_engines! {
    async fn meetings_and_their_rooms(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        for row in &ROWS {
            let api = caller(&hub, row).await;
            for (whose, owner) in OWNERS.into_iter().enumerate() {
                let owner = Api::of(&hub, Some(owner), MeetingUser).await;
                let made = owner.book(json!({})).await.good();
                let uuid = made["uuid"].as_str().unwrap();
                let (path, room) = (format!("/meetings/{uuid}"), format!("/scheduling-info/{uuid}"));
                let by_short_id = format!("/meetings?short-id={}", made["shortId"].as_str().unwrap());
                let organiser = json!({ "organizedByEmail": made["organizedBy"]["email"] });
                let put = over(meeting(), organiser.clone());
                let waits = json!({ "provisionStatus": "AWAITS_PROVISION" });
                for (call, expected) in [
                    (("GET", path.as_str(), None), row.read_meeting[whose]),
                    (("GET", &by_short_id, None), row.read_meeting[whose]),
                    (("GET", &room, None), row.read_room[whose]),
                    (("PATCH", &path, Some(json!({ "subject": "s" }))), row.change_meeting[whose]),
                    (("PUT", &path, Some(put)), row.change_meeting[whose]),
                    // Makers of rooms work for everybody.
                    (("PUT", &room, Some(waits)), row.make_rooms),
                    (("DELETE", &path, None), row.change_meeting[whose]),
                ] {
                    let what = format!("{} named {} on {whose}: {call:?}", row.role, row.named);
                    assert_eq!(status(&api, call).await, expected, "{what}");
                }
            }
        }
    }

    async fn searches_find_what_may_be_read(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let mut owned = Vec::new();
        for owner in OWNERS {
            let api = Api::of(&hub, Some(owner), MeetingUser).await;
            let made = api.book(json!({ "subject": "matrix" })).await.good();
            let room = api.get(&format!("/scheduling-info/{}", made["uuid"].as_str().unwrap())).await.good();
            owned.push((made, room["uriWithDomain"].as_str().unwrap().to_owned()));
        }
        for row in &ROWS {
            let api = caller(&hub, row).await;
            let (found, _) = api.get("/meetings?subject=matrix").await.list("meetingDtoList");
            for (whose, (meeting, address)) in owned.iter().enumerate() {
                let is_found = found.iter().any(|found| found["uuid"] == meeting["uuid"]);
                assert_eq!(is_found, row.read_meeting[whose] == 200, "{} named {} on {whose}", row.role, row.named);
                // Provisioners look everywhere by address.
                let everywhere = row.read_room[2] == 200;
                let expected = if everywhere || row.read_meeting[whose] == 200 { 200 } else { 403 };
                let path = format!("/meetings/findByUriWithDomain?uri={address}");
                assert_eq!(status(&api, ("GET", &path, None)).await, expected, "{} on {whose}", row.role);
            }
        }
    }

    async fn what_belongs_to_nobody_in_particular(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let admin = Api::with(&hub, MeetingAdmin).await;
        let stranger = Api::of(&hub, Some(OWNERS[2]), MeetingAdmin).await;
        let foreign = stranger.make_template(json!({})).await.good();
        let foreign = format!("/scheduling-templates/{}", foreign["id"]);
        for row in &ROWS {
            let api = caller(&hub, row).await;
            let made = admin.make_template(json!({})).await.good();
            let own = format!("/scheduling-templates/{}", made["id"]);
            let room = json!({ "organizationId": ORGANISATION, "schedulingTemplateId": made["id"] });
            let interval = "/scheduling-info?from-start-time=2029-01-01T00:00:00Z&to-end-time=2031-01-01T00:00:00Z";
            let on_foreign = if row.change_templates == 200 { 404 } else { 401 };
            for (call, expected) in [
                (("GET", "/info", None), 200),
                (("POST", "/meetings", Some(meeting())), row.book),
                (("GET", interval, None), 200),
                (("POST", "/scheduling-info", Some(room)), row.make_rooms),
                (("GET", "/scheduling-info-provision", None), row.make_rooms),
                (("GET", "/scheduling-info-deprovision", None), row.make_rooms),
                (("GET", "/scheduling-templates", None), 200),
                (("GET", own.as_str(), None), if row.named { 200 } else { 404 }),
                (("GET", &foreign, None), 404),
                (("POST", "/scheduling-templates", Some(template())), row.change_templates),
                (("PUT", &own, Some(template())), row.change_templates),
                (("PUT", &foreign, Some(template())), on_foreign),
                (("DELETE", &foreign, None), on_foreign),
                (("DELETE", &own, None), row.change_templates),
            ] {
                let what = format!("{} named {}: {call:?}", row.role, row.named);
                assert_eq!(status(&api, call).await, expected, "{what}");
            }
        }
    }

    async fn roles_are_checked_before_the_body(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, MeetingPlanner).await;
        for path in ["/scheduling-info", "/scheduling-templates"] {
            assert_eq!(
                status(&api, ("POST", path, Some(json!("no object")))).await,
                401
            );
        }
    }
}
