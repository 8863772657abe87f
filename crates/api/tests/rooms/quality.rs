//! How good calls are: sampled, told to hosts, kept, and read by operators.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_bench::Generator;
use vdx_domain::ApiRole;
use vdx_store::call_records;
use vdx_testkit::{Person, TestHub};

use super::calls::{open_call, room_key};
use super::{CLINIC, hub_with_clinic};

fn quality_of<'a>(event: &'a Value, who: &Person) -> Option<&'a Value> {
    let rows = event["participants"].as_array()?.iter();
    let mut rows = rows.filter(|row| row["participant_uuid"] == who.uuid.as_str());
    rows.next().map(|row| &row["quality"])
}

async fn live(hub: &TestHub) -> Value {
    let token = hub.token_with(&[ApiRole::Operator]).await;
    let url = format!("{}/api/hub/v1/statistics/calls", hub.url);
    let reply = hub.http.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    reply.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_and_operators_see_how_good_calls_are_and_the_record_keeps_it() {
    let hub = hub_with_clinic().await;
    let generator = Generator::start().unwrap();
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let mut events = host.listen().await;
    open_call(&host, &generator, None).await;
    let (call, _) = open_call(&guest, &generator, None).await;

    // Two samples: the second knows from reports of the client what it lost.
    let told = events
        .until_such("vdx_quality", |event| {
            quality_of(event, &guest).is_some_and(|quality| {
                quality["received"]["rating"] == "good" && quality["sent"]["rating"] == "good"
            })
        })
        .await;
    let quality = quality_of(&told, &guest).unwrap();
    for direction in ["received", "sent"] {
        let direction = &quality[direction];
        assert_eq!(direction["loss_percent"], 0.0, "{quality}");
        assert!(
            direction["bitrate_kbps"].as_u64().unwrap() > 100,
            "{quality}"
        );
        assert!(direction["frame_rate"].as_u64().unwrap() > 5, "{quality}");
        assert!(direction["jitter_ms"].is_u64(), "{quality}");
    }
    assert!(quality["rtt_ms"].as_u64().unwrap() < 1_000, "{quality}");

    let calls = live(&hub).await;
    let rows = calls.as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["participant"] == guest.uuid.as_str());
    let row = row.unwrap_or_else(|| panic!("the guest is not in {calls}"));
    assert_eq!(
        (&row["role"], &row["organisation"]),
        (&json!("guest"), &json!("region"))
    );

    // What only the client knows makes its own direction worse.
    let path = format!("calls/{call}/statistics");
    let report = json!({ "video": { "rx_resolution": "640x360" }, "vdx": { "frozen": 0.5 } });
    let (status, answer) = guest.do_own(&path, report).await;
    assert_eq!((status, &answer["result"]), (StatusCode::OK, &Value::Null));
    let told = events
        .until_such("vdx_quality", |event| {
            quality_of(event, &guest).is_some_and(|quality| quality["sent"]["rating"] == "bad")
        })
        .await;
    let quality = quality_of(&told, &guest).unwrap();
    assert_eq!(quality["rating"], "bad");
    assert_eq!(quality["received"]["rating"], "good");
    assert_eq!(quality["sent"]["height"], 360);

    for person in [&guest, &host] {
        person.call(Method::POST, "release_token", json!({})).await;
    }
    hub.hub
        .conferences
        .shut_down(std::time::Duration::from_secs(20))
        .await;
    let key = room_key(&hub).await;
    let records = call_records::of_room(&mut hub.db.reader(), key)
        .await
        .unwrap();
    let kept = |who: &Person| {
        let record = records
            .iter()
            .find(|one| one.participant.to_string() == who.uuid);
        record.unwrap().quality
    };
    let guests = kept(&guest);
    assert!(guests.received.good_seconds >= 10, "{guests:?}");
    assert!(guests.sent.bad_seconds >= 4, "{guests:?}");
    assert!(guests.sent.frozen_ms >= 2_000, "{guests:?}");
    assert_eq!(guests.sent.picture_height, 360);
    assert!(guests.received.bits_average > 100_000, "{guests:?}");
    assert_eq!(kept(&host).sent.bad_seconds, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_of_the_own_call_alone() {
    let hub = hub_with_clinic().await;
    let generator = Generator::start().unwrap();
    let (mut host, mut guest) = (hub.person(CLINIC), hub.person(CLINIC));
    host.enter("Host", Some("1111")).await;
    guest.enter("Guest", Some("none")).await;
    let (call, _) = open_call(&host, &generator, None).await;
    let path = format!("calls/{call}/statistics");
    let (status, _) = guest.do_own(&path, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "another's call");
    let (status, _) = host.do_own(&path, json!([])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = host
        .do_own(&path, json!({ "vdx": { "frozen": "much" } }))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = host
        .do_own(&path, json!({ "audio": { "rx_codec": "opus" } }))
        .await;
    assert_eq!(status, StatusCode::OK);
    host.do_own(&format!("calls/{call}/disconnect"), json!({}))
        .await;
    let (status, _) = host.do_own(&path, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "it is over");
}
