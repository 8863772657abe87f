//! Janus's videoroom over its HTTP interface: one connection to send, one to
//! receive all others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use parking_lot::Mutex;
use reqwest::{Client, Url};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::endpoint::{Endpoint, Plan};
use crate::source::SendPlan;

/// A Janus server, reached over HTTP.
#[derive(Debug, Clone)]
pub struct Janus {
    base: Url,
    http: Client,
    address: IpAddr,
}

/// A session: what all handles of this process hang on.
#[derive(Debug)]
pub struct JanusSession {
    janus: Janus,
    url: Url,
    waiting: Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>,
    next: AtomicU64,
    listener: JoinHandle<()>,
}

/// Somebody who sends in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed(u64);

/// Events taken with one request.
const MOST_EVENTS: usize = 100;
/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Janus {
    /// The server at `address`.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn at(address: Ipv4Addr, port: u16) -> Result<Self> {
        // Only the first call of a process decides; every call asks for the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = Client::builder()
            .timeout(Duration::from_secs(60))
            .no_proxy()
            .build()?;
        Ok(Self {
            base: Url::parse(&format!("http://{address}:{port}/janus"))?,
            http,
            address: address.into(),
        })
    }

    /// Whether it is there.
    pub async fn answers(&self) -> bool {
        let request = self.http.get(format!("{}/info", self.base));
        request.send().await.is_ok_and(|r| r.status().is_success())
    }

    /// Opens a session.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(&self) -> Result<JanusSession> {
        let asked = json!({ "janus": "create", "transaction": "create" });
        let reply = self.post(&self.base, &asked).await?;
        let id = reply["data"]["id"].as_u64().context("no session id")?;
        let url = Url::parse(&format!("{}/{id}", self.base))?;
        let waiting = Arc::new(Mutex::new(HashMap::new()));
        let listener = tokio::spawn(listen(
            self.http.clone(),
            format!("{url}?maxev={MOST_EVENTS}"),
            Arc::clone(&waiting),
        ));
        Ok(JanusSession {
            janus: self.clone(),
            url,
            waiting,
            next: AtomicU64::new(1),
            listener,
        })
    }

    async fn post(&self, url: &Url, body: &Value) -> Result<Value> {
        let reply = self.http.post(url.clone()).json(body).send().await?;
        let reply: Value = reply.error_for_status()?.json().await?;
        ensure!(reply["janus"] != "error", "janus refuses: {reply}");
        Ok(reply)
    }
}

/// Hands events to whoever waits for them, until the session is dropped.
async fn listen(
    http: Client,
    url: String,
    waiting: Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>,
) {
    loop {
        let Ok(reply) = http.get(&url).send().await else {
            return;
        };
        let events: Value = reply.json().await.unwrap_or_default();
        let events = match events {
            Value::Array(events) => events,
            event => vec![event],
        };
        for event in events {
            let transaction = event["transaction"].as_str().unwrap_or_default();
            if let Some(waiter) = waiting.lock().remove(transaction) {
                // Who asked may have given up.
                let _ = waiter.send(event);
            }
        }
    }
}

impl Drop for JanusSession {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl JanusSession {
    /// Opens a room in which nothing is limited.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open_room(&self) -> Result<u64> {
        let handle = self.attach().await?;
        let body = json!({
            "request": "create", "publishers": 100, "bitrate": 0, "fir_freq": 0,
            "videocodec": "vp8", "audiocodec": "opus",
        });
        let asked = json!({ "janus": "message", "transaction": self.transaction(), "body": body });
        let reply = self.janus.post(&handle, &asked).await?;
        let room = reply["plugindata"]["data"]["room"].as_u64();
        room.with_context(|| format!("no room: {reply}"))
    }

    /// Enters a room and sends as `plan` says.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn publish(&self, room: u64, send: SendPlan) -> Result<(Feed, Endpoint)> {
        let plan = Plan {
            send,
            video_slots: 0,
            audio_slots: 0,
        };
        let offering = Endpoint::offering_from(self.janus.address, plan)?;
        let handle = self.attach().await?;
        let body = json!({ "request": "joinandconfigure", "ptype": "publisher", "room": room });
        let offer = json!({ "type": "offer", "sdp": offering.offer(), "trickle": false });
        let event = self.ask(&handle, body, Some(offer)).await?;
        let id = event["plugindata"]["data"]["id"].as_u64();
        let answer = event["jsep"]["sdp"].as_str();
        let (id, answer) = id
            .zip(answer)
            .with_context(|| format!("not joined: {event}"))?;
        Ok((Feed(id), offering.answered(answer)?))
    }

    /// Receives `feeds` of a room, all over one connection.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn subscribe(&self, room: u64, feeds: &[Feed]) -> Result<Endpoint> {
        let handle = self.attach().await?;
        let streams: Vec<Value> = feeds.iter().map(|f| json!({ "feed": f.0 })).collect();
        let body = json!({
            "request": "join", "ptype": "subscriber", "room": room, "streams": streams,
        });
        let event = self.ask(&handle, body, None).await?;
        let offer = event["jsep"]["sdp"].as_str();
        let offer = offer.with_context(|| format!("no offer: {event}"))?;
        let plan = Plan {
            send: SendPlan::NOTHING,
            video_slots: Plan::MAX_SLOTS,
            audio_slots: Plan::MAX_SLOTS,
        };
        let (endpoint, answer) = Endpoint::answering_from(self.janus.address, plan, offer)?;
        let answer = json!({ "type": "answer", "sdp": answer, "trickle": false });
        let body = json!({ "request": "start", "room": room });
        let event = self.ask(&handle, body, Some(answer)).await?;
        ensure!(
            event["plugindata"]["data"]["started"] == "ok",
            "not started: {event}"
        );
        Ok(endpoint)
    }

    fn transaction(&self) -> String {
        format!("t{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    async fn attach(&self) -> Result<Url> {
        let asked = json!({
            "janus": "attach", "plugin": "janus.plugin.videoroom",
            "transaction": self.transaction(),
        });
        let reply = self.janus.post(&self.url, &asked).await?;
        let id = reply["data"]["id"].as_u64().context("no handle id")?;
        Ok(Url::parse(&format!("{}/{id}", self.url))?)
    }

    /// Sends a message whose answer comes as an event.
    async fn ask(&self, handle: &Url, body: Value, jsep: Option<Value>) -> Result<Value> {
        let transaction = self.transaction();
        let (waiter, event) = oneshot::channel();
        self.waiting.lock().insert(transaction.clone(), waiter);
        let mut asked = json!({ "janus": "message", "transaction": transaction, "body": body });
        if let Some(jsep) = jsep {
            asked["jsep"] = jsep;
        }
        self.janus.post(handle, &asked).await?;
        let event = tokio::time::timeout(PATIENCE, event)
            .await
            .context("janus does not answer")?
            .context("the session is gone")?;
        if !event["plugindata"]["data"]["error"].is_null() {
            bail!("janus refuses: {event}");
        }
        Ok(event)
    }
}
