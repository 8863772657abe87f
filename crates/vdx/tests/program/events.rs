//! Rooms that are made by another system, which is told by events: the program,
//! a real stream, and a provisioner beside them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, consumer, stream};
use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use vdx_domain::{Clock as _, SystemClock};
use vdx_store::EngineKind;
use vdx_store::testing::TestDb;

use crate::process::{Home, client};

/// Generous: only what never comes fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

fn nats() -> String {
    std::env::var("TEST_NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned())
}

/// Calls of the demo's client with all roles.
#[derive(Clone)]
struct Api {
    url: String,
    token: String,
}

impl Api {
    async fn of(home: &Home) -> Self {
        let demo = home.demo();
        let clients = demo["clients"].as_array().unwrap();
        let all = |one: &&Value| one["roles"].as_array().unwrap().len() == 5;
        let who = clients.iter().find(all).unwrap();
        let (id, secret) = (&who["client_id"], &who["client_secret"]);
        let asked = client()
            .post(format!("{}/oauth2/token", home.url()))
            .basic_auth(id.as_str().unwrap(), secret.as_str())
            .form(&[("grant_type", "client_credentials")]);
        let token: Value = asked.send().await.unwrap().json().await.unwrap();
        Self {
            url: home.url(),
            token: token["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// The status, and the body if there is one.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = client()
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, reply.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn room(&self, uuid: &Value) -> Value {
        let uuid = uuid.as_str().unwrap();
        self.get(&format!("/videoapi/v2/scheduling-info/{uuid}"))
            .await
    }
}

/// What the provisioner has been told, in its order, by the rooms' numbers.
type Told = Arc<Mutex<Vec<Value>>>;

/// Reads the stream and makes and removes rooms as it is told.
async fn provision(stream: stream::Stream, api: Api, told: Told) {
    let consumer = stream
        .create_consumer(consumer::pull::Config::default())
        .await
        .unwrap();
    let mut messages = consumer.messages().await.unwrap();
    while let Some(message) = messages.next().await {
        let message = message.unwrap();
        let event: Value = serde_json::from_slice(&message.payload).unwrap();
        let now = SystemClock.now();
        let before_now = |member: &str| {
            let instant = event[member].as_str().map(|text| text.parse().unwrap());
            instant.map(|instant: jiff::Timestamp| instant <= now)
        };
        match event["messageType"].as_str().unwrap() {
            "CREATE" if before_now("vMRStartTime") != Some(false) => {
                report(&api, &event, "STARTING_TO_PROVISION").await;
                report(&api, &event, "PROVISIONED_OK").await;
            }
            "UPDATE" if before_now("meetingEndTime") == Some(true) => {
                report(&api, &event, "STARTING_TO_DEPROVISION").await;
                report(&api, &event, "DEPROVISION_OK").await;
            }
            _ => {}
        }
        told.lock().await.push(event);
        message.ack().await.unwrap();
    }
}

async fn report(api: &Api, event: &Value, status: &str) {
    let uuid = event["uuid"].as_str().unwrap();
    let body = json!({
        "provisionStatus": status,
        "provisionVmrId": format!("vmr-{}", event["schedulingInfoIdentifier"]),
    });
    let path = format!("/videoapi/v2/scheduling-info/{uuid}");
    let (status, body) = api.call(Method::PUT, &path, Some(body)).await;
    assert_eq!(status, 200, "{body}");
}

/// Waits until so many events of this type were told, and gives them.
async fn events(told: &Told, kind: &str, count: usize) -> Vec<Value> {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let found: Vec<Value> = {
            let told = told.lock().await;
            let of_kind = told.iter().filter(|event| event["messageType"] == kind);
            of_kind.cloned().collect()
        };
        if found.len() >= count {
            return found;
        }
        let late = std::time::Instant::now() > deadline;
        assert!(!late, "{} of {count} {kind}", found.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn meeting(starts_in: i64, more: &Value) -> Value {
    let now = SystemClock.now();
    let at = |seconds| (now + jiff::SignedDuration::from_secs(seconds)).to_string();
    let mut meeting = json!({
        "subject": "Told by events", "startTime": at(starts_in), "endTime": at(starts_in + 3600),
    });
    let more = more.as_object().unwrap().clone();
    meeting.as_object_mut().unwrap().extend(more);
    meeting
}

async fn an_external_provisioner_makes_the_rooms(test: TestDb) {
    let name = format!("test-{}", uuid::Uuid::new_v4().simple());
    let subject = format!("{name}.rooms");
    let mut home = Home::new();
    home.database = Some(test.url_text.clone());
    let settings = format!(
        "[bus]\nurl = '{}'\n[provisioner]\nevents = ['demo-region']\nsubject = '{subject}'\n\
         [pool]\nfill_interval_seconds = 1\nminimum_age_seconds = 0\n",
        nats()
    );
    std::fs::write(home.folder.path().join("vdx.toml"), settings).unwrap();
    let _hub = home.serve(&["--demo"]).await;
    let api = Api::of(&home).await;
    let meetings = "/videoapi/v2/meetings";

    // Nobody listens yet, and bookings are answered all the same.
    let asked = meeting(
        86_400,
        &json!({ "callType": "AudioSendRecv", "hostPin": 4711 }),
    );
    let (status, tomorrow) = api.call(Method::POST, meetings, Some(asked)).await;
    assert_eq!(status, 200, "{tomorrow}");

    let nats = async_nats::connect(nats()).await.unwrap();
    let jetstream = jetstream::new(nats);
    let config = stream::Config {
        name: name.clone(),
        subjects: vec![subject],
        ..Default::default()
    };
    let stream = jetstream.create_stream(config).await.unwrap();
    let told = Told::default();
    let provisioner = tokio::spawn(provision(stream, api.clone(), Arc::clone(&told)));

    // The pool of five, and the meeting that was booked before.
    let made = events(&told, "CREATE", 6).await;
    let of_tomorrow = made.iter().find(|event| event["uuid"] == tomorrow["uuid"]);
    let of_tomorrow = of_tomorrow.unwrap();
    let room = api.room(&tomorrow["uuid"]).await;
    for member in [
        "hostPin",
        "guestPin",
        "portalLink",
        "uriWithDomain",
        "callType",
    ] {
        assert_eq!(of_tomorrow[member], room[member], "{member}");
    }
    assert_eq!(of_tomorrow["callType"], "AudioSendRecv");
    assert_eq!(room["provisionStatus"], "AWAITS_PROVISION");
    // Its provisioner knows what is there, so the pool is not shown.
    assert_eq!(api.get("/videoapi/v2/pool").await, json!([]));

    // A meeting that starts now gets one of them, which is live.
    let asked = || meeting(0, &json!({ "meetingType": "POOL" }));
    let deadline = std::time::Instant::now() + PATIENCE;
    let now = loop {
        let (status, booked) = api.call(Method::POST, meetings, Some(asked())).await;
        if status == 200 {
            break booked;
        }
        assert_eq!(booked["detailed_error_code"], "20", "{booked}");
        assert!(std::time::Instant::now() < deadline, "no room is live");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let taken = events(&told, "UPDATE", 1).await.remove(0);
    assert_eq!(taken["uuid"], now["uuid"]);
    let number = &taken["schedulingInfoIdentifier"];
    let same = |event: &&Value| &event["schedulingInfoIdentifier"] == number;
    let before = made.iter().find(same).unwrap();
    assert_ne!(before["uuid"], taken["uuid"]);
    let vmr = json!(format!("vmr-{number}"));
    let room = api.room(&now["uuid"]).await;
    assert_eq!(
        (&room["provisionVmrId"], &taken["provisionVMRId"]),
        (&vmr, &vmr)
    );
    let link = format!("/api/hub/v1/links/{}", now["shortId"].as_str().unwrap());
    assert_eq!(api.get(&link).await["state"], "open");

    // Closed early, it is removed and its number free again.
    let path = format!("{meetings}/{}", now["uuid"].as_str().unwrap());
    let end = json!({ "endTime": SystemClock.now().to_string() });
    let (status, body) = api.call(Method::PATCH, &path, Some(end)).await;
    assert_eq!(status, 200, "{body}");
    events(&told, "UPDATE", 2).await;
    let deadline = std::time::Instant::now() + PATIENCE;
    while api.room(&now["uuid"]).await["provisionStatus"] != "DEPROVISION_OK" {
        assert!(std::time::Instant::now() < deadline, "it was not removed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        api.room(&now["uuid"]).await["uriWithoutDomain"],
        Value::Null
    );
    assert_eq!(api.get(&link).await["state"], "over");

    // Tomorrow's is changed and taken back.
    let path = format!("{meetings}/{}", tomorrow["uuid"].as_str().unwrap());
    let pin = json!({ "guestPin": 1234 });
    let (status, body) = api.call(Method::PATCH, &path, Some(pin)).await;
    assert_eq!(status, 200, "{body}");
    let changed = events(&told, "UPDATE", 3).await.remove(2);
    assert_eq!(changed["guestPin"], 1234);
    let (status, _) = api.call(Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    assert_eq!(
        events(&told, "DELETE", 1).await[0]["uuid"],
        tomorrow["uuid"]
    );

    // The room that was taken is made again; a smaller pool gives rooms back.
    events(&told, "CREATE", 7).await;
    let organisation = "/services/v2/organisation/demo-region";
    let smaller = json!({ "poolSize": 3 });
    let (status, body) = api.call(Method::PUT, organisation, Some(smaller)).await;
    assert_eq!(status, 200, "{body}");
    let removed = events(&told, "POOL_DELETE", 2).await;
    for event in removed {
        let path = format!(
            "/videoapi/v2/scheduling-info/{}",
            event["uuid"].as_str().unwrap()
        );
        assert_eq!(api.call(Method::GET, &path, None).await.0, 404);
    }

    // Each room's events came in their order, and each once.
    let mut last: HashMap<String, String> = HashMap::new();
    for event in told.lock().await.iter() {
        let number = event["schedulingInfoIdentifier"].to_string();
        let kind = event["messageType"].as_str().unwrap().to_owned();
        let before = last.insert(number, kind.clone());
        match kind.as_str() {
            "CREATE" => assert_eq!(before, None),
            _ => assert!(
                matches!(before.as_deref(), Some("CREATE" | "UPDATE")),
                "{kind} after {before:?}"
            ),
        }
    }
    provisioner.abort();
    jetstream.delete_stream(&name).await.unwrap();
}

#[test]
fn rooms_made_by_events_on_sqlite() {
    vdx_store::testing::run(EngineKind::Sqlite, an_external_provisioner_makes_the_rooms);
}

#[test]
fn rooms_made_by_events_on_postgres() {
    vdx_store::testing::run(
        EngineKind::Postgres,
        an_external_provisioner_makes_the_rooms,
    );
}
