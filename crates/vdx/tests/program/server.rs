//! A small server on this machine: what the hub calls in the world.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// How long something may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// Answers everything as a gateway that takes each message, and remembers it.
/// It ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    number: Arc<AtomicU64>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            number: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    /// What it was asked, once that is so much.
    pub(crate) async fn asked(&self, times: usize) -> Vec<Asked> {
        let begun = Instant::now();
        loop {
            let asked = self.asked.lock().await.clone();
            if asked.len() >= times {
                return asked;
            }
            assert!(begun.elapsed() < PATIENCE, "{asked:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, String) {
    server.asked.lock().await.push(Asked {
        method,
        path: uri.to_string(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let id = server.number.fetch_add(1, Ordering::SeqCst) + 1;
    (StatusCode::OK, format!("{{\"ids\":[{id}]}}"))
}
