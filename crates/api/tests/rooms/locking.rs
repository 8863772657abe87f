//! The lock, knocking, and letting people in.

use reqwest::Method;
use serde_json::json;
use vdx_testkit::{NewRoom, TestHub};

use super::{CLINIC, assert_done, assert_refused, hub_with_clinic};

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_room_is_knocked_at() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    assert_refused(
        &guest.call(Method::POST, "lock", json!({})).await,
        403,
        "Invalid role",
    );
    let mut events = host.listen().await;
    assert_eq!(events.until("conference_update").await["locked"], false);
    assert_done(&host.call(Method::POST, "lock", json!({})).await);
    assert_eq!(events.until("conference_update").await["locked"], true);

    let mut knocking = hub.person(CLINIC);
    let result = knocking.enter("Late", Some("none")).await;
    assert_eq!(result["current_service_type"], "waiting_room");
    let knock = events.until("participant_create").await;
    assert_eq!(knock["uuid"], knocking.uuid);
    assert_eq!(knock["service_type"], "waiting_room");
    assert_refused(
        &guest.do_to(&knocking, "unlock", json!({})).await,
        403,
        "Invalid role",
    );
    let mut heard = knocking.listen().await;
    assert_done(&host.do_to(&knocking, "unlock", json!({})).await);
    let me = heard
        .until_such("participant_update", |row| row["uuid"] == knocking.uuid)
        .await;
    assert_eq!(me["service_type"], "conference");

    // One with the host PIN does not knock.
    let mut second = hub.person(CLINIC);
    let result = second.enter("Second host", Some("1111")).await;
    assert_eq!(result["current_service_type"], "conference");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knocks_is_turned_away_or_let_in_with_all_others() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    host.call(Method::POST, "lock", json!({})).await;
    let (mut a, mut b, mut c) = (hub.person(CLINIC), hub.person(CLINIC), hub.person(CLINIC));
    for person in [&mut a, &mut b, &mut c] {
        person.enter("Patient", Some("none")).await;
    }
    let mut heard = a.listen().await;
    assert_done(&host.do_to(&a, "disconnect", json!({})).await);
    assert_eq!(
        heard.until("disconnect").await["reason"],
        "API initiated participant disconnect"
    );
    let (mut b_hears, mut c_hears) = (b.listen().await, c.listen().await);
    assert_done(&host.call(Method::POST, "unlock", json!({})).await);
    for (person, hears) in [(&b, &mut b_hears), (&c, &mut c_hears)] {
        let inside = hears
            .until_such("participant_update", |row| row["uuid"] == person.uuid)
            .await;
        assert_eq!(inside["service_type"], "conference");
    }
    assert_done(&host.call(Method::POST, "start_conference", json!({})).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_wait_are_let_in_and_the_lock_holds() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    host.call(Method::POST, "lock", json!({})).await;
    let mut events = host.listen().await;
    let mut waiting = [hub.person(CLINIC), hub.person(CLINIC)];
    let before = hub.hub.clock.now().as_second();
    for person in &mut waiting {
        person.enter("Patient", Some("none")).await;
        let knock = events
            .until_such("participant_create", |row| row["uuid"] == person.uuid)
            .await;
        assert_eq!(knock["service_type"], "waiting_room");
        // Since when they wait.
        let since = knock["start_time"].as_i64().unwrap();
        assert!((before..before + 20).contains(&since), "{since}");
    }
    let refused = waiting[0].call(Method::POST, "vdx_admit_all", json!({}));
    assert_refused(&refused.await, 403, "Invalid role");
    assert_done(&host.call(Method::POST, "vdx_admit_all", json!({})).await);
    for person in &waiting {
        let inside = events
            .until_such("participant_update", |row| row["uuid"] == person.uuid)
            .await;
        assert_eq!(inside["service_type"], "conference");
    }
    let (_, status) = host.call(Method::GET, "conference_status", json!({})).await;
    assert_eq!(status["result"]["locked"], true);
    let result = hub.person(CLINIC).enter("Late", Some("none")).await;
    assert_eq!(result["current_service_type"], "waiting_room");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_room_without_pins_those_inside_open() {
    let hub = TestHub::start().await;
    hub.add_room(NewRoom {
        alias: CLINIC,
        ..NewRoom::default()
    })
    .await;
    let (mut a, mut b) = (hub.person(CLINIC), hub.person(CLINIC));
    a.enter("A", None).await;
    a.call(Method::POST, "lock", json!({})).await;
    let result = b.enter("B", None).await;
    assert_eq!(result["role"], "HOST");
    assert_eq!(result["current_service_type"], "waiting_room");
    assert_refused(
        &b.call(Method::POST, "unlock", json!({})).await,
        403,
        "Invalid role",
    );
    assert_done(&a.do_to(&b, "unlock", json!({})).await);
    assert_done(&b.call(Method::POST, "unlock", json!({})).await);
}
