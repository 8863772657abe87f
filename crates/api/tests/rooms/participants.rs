//! What is done to one participant.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_testkit::{Events, NewRoom, Person};

use super::{CLINIC, assert_done, assert_refused, hub_with_clinic};

/// The next row of somebody that fits.
async fn row(events: &mut Events, of: &Person, fits: impl Fn(&Value) -> bool) -> Value {
    let fits = |row: &Value| row["uuid"] == of.uuid && fits(row);
    events.until_such("participant_update", fits).await
}

#[tokio::test(flavor = "multi_thread")]
async fn hands_spotlights_and_texts_are_in_the_roster() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = host.listen().await;
    let now = hub.hub.clock.now().as_second();

    assert_done(&guest.do_own("buzz", json!({})).await);
    let raised = row(&mut events, &guest, |row| row["buzz_time"] != 0).await;
    assert!(raised["buzz_time"].as_i64().unwrap() >= now);
    assert_done(&host.do_to(&guest, "clearbuzz", json!({})).await);
    row(&mut events, &guest, |row| row["buzz_time"] == 0).await;
    assert_done(&guest.do_own("buzz", json!({})).await);
    row(&mut events, &guest, |row| row["buzz_time"] != 0).await;
    assert_done(&host.call(Method::POST, "clearallbuzz", json!({})).await);
    row(&mut events, &guest, |row| row["buzz_time"] == 0).await;

    assert_done(&host.do_to(&guest, "spotlighton", json!({})).await);
    row(&mut events, &guest, |row| {
        row["spotlight"].as_i64().unwrap() >= now
    })
    .await;
    assert_done(&host.do_to(&guest, "spotlightoff", json!({})).await);
    row(&mut events, &guest, |row| row["spotlight"] == 0).await;

    let text = json!({ "text": "Tolk" });
    assert_done(&guest.do_own("overlaytext", text.clone()).await);
    row(&mut events, &guest, |row| {
        row["overlay_text"] == "Tolk" && row["display_name"] == "Guest"
    })
    .await;
    assert_done(
        &host
            .do_to(&guest, "overlaytext", json!({ "text": "" }))
            .await,
    );
    row(&mut events, &guest, |row| row["overlay_text"] == "Guest").await;

    assert_done(&host.do_to(&guest, "denyrxpresentation", json!({})).await);
    row(&mut events, &guest, |row| {
        row["rx_presentation_policy"] == "DENY"
    })
    .await;
    assert_done(&host.do_to(&guest, "allowrxpresentation", json!({})).await);
    row(&mut events, &guest, |row| {
        row["rx_presentation_policy"] == "ALLOW"
    })
    .await;

    for operation in [
        "buzz",
        "clearbuzz",
        "spotlighton",
        "spotlightoff",
        "denyrxpresentation",
        "allowrxpresentation",
        "unlock",
    ] {
        let answer = guest.do_to(&host, operation, json!({})).await;
        assert_refused(&answer, 403, "Invalid role");
    }
    let answer = guest.do_to(&host, "overlaytext", text).await;
    assert_refused(&answer, 403, "Invalid role");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_change_and_the_renewed_token_says_so() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = guest.listen().await;
    let chair = json!({ "role": "chair" });
    let answer = guest.do_own("role", chair.clone()).await;
    assert_refused(&answer, 403, "Invalid role");
    assert_done(&host.do_to(&guest, "role", chair).await);
    row(&mut events, &guest, |row| row["role"] == "chair").await;
    let (_, answer) = guest.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(answer["result"]["role"], "HOST");
    assert_done(&guest.do_to(&host, "role", json!({ "role": "guest" })).await);
    let answer = host.call(Method::POST, "lock", json!({})).await;
    assert_refused(&answer, 403, "Invalid role");
    let (status, _) = guest.do_to(&host, "role", json!({ "role": "king" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_be_acted_on_who_is_not_there() {
    let hub = hub_with_clinic().await;
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let mut gone = hub.person(CLINIC);
    gone.enter("Guest", Some("none")).await;
    gone.call(Method::POST, "release_token", json!({})).await;
    for operation in ["mute", "unlock", "disconnect", "spotlighton", "clearbuzz"] {
        let answer = host.do_to(&gone, operation, json!({})).await;
        assert_refused(&answer, 403, "Participant not found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_sends_somebody_to_a_room_whose_pin_it_knows() {
    let hub = hub_with_clinic().await;
    let other = "other@rooms.example";
    hub.add_room(NewRoom {
        alias: other,
        host_pin: Some("4444"),
        guest_pin: Some("5555"),
        ..NewRoom::default()
    })
    .await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let to = |role: &str, pin: &str| json!({ "conference_alias": other, "role": role, "pin": pin });
    let answer = guest.do_own("transfer", to("guest", "5555")).await;
    assert_refused(&answer, 403, "Invalid role");
    let answer = host.do_to(&guest, "transfer", to("guest", "5555")).await;
    assert_refused(&answer, 403, "Participant cannot be reached");
    let mut events = guest.listen().await;
    for (role, pin) in [("host", "5555"), ("guest", "0000"), ("guest", "")] {
        let answer = host.do_to(&guest, "transfer", to(role, pin)).await;
        assert_refused(&answer, 403, "Invalid PIN");
    }
    let nowhere = json!({ "conference_alias": "nowhere@rooms.example", "role": "guest" });
    let answer = host.do_to(&guest, "transfer", nowhere).await;
    assert_refused(&answer, 403, "Neither conference nor gateway found");
    for (role, pin, word) in [("guest", "5555", "GUEST"), ("host", "4444", "HOST")] {
        assert_done(&host.do_to(&guest, "transfer", to(role, pin)).await);
        let refer = events.until("refer").await;
        assert_eq!(refer["alias"], other);
        let there = hub.person(other);
        let body = json!({ "display_name": "Guest", "token": refer["token"] });
        let (status, answer) = there.knock(body.clone(), None).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["result"]["role"], word);
        let (status, _) = hub.person(CLINIC).knock(body, None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "for that room alone");
    }
}
