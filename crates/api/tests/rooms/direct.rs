//! Direct media: what the hub relays between two clients, and how both come to
//! the hub.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_bench::{Endpoint, Generator, Plan};
use vdx_conference::state::{ANSWER_PATIENCE, CANDIDATE_BURST};
use vdx_domain::{DirectMedia, RoomSettings};
use vdx_testkit::{Events, NewRoom, Person, TestHub};

use super::calls::{open_call, receives};
use super::{CLINIC, assert_refused, text};

const CANDIDATE: &str = "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host";

async fn hub_for_two() -> TestHub {
    let hub = TestHub::start().await;
    hub.add_room(NewRoom {
        alias: CLINIC,
        host_pin: Some("1111"),
        settings: RoomSettings {
            direct_media: DirectMedia::BestEffort,
            ..RoomSettings::default()
        },
        ..NewRoom::default()
    })
    .await;
    hub
}

/// Comes in with a client that can, and gives what it was told at the door.
async fn come(hub: &TestHub, name: &str, pin: &str) -> (Person, Value) {
    let mut person = hub.person(CLINIC);
    let body = json!({ "display_name": name, "direct_media": true });
    let (status, body) = person.knock(body, Some(pin)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let told = person.entered(&body);
    (person, told)
}

/// A session description that a client could offer or answer.
fn description() -> String {
    let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
    offering.offer().to_owned()
}

async fn offer(person: &Person, sdp: &str) -> (StatusCode, Value) {
    let body = json!({ "call_type": "WEBRTC", "sdp": sdp });
    person.do_own("calls", body).await
}

fn call_of(answer: &(StatusCode, Value)) -> String {
    assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
    text(&answer.1, "result.call_uuid").to_owned()
}

/// Two in direct media.
struct Two {
    hub: TestHub,
    host: Person,
    guest: Person,
    host_hears: Events,
    guest_hears: Events,
    at_host: String,
    at_guest: String,
}

async fn two() -> Two {
    let hub = hub_for_two().await;
    let (host, told) = come(&hub, "Host", "1111").await;
    assert_eq!(
        (&told["direct_media"], &told["chat_enabled"]),
        (&json!(true), &json!(false))
    );
    let mut host_hears = host.listen().await;
    let aside = offer(&host, &description()).await;
    assert_eq!(aside.1["result"]["offer_ignored"], true);
    assert_eq!(text(&aside.1, "result.sdp"), "");
    let at_host = call_of(&aside);

    let (guest, told) = come(&hub, "Guest", "none").await;
    assert_eq!(told["direct_media"], true);
    let guest_hears = guest.listen().await;
    let (asked, answers) = (description(), description());
    let (answered, ()) = tokio::join!(offer(&guest, &asked), async {
        let told = host_hears.until("new_offer").await;
        assert_eq!(told["sdp"], asked.as_str());
        let ack = json!({ "sdp": answers });
        let done = host.do_own(&format!("calls/{at_host}/ack"), ack).await;
        assert_eq!(done.1["result"], true, "{}", done.1);
    });
    assert_eq!(text(&answered.1, "result.sdp"), answers);
    assert!(answered.1["result"].get("offer_ignored").is_none());
    let at_guest = call_of(&answered);
    Two {
        hub,
        host,
        guest,
        host_hears,
        guest_hears,
        at_host,
        at_guest,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_find_each_other_and_the_hub_has_no_call() {
    let mut two = two().await;
    for hears in [&mut two.host_hears, &mut two.guest_hears] {
        hears
            .until_such("conference_update", |state| state["direct_media"] == true)
            .await;
    }
    let (_, roster) = two.host.call(Method::GET, "participants", json!({})).await;
    for row in roster["result"].as_array().unwrap() {
        assert_eq!(
            (&row["has_media"], &row["encryption"]),
            (&json!(true), &json!("On"))
        );
    }
    let path = format!("calls/{}/new_candidate", two.at_guest);
    for body in [
        json!({ "candidate": CANDIDATE, "mid": "0", "ufrag": "abcd", "pwd": "secret" }),
        json!({ "candidate": "", "mid": "0" }),
    ] {
        let (status, answer) = two.guest.do_own(&path, body).await;
        assert_eq!((status, &answer["result"]), (StatusCode::OK, &Value::Null));
    }
    let told = two.host_hears.until("new_candidate").await;
    let wanted = json!({ "candidate": CANDIDATE, "mid": "0", "ufrag": "abcd" });
    assert_eq!(told, wanted, "and no password");
    let told = two.host_hears.until("new_candidate").await;
    assert_eq!(told, json!({ "candidate": "", "mid": "0" }));

    // A change, answered; and one that is ignored for the other's own.
    for ignored in [false, true] {
        let update = format!("calls/{}/update", two.at_host);
        let (asked, answers) = (description(), description());
        let (answered, ()) =
            tokio::join!(two.host.do_own(&update, json!({ "sdp": asked })), async {
                let told = two.guest_hears.until("update_sdp").await;
                assert_eq!(told["sdp"], asked.as_str());
                let ack = match ignored {
                    true => json!({ "sdp": "offer_ignored", "offer_ignored": true }),
                    false => json!({ "sdp": answers }),
                };
                two.guest
                    .do_own(&format!("calls/{}/ack", two.at_guest), ack)
                    .await;
            });
        let wanted = if ignored { "" } else { &*answers };
        assert_eq!(text(&answered.1, "result.sdp"), wanted);
    }
    let counters = two.hub.engine.counters();
    assert_eq!((counters.calls, counters.packets_received), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_brings_both_to_the_hub_with_the_tokens_they_have() {
    let mut two = two().await;
    let (third, told) = come(&two.hub, "Third", "none").await;
    assert_eq!(
        (&told["direct_media"], &told["chat_enabled"]),
        (&json!(false), &json!(true))
    );
    for (hears, call) in [
        (&mut two.host_hears, &two.at_host),
        (&mut two.guest_hears, &two.at_guest),
    ] {
        for direct in [true, false] {
            hears
                .until_such("conference_update", |state| state["direct_media"] == direct)
                .await;
        }
        let told = hears.until("peer_disconnect").await;
        assert_eq!(told, json!({ "call_uuid": call, "vdx_direct": false }));
    }
    // As today's clients do: the old call is hung up, and a new one offered.
    let path = format!("calls/{}/disconnect", two.at_host);
    let (status, _) = two.host.do_own(&path, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let generator = Generator::start().unwrap();
    let (_, from_host) = open_call(&two.host, &generator, None).await;
    let slots = json!({ "video_slots": 2, "audio_slots": 2 });
    let (_, from_guest) = open_call(&two.guest, &generator, Some(slots.clone())).await;
    let (_, from_third) = open_call(&third, &generator, Some(slots)).await;
    receives(&generator, from_guest, from_host).await;
    receives(&generator, from_guest, from_third).await;
    receives(&generator, from_third, from_guest).await;
    let (status, answer) = come_directly(&two.guest).await;
    assert_refused(&(status, answer), 409, "No direct media now");
}

/// Offers a call that is for another client alone.
async fn come_directly(person: &Person) -> (StatusCode, Value) {
    let body = json!({ "call_type": "WEBRTC", "sdp": description(), "vdx": { "direct": true } });
    person.do_own("calls", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_the_hub_must_enforce_and_a_wish_bring_both_there() {
    let mut two = two().await;
    let done = two.host.do_to(&two.guest, "mute", json!({})).await;
    assert_eq!(done.1["result"], true);
    for hears in [&mut two.host_hears, &mut two.guest_hears] {
        assert_eq!(hears.until("peer_disconnect").await["vdx_direct"], false);
    }

    let Two {
        hub: _hub,
        host: _,
        guest,
        mut host_hears,
        at_host,
        ..
    } = self::two().await;
    let generator = Generator::start().unwrap();
    open_call(&guest, &generator, Some(json!({}))).await;
    let told = host_hears.until("peer_disconnect").await;
    assert_eq!(told["call_uuid"], at_host.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn when_one_leaves_the_other_may_wait_for_the_next() {
    let mut two = two().await;
    two.guest
        .call(Method::POST, "release_token", json!({}))
        .await;
    let told = two.host_hears.until("peer_disconnect").await;
    assert_eq!(told["vdx_direct"], true);
    let (status, answer) = come_directly(&two.host).await;
    assert_eq!(
        (status, &answer["result"]["offer_ignored"]),
        (StatusCode::OK, &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_nobody_answers_is_the_hubs() {
    let hub = hub_for_two().await;
    let (host, _) = come(&hub, "Host", "1111").await;
    let mut host_hears = host.listen().await;
    let at_host = call_of(&offer(&host, &description()).await);
    let (guest, _) = come(&hub, "Guest", "none").await;
    let _listens = guest.listen().await;
    let generator = Generator::start().unwrap();
    let began = Instant::now();
    let (_, from_guest) = open_call(&guest, &generator, None).await;
    assert!(began.elapsed() >= ANSWER_PATIENCE.unsigned_abs());
    assert!(began.elapsed() < Duration::from_secs(20));
    let told = host_hears.until("peer_disconnect").await;
    assert_eq!(told["call_uuid"], at_host.as_str());
    let (_, from_host) = open_call(&host, &generator, None).await;
    receives(&generator, from_host, from_guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_relayed_is_refused() {
    let two = two().await;
    let path = |what: &str| format!("calls/{}/{what}", two.at_host);
    let unencrypted: String = description()
        .lines()
        .filter(|line| !line.starts_with("a=fingerprint"))
        .flat_map(|line| [line, "\r\n"])
        .collect();
    let long = format!("{}{}", description(), "a=x\r\n".repeat(8_000));
    for sdp in ["", "garbage", &unencrypted, &long] {
        for what in ["ack", "update"] {
            let (status, answer) = two.host.do_own(&path(what), json!({ "sdp": sdp })).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{what}: {answer}");
            assert!(text(&answer, "result").starts_with("Invalid SDP: "));
        }
    }
    for body in [
        json!({ "candidate": "candidate:1\r\na=x", "mid": "0" }),
        json!({ "candidate": "x".repeat(513), "mid": "0" }),
        json!({ "candidate": CANDIDATE, "mid": "m".repeat(257) }),
        json!({ "candidate": 7 }),
    ] {
        let (status, answer) = two.host.do_own(&path("new_candidate"), body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    let nothing_asked = json!({ "sdp": description() });
    let (status, answer) = two.host.do_own(&path("ack"), nothing_asked).await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &json!(false)));
    let body = json!({ "candidate": CANDIDATE, "mid": "0" });
    let (status, _) = two.guest.do_own(&path("new_candidate"), body.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "another's call");
    for _ in 0..CANDIDATE_BURST {
        let (status, _) = two.host.do_own(&path("new_candidate"), body.clone()).await;
        assert_eq!(status, StatusCode::OK);
    }
    let mut refused = None;
    for _ in 0..100 {
        let answer = two.host.do_own(&path("new_candidate"), body.clone()).await;
        if answer.0 != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    assert_refused(&refused.unwrap(), 429, "Too many offers or candidates");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_room_or_the_client_has_none_calls_are_the_hubs() {
    let hub = hub_for_two().await;
    let mut plain = hub.person(CLINIC);
    let told = plain.enter("Plain", Some("1111")).await;
    assert_eq!(
        (&told["direct_media"], &told["chat_enabled"]),
        (&json!(false), &json!(true))
    );
    assert_refused(&come_directly(&plain).await, 409, "No direct media now");
    let generator = Generator::start().unwrap();
    let (call, _) = open_call(&plain, &generator, None).await;
    // Clients that say nothing in these bodies are taken as before.
    for what in ["ack", "new_candidate"] {
        let url = format!(
            "{}/participants/{}/calls/{call}/{what}",
            plain.base(),
            plain.uuid
        );
        let request = hub.http.post(url).header("token", &plain.token);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    }
}
