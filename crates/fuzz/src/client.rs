//! Bodies of the rooms' client API, given to a whole hub without a network
//! between.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use tower::ServiceExt as _;
use vdx_testkit::{NewRoom, TestHub};

/// Longest input that is looked at.
const MAX_INPUT: usize = 64 * 1024;
/// Longest answer that is looked at.
const MAX_ANSWER: usize = 1024 * 1024;
/// How long an answer may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const ROOM: &str = "clinic@rooms.example";
const PIN: &str = "11111";

/// Stands in a path for the caller's own id.
pub(crate) const MYSELF: &str = "{myself}";

/// A hub, and somebody in its room.
struct Rig {
    _hub: TestHub,
    router: Router,
    participant: Mutex<Participant>,
}

#[derive(Default)]
struct Participant {
    token: String,
    id: String,
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

static RIG: LazyLock<Rig> = LazyLock::new(|| {
    RUNTIME.block_on(async {
        let hub = TestHub::start().await;
        hub.add_room(NewRoom {
            alias: ROOM,
            host_pin: Some(PIN),
            ..NewRoom::default()
        })
        .await;
        Rig {
            router: vdx_api::router(hub.hub.clone()),
            _hub: hub,
            participant: Mutex::default(),
        }
    })
});

/// One call: the path under the room in the first line, the header `pin` in the
/// second, and the body behind.
///
/// # Panics
/// When the hub answers with a fault of its own, or in another shape than the
/// API's.
pub fn client(data: &[u8]) {
    if data.len() > MAX_INPUT {
        return;
    }
    let mut parts = data.splitn(3, |byte| *byte == b'\n');
    let mut next = || parts.next().unwrap_or_default();
    let (path, pin, body) = (next(), next(), next());
    let Ok(path) = std::str::from_utf8(path) else {
        return;
    };
    RUNTIME.block_on(RIG.call(path, pin, body));
}

impl Rig {
    async fn call(&self, path: &str, pin: &[u8], body: &[u8]) {
        let mut participant = self.participant.lock().await;
        if !self.is_in(&participant).await {
            *participant = self.enter().await;
        }
        let path = path.replace(MYSELF, &participant.id);
        let uri = format!("/api/client/v2/conferences/{ROOM}/{path}");
        let Ok(uri) = uri.parse::<Uri>() else { return };
        let mut request = Request::post(uri)
            .header("token", &participant.token)
            .body(Body::from(body.to_vec()))
            .expect("a request");
        if let Ok(pin) = HeaderValue::from_bytes(pin)
            && !pin.is_empty()
        {
            request.headers_mut().insert("pin", pin);
        }
        check(&path, self.send(request).await).await;
    }

    async fn is_in(&self, participant: &Participant) -> bool {
        let uri = format!("/api/client/v2/conferences/{ROOM}/participants");
        let request = Request::get(uri)
            .header("token", &participant.token)
            .body(Body::empty());
        self.send(request.expect("a request")).await.status() == StatusCode::OK
    }

    async fn enter(&self) -> Participant {
        let uri = format!("/api/client/v2/conferences/{ROOM}/request_token");
        let request = Request::post(uri)
            .header("pin", PIN)
            .body(Body::from(json!({ "display_name": "Host" }).to_string()));
        let answer = self.send(request.expect("a request")).await;
        let answer = json_of(answer).await;
        let text = |field: &str| {
            answer["result"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let participant = Participant {
            token: text("token"),
            id: text("participant_uuid"),
        };
        assert!(!participant.token.is_empty(), "not let in: {answer}");
        participant
    }

    async fn send(&self, mut request: Request<Body>) -> Response<Body> {
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let peer: SocketAddr = (Ipv4Addr::LOCALHOST, 1).into();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = self.router.clone().oneshot(request);
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            Err(_) => panic!("no answer within {PATIENCE:?}"),
        }
    }
}

/// A fault of the hub is an answer no body may bring about, and what is answered
/// has the API's shape.
async fn check(path: &str, answer: Response<Body>) {
    let status = answer.status();
    assert!(
        !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE,
        "{path} was answered {status}"
    );
    let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
    if kind.is_some_and(|kind| kind == "application/json") {
        let answer = json_of(answer).await;
        let word = answer["status"].as_str();
        assert!(
            matches!(word, Some("success" | "failed")),
            "{path}: {answer}"
        );
    } else {
        assert!(
            status == StatusCode::NO_CONTENT || status == StatusCode::PERMANENT_REDIRECT,
            "{path} was answered {status} without JSON"
        );
    }
}

async fn json_of(answer: Response<Body>) -> Value {
    let bytes = to_bytes(answer.into_body(), MAX_ANSWER)
        .await
        .expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}
