//! The figures of months and days: whose, for whom, and that they survive.

use reqwest::StatusCode;
use serde_json::{Value, json};
use vdx_domain::{ApiRole, Clock as _, OrganisationCode};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_testkit::{ORGANISATION, TestHub};

use super::{CLINIC, hub_with_clinic};

/// An organisation below the hub's, and one beside it.
async fn add_organisations(hub: &TestHub) {
    let mut tx = hub.db.begin().await.unwrap();
    let region = OrganisationCode(ORGANISATION.to_owned());
    let above = organisations::group_of(&mut tx, &region).await.unwrap();
    for (code, parent_group) in [("ward", above), ("town", None)] {
        let new = NewOrganisation {
            code: &OrganisationCode(code.to_owned()),
            name: code,
            kind: GroupKind::Agency,
            parent_group,
            pool_size: None,
            allow_custom_uri_without_domain: false,
        };
        organisations::add(&mut tx, new, hub.clock.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn get(hub: &TestHub, token: &str, path: &str) -> (StatusCode, Value) {
    let url = format!("{}/api/hub/v1/statistics/{path}", hub.url);
    let reply = hub.http.get(url).bearer_auth(token).send().await.unwrap();
    (reply.status(), reply.json().await.unwrap())
}

/// Who of three callers may: an operator, a management-admin, a meeting-admin.
async fn statuses(hub: &TestHub, path: &str) -> [u16; 3] {
    let mut statuses = [0; 3];
    let roles = [
        ApiRole::Operator,
        ApiRole::ManagementAdmin,
        ApiRole::MeetingAdmin,
    ];
    for (status, role) in statuses.iter_mut().zip(roles) {
        let token = hub.token_with(&[role]).await;
        *status = get(hub, &token, path).await.0.as_u16();
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_read_everything_and_administrators_what_is_theirs() {
    let hub = hub_with_clinic().await;
    add_organisations(&hub).await;
    for path in ["months/2026-03", "participants", "calls"] {
        assert_eq!(statuses(&hub, path).await, [200, 200, 403], "{path}");
        for (organisation, manager) in [
            (ORGANISATION, 200),
            ("ward", 200),
            ("town", 403),
            ("x", 403),
        ] {
            let path = format!("{path}?organisation={organisation}");
            assert_eq!(statuses(&hub, &path).await, [200, manager, 403], "{path}");
        }
        let url = format!("{}/api/hub/v1/statistics/{path}", hub.url);
        let reply = hub.http.get(url).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    }
    let token = hub.token_with(&[ApiRole::Operator]).await;
    for path in [
        "months/2026-13",
        "months/march",
        "participants?to=2026-02-30",
    ] {
        let (status, body) = get(&hub, &token, path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(body["message"].is_string(), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn participants_are_counted_by_organisation_and_day() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    guest
        .call(reqwest::Method::POST, "release_token", json!({}))
        .await;

    let operator = hub.token_with(&[ApiRole::Operator]).await;
    let today = hub.hub.conferences.today().to_string();
    for path in ["participants", "participants?organisation=region"] {
        let (_, body) = get(&hub, &operator, path).await;
        assert_eq!(
            (&body["now"], &body["peak"]),
            (&json!(1), &json!(2)),
            "{body}"
        );
        let days = body["days"].as_array().unwrap();
        assert_eq!(days.len(), 1, "{body}");
        assert_eq!(
            (&days[0]["day"], &days[0]["peak"]),
            (&json!(today), &json!(2))
        );
    }
    let (_, body) = get(&hub, &operator, "participants?organisation=town").await;
    assert_eq!((&body["now"], &body["peak"]), (&json!(0), &json!(0)));

    let (_, month) = get(&hub, &operator, &format!("months/{}", &today[..7])).await;
    assert_eq!(month["participants_peak"], 2, "{month}");
    assert!(month["participants_peak_at"].is_string());
    assert_eq!(month["organisation"], Value::Null);
    // Nobody had media, so there was no call to rate.
    assert_eq!(
        (&month["calls"], &month["quality_percent"]),
        (&json!(0), &Value::Null)
    );

    let manager = hub.token_with(&[ApiRole::ManagementAdmin]).await;
    let (_, own) = get(&hub, &manager, "participants").await;
    assert_eq!(
        (&own["organisation"], &own["peak"]),
        (&json!(ORGANISATION), &json!(2))
    );
}
