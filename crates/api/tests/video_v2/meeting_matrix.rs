//! Which role may do what with whose meetings: role × operation × own, a
//! colleague's, one of an organisation below, and of another organisation.

use serde_json::{Value, json};
use vdx_domain::ApiRole::{
    self, MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Api, add_organisations, book_as, uuid_of};

/// The caller itself, a colleague, somebody below, and somebody elsewhere.
const OWNERS: [(&str, &str); 4] = [
    ME,
    ("region", "colleague@example.org"),
    ("ward", "nurse@example.org"),
    // The same e-mail is somebody else there.
    ("practice", "me@example.org"),
];
const ME: (&str, &str) = ("region", "me@example.org");

/// What a caller may, on the meetings of [`OWNERS`].
struct Row {
    roles: &'static [ApiRole],
    /// Whether the caller has an organisation and an e-mail.
    named: bool,
    sees: [bool; 4],
    /// Changes and deletes what it sees.
    writes: bool,
    sees_room: [bool; 4],
}

impl Row {
    const fn of(roles: &'static [ApiRole], sees: [bool; 4], sees_room: [bool; 4]) -> Self {
        Self {
            roles,
            named: true,
            sees,
            writes: true,
            sees_room,
        }
    }

    const fn read_only(self) -> Self {
        Self {
            writes: false,
            ..self
        }
    }

    const fn nameless(self) -> Self {
        Self {
            named: false,
            ..self
        }
    }

    fn changes(&self, whose: usize) -> bool {
        self.writes && self.sees[whose]
    }

    /// Those who see every room look up meetings by their rooms everywhere.
    fn finds_by_room(&self, whose: usize) -> bool {
        self.sees[whose] || self.sees_room == ALL
    }
}

const NONE: [bool; 4] = [false; 4];
const OWN: [bool; 4] = [true, false, false, false];
const ORGANISATION: [bool; 4] = [true, true, false, false];
const AND_BELOW: [bool; 4] = [true, true, true, false];
const ALL: [bool; 4] = [true; 4];

const ROWS: [Row; 11] = [
    Row::of(&[MeetingUser], OWN, ORGANISATION),
    Row::of(&[MeetingPlanner], ORGANISATION, AND_BELOW),
    Row::of(&[MeetingAdmin], ORGANISATION, AND_BELOW),
    Row::of(&[MeetingProvisionerUser], ORGANISATION, ALL),
    Row::of(&[MeetingProvisioner], ORGANISATION, ALL).read_only(),
    Row::of(&[MeetingProvisioner], NONE, ALL)
        .read_only()
        .nameless(),
    // With several roles the widest counts.
    Row::of(&[MeetingUser, MeetingPlanner], ORGANISATION, AND_BELOW),
    Row::of(&[MeetingUser, MeetingAdmin], ORGANISATION, AND_BELOW),
    Row::of(&[MeetingUser, MeetingProvisioner], ORGANISATION, ALL),
    Row::of(&[MeetingUser, MeetingProvisionerUser], ORGANISATION, ALL),
    Row::of(&[MeetingPlanner, MeetingProvisionerUser], ORGANISATION, ALL),
];

async fn check(api: &Api<'_>, call: (&str, &str, Option<Value>), expected: u16, what: &str) {
    let (method, path, body) = call;
    let body = body.map(|body| body.to_string());
    let answer = api.call(method.parse().unwrap(), path, body).await;
    if expected == 403 {
        assert_eq!(answer.failed(), (403, "11"), "{what}: {method} {path}");
        assert!(answer.body["detailed_error"].is_null());
    }
    assert_eq!(answer.status, expected, "{what}: {method} {path}");
}

/// Whether the search finds the meeting.
async fn finds(api: &Api<'_>, query: &str, meeting: &Value) -> bool {
    let found = api.get(&format!("/meetings?{query}")).await.good();
    let found = found.as_array().unwrap().iter();
    found.into_iter().any(|one| one["uuid"] == meeting["uuid"])
}

both_engines! {
    async fn meetings_are_read_and_changed_by_those_who_may(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisations(&hub).await;
        for row in &ROWS {
            let api = Api::of(&hub, row.named.then_some(ME), row.roles).await;
            for (whose, (organisation, email)) in OWNERS.into_iter().enumerate() {
                let meeting = book_as(&hub, organisation, email).await;
                let uuid = uuid_of(&meeting);
                let (path, room) = (format!("/meetings/{uuid}"), format!("/scheduling-info/{uuid}"));
                let by_short_id = format!("/meetings?short-id={}", meeting["shortId"].as_str().unwrap());
                let put = json!({
                    "subject": "s", "startTime": "2030-01-01T10:00:00Z", "endTime": "2030-01-01T11:00:00Z",
                    "organizedByEmail": email,
                });
                let read = if row.sees[whose] { 200 } else { 403 };
                let (changed, deleted) = if row.changes(whose) { (200, 204) } else { (403, 403) };
                let what = format!("{:?} named {} on {whose}", row.roles, row.named);
                for (call, expected) in [
                    (("GET", path.as_str(), None), read),
                    (("GET", &by_short_id, None), read),
                    (("GET", &room, None), if row.sees_room[whose] { 200 } else { 403 }),
                    (("PATCH", &path, Some(json!({ "description": "d" }))), changed),
                    (("PUT", &path, Some(put)), changed),
                    (("DELETE", &path, None), deleted),
                ] {
                    check(&api, call, expected, &what).await;
                }
            }
        }
    }

    async fn searches_find_what_may_be_seen(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisations(&hub).await;
        let mut owned = Vec::new();
        for (organisation, email) in OWNERS {
            let meeting = book_as(&hub, organisation, email).await;
            let owner = Api::of(&hub, Some((organisation, email)), &[MeetingUser]).await;
            let room = owner.get(&format!("/scheduling-info/{}", uuid_of(&meeting))).await.good();
            owned.push((meeting, room));
        }
        for row in &ROWS {
            let api = Api::of(&hub, row.named.then_some(ME), row.roles).await;
            for (whose, (meeting, room)) in owned.iter().enumerate() {
                let (address, number) = (room["uriWithDomain"].as_str().unwrap(), room["uriWithoutDomain"].as_str().unwrap());
                let what = format!("{:?} named {} on {whose}", row.roles, row.named);
                assert_eq!(finds(&api, "subject=Talk", meeting).await, row.sees[whose], "{what}");
                let by_room = row.finds_by_room(whose);
                assert_eq!(finds(&api, &format!("uriWithDomain={address}"), meeting).await, by_room, "{what}");
                let expected = if by_room { 200 } else { 403 };
                for (by, uri) in [("findByUriWithDomain", address), ("findByUriWithoutDomain", number)] {
                    check(&api, ("GET", &format!("/meetings/{by}?uri={uri}"), None), expected, &what).await;
                }
            }
        }
    }

    // In the original who is nothing but an administrator reads every
    // organisation's meetings this way; here it is refused, and documented.
    async fn an_administrator_reads_no_foreign_meeting_by_short_id(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisations(&hub).await;
        let foreign = book_as(&hub, "practice", "you@example.org").await;
        let admin = Api::of(&hub, Some(ME), &[MeetingAdmin]).await;
        let path = format!("/meetings?short-id={}", foreign["shortId"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.failed(), (403, "11"));
    }
}
