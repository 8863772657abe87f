//! Calls: real WebRTC clients through the real media engine.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_bench::{Endpoint, Generator, Plan, PublisherId};
use vdx_domain::{EndpointKind, LegEnd, RoomKey, RoomSettings};
use vdx_store::{call_records, fixed_rooms};
use vdx_testkit::{NewRoom, Person, TestHub};

use super::{CLINIC, hub_with_clinic, text};

const PATIENCE: Duration = Duration::from_secs(20);

/// Opens a call for `person` and runs its client.
pub(super) async fn open_call(
    person: &Person,
    generator: &Generator,
    vdx: Option<Value>,
) -> (String, PublisherId) {
    let plan = Plan {
        video_slots: 2,
        audio_slots: 2,
        ..Plan::CONSULTATION
    };
    let offering = Endpoint::offering(plan).unwrap();
    let mut body = json!({ "call_type": "WEBRTC", "sdp": offering.offer() });
    if let Some(vdx) = vdx {
        body["vdx"] = vdx;
    }
    let (status, answer) = person.do_own("calls", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let endpoint = offering.answered(text(&answer, "result.sdp")).unwrap();
    let call = text(&answer, "result.call_uuid").to_owned();
    let (status, answer) = person.do_own(&format!("calls/{call}/ack"), json!({})).await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &json!(true)));
    (call, generator.add(endpoint).await.unwrap())
}

/// Packets of pictures that `receiver` has got so far.
async fn pictures(generator: &Generator, receiver: PublisherId) -> u64 {
    let report = generator.report().await.unwrap();
    let endpoint = report.endpoints.iter().find(|one| one.id == receiver);
    let slots = endpoint.into_iter().flat_map(|one| &one.slots);
    let slots = slots.filter(|slot| slot.first_key_frame.is_some());
    slots.map(|slot| slot.rtp.received).sum()
}

/// Waits until `receiver` gets packets of `sender`, picture and sound.
pub(super) async fn receives(generator: &Generator, receiver: PublisherId, sender: PublisherId) {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let report = generator.report().await.unwrap();
        let endpoint = report.endpoints.iter().find(|one| one.id == receiver);
        let from_sender = endpoint.map_or(0, |one| {
            let slots = one.slots.iter();
            slots.filter(|slot| slot.publisher == Some(sender)).count()
        });
        if from_sender >= 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing arrives");
}

pub(super) async fn room_key(hub: &TestHub) -> RoomKey {
    let alias = CLINIC.parse().unwrap();
    let room = fixed_rooms::by_alias(&mut hub.db.reader(), &hub.sealer, &alias).await;
    RoomKey::Fixed(room.unwrap().unwrap().id)
}

fn in_slot<'a>(event: &'a Value, content: &str) -> Vec<&'a Value> {
    let slots = event["slots"].as_array().unwrap().iter();
    slots
        .filter(|slot| slot["content"] == content)
        .map(|slot| &slot["participant_uuid"])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_see_and_hear_each_other_and_leave_records() {
    let hub = hub_with_clinic().await;
    let generator = Generator::start().unwrap();
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = host.listen().await;
    assert_eq!(events.until("vdx_video_codec").await["codec"], "VP8");
    let slots = json!({ "video_slots": 2, "audio_slots": 2 });
    let (_, from_host) = open_call(&host, &generator, Some(slots)).await;
    let empty = events.until("vdx_slots").await;
    assert_eq!(in_slot(&empty, "main"), [&Value::Null, &Value::Null]);
    let (_, from_guest) = open_call(&guest, &generator, None).await;

    let told = events
        .until_such("vdx_slots", |event| {
            in_slot(event, "main").contains(&&json!(guest.uuid))
        })
        .await;
    assert_eq!(in_slot(&told, "audio")[0], &json!(guest.uuid));
    assert!(told["slots"][0]["mid"].is_string());
    receives(&generator, from_host, from_guest).await;
    receives(&generator, from_guest, from_host).await;
    events
        .until_such("participant_update", |row| {
            row["uuid"] == guest.uuid && row["has_media"] == true
        })
        .await;

    guest.call(Method::POST, "release_token", json!({})).await;
    events
        .until_such("vdx_slots", |event| {
            in_slot(event, "main").iter().all(|who| who.is_null())
        })
        .await;
    host.call(Method::POST, "release_token", json!({})).await;
    hub.hub.conferences.shut_down(Duration::from_secs(5)).await;

    let key = room_key(&hub).await;
    let records = call_records::of_room(&mut hub.db.reader(), key)
        .await
        .unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].endpoint, EndpointKind::Web);
    assert_eq!(records[1].endpoint, EndpointKind::Client);
    for record in &records {
        assert_eq!(record.reason, LegEnd::Left);
        assert!(record.bytes_received > 1000 && record.bytes_sent > 1000);
        assert!(record.packets_received > 10 && record.packets_sent > 10);
        assert!(record.ended_at > record.started_at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_guest_neither_sends_nor_receives() {
    let hub = hub_with_clinic().await;
    let generator = Generator::start().unwrap();
    let (mut a, mut b) = (hub.person(CLINIC), hub.person(CLINIC));
    a.enter("A", Some("none")).await;
    b.enter("B", Some("none")).await;
    let (_, from_a) = open_call(&a, &generator, None).await;
    let (_, from_b) = open_call(&b, &generator, None).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let report = generator.report().await.unwrap();
    assert!(report.endpoints.iter().all(|one| one.connected.is_some()));
    assert_eq!(hub.engine.counters().packets_forwarded, 0);
    hub.person(CLINIC).enter("Host", Some("1111")).await;
    receives(&generator, from_a, from_b).await;
    receives(&generator, from_b, from_a).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_up_keeps_the_seat() {
    let hub = hub_with_clinic().await;
    let generator = Generator::start().unwrap();
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let (call, _) = open_call(&host, &generator, None).await;
    let path = format!("calls/{call}/disconnect");
    let (status, answer) = host.do_own(&path, json!({})).await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &Value::Null));
    let (status, _) = host.do_own(&path, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = host.call(Method::GET, "participants", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    open_call(&host, &generator, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_offer_is_answered_and_candidates_are_taken() {
    let hub = hub_with_clinic().await;
    let generator = Generator::start().unwrap();
    let mut host = hub.person(CLINIC);
    host.enter("Host", Some("1111")).await;
    let (call, _) = open_call(&host, &generator, None).await;
    let candidate = json!({ "candidate": "candidate:0 1 UDP 1 192.0.2.1 9 typ host", "mid": "0" });
    let (status, answer) = host
        .do_own(&format!("calls/{call}/new_candidate"), candidate)
        .await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &Value::Null));
    let (status, answer) = host
        .do_own(&format!("calls/{call}/update"), json!({ "sdp": "garbage" }))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(text(&answer, "status"), "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_offer_is_refused_and_leaves_no_call() {
    let hub = hub_with_clinic().await;
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    for body in [
        json!({ "call_type": "WEBRTC", "sdp": "" }),
        json!({ "call_type": "WEBRTC", "sdp": "v=0\r\ngarbage" }),
        json!({ "call_type": "WEBRTC", "sdp": "\u{0}".repeat(100_000) }),
        json!({ "call_type": "WEBRTC" }),
        json!({ "call_type": "RTMP", "sdp": "" }),
        json!({ "call_type": "WEBRTC", "sdp": "", "vdx": { "video_slots": -1 } }),
    ] {
        let (status, answer) = host.do_own("calls", body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(text(&answer, "status"), "failed");
    }
    assert_eq!(hub.engine.counters().calls, 0);
    let path = format!("participants/{}/calls", host.uuid);
    let body = json!({ "call_type": "WEBRTC", "sdp": "" });
    let (status, _) = guest.call(Method::POST, &path, body).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "not for somebody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_shown_is_not_sent() {
    let hub = hub_with_clinic().await;
    let generator = Generator::start().unwrap();
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let slots = json!({ "video_slots": 2, "audio_slots": 2 });
    let (call, at_host) = open_call(&host, &generator, Some(slots)).await;
    let (_, from_guest) = open_call(&guest, &generator, None).await;
    receives(&generator, at_host, from_guest).await;

    let mut events = host.listen().await;
    let told = events
        .until_such("vdx_slots", |event| {
            in_slot(event, "main").contains(&&json!(guest.uuid))
        })
        .await;
    let mut rows = told["slots"].as_array().unwrap().iter();
    let row = rows.find(|row| row["content"] == "main" && row["participant_uuid"] == guest.uuid);
    let row = row.unwrap();
    assert_eq!(row["large"], true);
    let path = format!("calls/{call}/vdx_shown");
    let show = async |height: Value| {
        let pictures = json!({ "pictures": [{ "mid": row["mid"], "height": height }] });
        let (status, answer) = host.do_own(&path, pictures).await;
        assert_eq!((status, &answer["result"]), (StatusCode::OK, &json!(true)));
    };
    show(json!(0)).await;
    let began = Instant::now();
    let mut before = pictures(&generator, at_host).await;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = pictures(&generator, at_host).await;
        if now == before {
            break;
        }
        before = now;
        assert!(began.elapsed() < PATIENCE, "the picture is still sent");
    }
    for height in [json!(360), json!(null)] {
        show(json!(0)).await;
        show(height).await;
        let before = pictures(&generator, at_host).await;
        let began = Instant::now();
        while pictures(&generator, at_host).await <= before {
            assert!(began.elapsed() < PATIENCE, "the picture does not come back");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    let many = vec![json!({ "mid": "none of the call", "height": 1 }); 52];
    for (pictures, expected) in [
        (json!(many[..51]), StatusCode::OK),
        (json!(many), StatusCode::BAD_REQUEST),
        (
            json!([{ "mid": "1", "height": -1 }]),
            StatusCode::BAD_REQUEST,
        ),
        (
            json!([{ "mid": "1", "height": 65_536 }]),
            StatusCode::BAD_REQUEST,
        ),
        (json!([{ "height": 1 }]), StatusCode::BAD_REQUEST),
    ] {
        let (status, answer) = host.do_own(&path, json!({ "pictures": pictures })).await;
        assert_eq!(status, expected, "{answer}");
    }
    let path = format!("participants/{}/{path}", host.uuid);
    let (status, _) = guest
        .call(Method::POST, &path, json!({ "pictures": [] }))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "not for somebody else");
}

/// What forces encryption asks for nothing that is not so everywhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_encrypted_or_is_none_forced_or_not() {
    let hub = TestHub::start().await;
    for (alias, force_encryption) in [("forced@rooms.example", true), (CLINIC, false)] {
        let settings = RoomSettings {
            force_encryption,
            ..RoomSettings::default()
        };
        hub.add_room(NewRoom {
            alias,
            settings,
            ..NewRoom::default()
        })
        .await;
        let mut person = hub.person(alias);
        person.enter("Host", None).await;
        let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
        let offer = offering.offer();
        let is_key =
            |line: &&str| line.starts_with("a=fingerprint:") || line.starts_with("a=setup:");
        let lines = offer.lines().filter(|line| !is_key(line));
        let unkeyed: String = lines.map(|line| format!("{line}\r\n")).collect();
        let plain = unkeyed.replace("UDP/TLS/RTP/SAVPF", "RTP/AVPF");
        let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\na=mid:";
        let in_the_clear_keyed = plain
            .replace("RTP/AVPF", "RTP/SAVPF")
            .replace("a=mid:", crypto);
        for sdp in [unkeyed, plain, in_the_clear_keyed] {
            let body = json!({ "call_type": "WEBRTC", "sdp": sdp });
            let (status, answer) = person.do_own("calls", body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
            let said = text(&answer, "result");
            assert!(said.starts_with("Invalid SDP"), "{said}");
        }
        let body = json!({ "call_type": "WEBRTC", "sdp": offer });
        let (status, answer) = person.do_own("calls", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let answered = text(&answer, "result.sdp");
        assert!(answered.contains("a=fingerprint:"));
        let mut sections = answered.lines().filter(|line| line.starts_with("m="));
        assert!(sections.all(|line| line.contains("/TLS/") || line.contains("DTLS")));
    }
}
