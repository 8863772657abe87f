//! What was answered 200 survives `kill -9`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use vdx_store::EngineKind;
use vdx_store::testing::{TestDb, run};

const ROUNDS: usize = 100;
/// A start takes well under a second; a busy machine gets more.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program, killed when dropped.
struct Program(Child);

impl Program {
    fn start(test: &TestDb, http: SocketAddr, media: SocketAddr) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_vdx"))
            .args(["serve", "--demo"])
            .current_dir(test.folder.path())
            .env("VDX_DATA_DIR", test.folder.path())
            .env("VDX_DATABASE__URL", &test.url_text)
            .env("VDX_SERVER__LISTEN", http.to_string())
            .env("VDX_SERVER__PUBLIC_URL", format!("http://{http}"))
            .env("VDX_MEDIA__LISTEN", media.to_string())
            .env("VDX_LOG__FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("vdx starts");
        Self(child)
    }

    /// SIGKILL: the program gets no chance to do anything more.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

async fn ready(client: &Client, base: &str) {
    let begun = Instant::now();
    loop {
        match client.get(format!("{base}/readyz")).send().await {
            Ok(answer) if answer.status() == StatusCode::OK => return,
            _ if begun.elapsed() > PATIENCE => panic!("vdx is not ready after {PATIENCE:?}"),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn token(client: &Client, base: &str, test: &TestDb) -> String {
    let demo = std::fs::read_to_string(test.folder.path().join("demo.json")).unwrap();
    let demo: Value = serde_json::from_str(&demo).unwrap();
    let clients = demo["clients"].as_array().unwrap();
    let planner = clients
        .iter()
        .find(|client| client["roles"] == json!(["meeting-planner"]))
        .unwrap();
    let answer = client
        .post(format!("{base}/oauth2/token"))
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", planner["client_id"].as_str().unwrap()),
            ("client_secret", planner["client_secret"].as_str().unwrap()),
        ])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let body: Value = answer.json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

async fn body(answer: reqwest::Response) -> Value {
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

async fn meetings_survive(test: TestDb) {
    let (http, media) = (free_port(), free_port());
    let base = format!("http://{http}");
    let meetings = format!("{base}/videoapi/v2/meetings");
    let rooms = format!("{base}/videoapi/v2/scheduling-info");
    let begun = Instant::now();

    let mut program = Program::start(&test, http, media);
    // Connections to a killed program are no use to the next.
    let client = Client::builder().pool_max_idle_per_host(0).build().unwrap();
    ready(&client, &base).await;
    let token = token(&client, &base, &test).await;
    for round in 0..ROUNDS {
        let wish = json!({
            "subject": format!("round {round}"),
            "startTime": "2030-01-01T10:00:00Z",
            "endTime": "2030-01-01T11:00:00Z",
            "labels": [round.to_string()],
        });
        let answer = client
            .post(&meetings)
            .bearer_auth(&token)
            .json(&wish)
            .send()
            .await;
        let answer = answer.unwrap();
        // The head of the answer is here; its body may still be on the way.
        assert_eq!(answer.status(), StatusCode::OK);
        let answered = tokio::spawn(answer.json::<Value>());
        program.kill();
        let booked = answered
            .await
            .unwrap()
            .expect("the body was sent with its head");

        program = Program::start(&test, http, media);
        ready(&client, &base).await;
        let uuid = booked["uuid"].as_str().unwrap();
        let read = client
            .get(format!("{meetings}/{uuid}"))
            .bearer_auth(&token)
            .send()
            .await;
        assert_eq!(body(read.unwrap()).await, booked, "round {round}");
        let room = client
            .get(format!("{rooms}/{uuid}"))
            .bearer_auth(&token)
            .send()
            .await;
        let room = body(room.unwrap()).await;
        assert_eq!(room["provisionStatus"], "AWAITS_PROVISION");
        assert!(room["portalLink"].is_string());
    }
    program.kill();
    println!(
        "{ROUNDS} times killed and started again in {:.1?}",
        begun.elapsed()
    );
}

fn on(engine: EngineKind) {
    // Both tests run in one process; the second to come finds it done.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    run(engine, meetings_survive);
}

#[test]
fn a_booked_meeting_survives_kill_9_on_sqlite() {
    on(EngineKind::Sqlite);
}

#[test]
fn a_booked_meeting_survives_kill_9_on_postgres() {
    on(EngineKind::Postgres);
}
