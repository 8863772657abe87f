//! Who may send, and who may see what was sent.

use serde_json::json;
use vdx_domain::ApiRole::{
    self, MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_domain::{Clock as _, OrganisationCode};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_testkit::{ORGANISATION, TestHub};

use crate::rig::{Answer, Api, NUMBER, TEXT, address};

const ME: &str = "me@example.org";

/// Organisation and e-mail.
type Identity = Option<(&'static str, &'static str)>;

/// What a caller is answered: sending, listing.
async fn answered(api: &Api<'_>, meeting: &str) -> (u16, u16) {
    let sent = api.send(meeting, NUMBER, TEXT).await.status;
    let listed = api.list(meeting).await.status;
    (sent.as_u16(), listed.as_u16())
}

async fn booked_by(hub: &TestHub, organizer: &str) -> String {
    let meeting = hub.book(json!({ "organizedByEmail": organizer })).await;
    meeting["uuid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_rules_are_those_of_reading_and_booking_meetings() {
    let hub = TestHub::start().await;
    let new = NewOrganisation {
        code: &OrganisationCode("other".to_owned()),
        name: "Other",
        kind: GroupKind::Practice,
        parent_group: None,
        pool_size: None,
        allow_custom_uri_without_domain: false,
    };
    let mut tx = hub.db.begin().await.unwrap();
    organisations::add(&mut tx, new, hub.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mine = booked_by(&hub, ME).await;
    let anothers = booked_by(&hub, "another@example.org").await;
    let everybody = Api::new(&hub).await;
    for meeting in [&mine, &anothers] {
        everybody.send(meeting, NUMBER, TEXT).await.good();
    }
    let own = Some((ORGANISATION, ME));
    let cases: [(&str, Identity, &[ApiRole], _, _); 8] = [
        ("user", own, &[MeetingUser], (200, 200), (403, 403)),
        ("planner", own, &[MeetingPlanner], (200, 200), (200, 200)),
        ("admin", own, &[MeetingAdmin], (200, 200), (200, 200)),
        // Who makes rooms and books nothing sends nothing.
        (
            "provisioner",
            own,
            &[MeetingProvisioner],
            (403, 200),
            (403, 200),
        ),
        (
            "provisioner user",
            own,
            &[MeetingProvisionerUser],
            (200, 200),
            (200, 200),
        ),
        (
            "nobody's provisioner",
            None,
            &[MeetingProvisioner],
            (403, 403),
            (403, 403),
        ),
        (
            "other's admin",
            Some(("other", ME)),
            &[MeetingAdmin],
            (403, 403),
            (403, 403),
        ),
        (
            "other's user",
            Some(("other", ME)),
            &[MeetingUser],
            (403, 403),
            (403, 403),
        ),
    ];
    for (who, identity, roles, of_mine, of_anothers) in cases {
        let api = Api::of(&hub, identity, roles).await;
        assert_eq!(answered(&api, &mine).await, of_mine, "{who}, own");
        assert_eq!(
            answered(&api, &anothers).await,
            of_anothers,
            "{who}, another's"
        );
    }
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let hub = TestHub::start().await;
    let url = address(&hub, "nonsense");
    for request in [
        hub.http.get(&url),
        hub.http.post(&url).body("{"),
        hub.http.post(&url).body("{").bearer_auth("x.y.z"),
    ] {
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.failed().0, 401);
    }
}
