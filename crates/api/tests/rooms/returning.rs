//! Coming back after the hub was killed and started again.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_testkit::{Person, TestHub};

use super::{CLINIC, assert_done, assert_refused, hub_with_clinic, text};

async fn entered(hub: &TestHub, name: &str, pin: Option<&str>) -> Person {
    let mut person = hub.person(CLINIC);
    person.enter(name, pin).await;
    person
}

async fn roster(person: &Person) -> (StatusCode, Value) {
    person.call(Method::GET, "participants", json!({})).await
}

/// Names and service types in the roster, sorted.
fn who(roster: &Value) -> Vec<String> {
    let entries = roster["result"].as_array().unwrap().iter();
    let mut who: Vec<String> = entries
        .map(|entry| {
            format!(
                "{} {}",
                text(entry, "display_name"),
                text(entry, "service_type")
            )
        })
        .collect();
    who.sort();
    who
}

/// The written state of the hub has to be there before it is killed.
async fn killed_and_started(hub: &mut TestHub) {
    hub.hub.conferences.kept().await;
    hub.restart().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_comes_back_as_who_they_were_without_a_pin() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    let guest = entered(&hub, "Guest", Some("none")).await;
    killed_and_started(&mut hub).await;
    let (host, guest) = (host.at(&hub, CLINIC), guest.at(&hub, CLINIC));

    let (status, answer) = guest.call(Method::POST, "refresh_token", json!({})).await;
    assert_eq!(
        (status, text(&answer, "result.role")),
        (StatusCode::OK, "GUEST")
    );
    let (status, seen) = roster(&host).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(who(&seen), ["Guest conference", "Host conference"]);
    let ids: Vec<&str> = seen["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(e, "uuid"))
        .collect();
    assert!(ids.contains(&host.uuid.as_str()) && ids.contains(&guest.uuid.as_str()));
    assert_eq!(hub.hub.conferences.counts().conferences, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waited_waits_until_a_host_is_back() {
    let mut hub = hub_with_clinic().await;
    let guest = entered(&hub, "Guest", Some("none")).await;
    killed_and_started(&mut hub).await;
    let guest = guest.at(&hub, CLINIC);
    let (_, seen) = roster(&guest).await;
    assert_eq!(who(&seen), ["Guest waiting_room"]);
    entered(&hub, "Host", Some("1111")).await;
    let (_, seen) = roster(&guest).await;
    assert_eq!(who(&seen), ["Guest conference", "Host conference"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_and_those_who_come_back_meet() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    killed_and_started(&mut hub).await;
    let newcomer = entered(&hub, "New", Some("none")).await;
    let (_, seen) = roster(&newcomer).await;
    assert_eq!(who(&seen), ["New waiting_room"], "nobody is back yet");
    let (_, seen) = roster(&host.at(&hub, CLINIC)).await;
    assert_eq!(who(&seen), ["Host conference", "New conference"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_put_out_or_left_stays_out_before_and_after() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    let removed = entered(&hub, "Removed", Some("none")).await;
    let left = entered(&hub, "Left", Some("none")).await;
    let later = entered(&hub, "Later", Some("none")).await;
    left.call(Method::POST, "release_token", json!({})).await;
    let out = format!("participants/{}/disconnect", removed.uuid);
    let (status, _) = host.call(Method::POST, &out, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    killed_and_started(&mut hub).await;

    for person in [removed, left] {
        let (status, answer) = roster(&person.at(&hub, CLINIC)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(text(&answer, "result"), "Invalid token");
    }
    let (host, later) = (host.at(&hub, CLINIC), later.at(&hub, CLINIC));
    assert_eq!(roster(&later).await.0, StatusCode::OK);
    let out = format!("participants/{}/disconnect", later.uuid);
    let (status, _) = host.call(Method::POST, &out, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        roster(&later).await.0,
        StatusCode::FORBIDDEN,
        "a token lets back in once"
    );
    killed_and_started(&mut hub).await;
    assert_eq!(
        roster(&later.at(&hub, CLINIC)).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        roster(&host.at(&hub, CLINIC)).await.0,
        StatusCode::OK,
        "a second time"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conference_that_is_over_takes_nobody_back() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    let mut stale = host.clone();
    host.call(Method::POST, "release_token", json!({})).await;
    killed_and_started(&mut hub).await;
    stale = stale.at(&hub, CLINIC);
    assert_eq!(roster(&stale).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_back_by_an_old_token_after_its_end() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    killed_and_started(&mut hub).await;
    hub.clock.advance(Duration::from_secs(120));
    assert_eq!(
        roster(&host.at(&hub, CLINIC)).await.0,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_under_attack_lets_back_in_who_was_inside() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    for n in 1..=9 {
        let stranger = hub
            .person(CLINIC)
            .at_address(std::net::Ipv4Addr::new(127, 0, 2, n).into());
        stranger
            .knock(json!({ "display_name": "A" }), Some("9090"))
            .await;
    }
    killed_and_started(&mut hub).await;
    let (status, _) = hub
        .person(CLINIC)
        .knock(json!({ "display_name": "A" }), Some("1111"))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "PINs are not read");
    assert_eq!(roster(&host.at(&hub, CLINIC)).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_before_holds_and_who_had_stepped_down_is_no_host_again() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    let former = entered(&hub, "Former", Some("1111")).await;
    let (status, _) = host.call(Method::POST, "lock", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let knocks = entered(&hub, "Knocks", Some("none")).await;
    let role = format!("participants/{}/role", former.uuid);
    let (status, _) = host
        .call(Method::POST, &role, json!({ "role": "guest" }))
        .await;
    assert_eq!(status, StatusCode::OK);
    killed_and_started(&mut hub).await;

    let (status, _) = roster(&knocks.at(&hub, CLINIC)).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "the first one back is one who waits"
    );
    let former = former.at(&hub, CLINIC);
    let refused = former.call(Method::POST, "unlock", json!({})).await;
    assert_refused(&refused, 403, "Invalid role");
    let host = host.at(&hub, CLINIC);
    entered(&hub, "New", Some("none")).await;
    let (_, seen) = roster(&host).await;
    assert_eq!(
        who(&seen),
        [
            "Former conference",
            "Host conference",
            "Knocks waiting_room",
            "New waiting_room"
        ]
    );
    let (status, _) = host.call(Method::POST, "disconnect", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    killed_and_started(&mut hub).await;
    assert_eq!(
        roster(&host.at(&hub, CLINIC)).await.0,
        StatusCode::FORBIDDEN,
        "an ended meeting stays ended"
    );
}

/// The entry of somebody in the roster.
fn entry<'a>(roster: &'a Value, of: &Person) -> &'a Value {
    let mut entries = roster["result"].as_array().unwrap().iter();
    entries.find(|entry| entry["uuid"] == of.uuid).unwrap()
}

/// No flush here: what was answered is on disk.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_switched_off_is_off_after_the_hub_was_killed() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    let guest = entered(&hub, "Guest", Some("none")).await;
    let free = entered(&hub, "Free", Some("none")).await;
    for path in ["mute", "video_muted", "denyrxpresentation"] {
        assert_done(&host.do_to(&guest, path, json!({})).await);
    }
    let forbid = json!({ "setting": false });
    let done = host
        .call(Method::POST, "set_guests_can_unmute", forbid)
        .await;
    assert_done(&done);
    hub.restart().await;

    let (host, guest) = (host.at(&hub, CLINIC), guest.at(&hub, CLINIC));
    let refused = guest.do_own("unmute", json!({})).await;
    assert_refused(&refused, 403, "Invalid role");
    assert_eq!(
        roster(&free.clone().at(&hub, CLINIC)).await.0,
        StatusCode::OK
    );
    let (_, seen) = roster(&host).await;
    let row = entry(&seen, &guest);
    assert_eq!(row["is_muted"], "YES", "{row}");
    assert_eq!(row["is_video_muted"], true, "{row}");
    assert_eq!(row["rx_presentation_policy"], "DENY", "{row}");
    let row = entry(&seen, &free);
    assert_eq!(row["is_muted"], "NO", "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn muted_guests_are_muted_after_the_hub_was_killed_and_newcomers_too() {
    let mut hub = hub_with_clinic().await;
    let host = entered(&hub, "Host", Some("1111")).await;
    let guest = entered(&hub, "Guest", Some("none")).await;
    assert_done(&host.call(Method::POST, "muteguests", json!({})).await);
    hub.restart().await;
    let (host, guest) = (host.at(&hub, CLINIC), guest.at(&hub, CLINIC));
    assert_eq!(roster(&guest).await.0, StatusCode::OK);
    let late = entered(&hub, "Late", Some("none")).await;
    let (_, seen) = roster(&host).await;
    for muted in [&guest, &late] {
        assert_eq!(entry(&seen, muted)["is_muted"], "YES");
    }
    let (_, state) = host.call(Method::GET, "conference_status", json!({})).await;
    assert_eq!(state["result"]["guests_muted"], true);
}
