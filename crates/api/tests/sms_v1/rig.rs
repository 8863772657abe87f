//! Callers of the API.

use std::time::{Duration, Instant};

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vdx_domain::ApiRole;
use vdx_testkit::{ORGANISATION, TestHub};

pub(crate) const NUMBER: &str = "+4520123456";
pub(crate) const TEXT: &str = "Hej! Din samtale: %meeting_url%";
/// Something that does not happen within this has not happened.
const PATIENCE: Duration = Duration::from_secs(60);

/// A caller with a token.
pub(crate) struct Api<'a> {
    hub: &'a TestHub,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(reply: Response) -> Self {
        let retry_after = reply.headers().get("retry-after");
        Self {
            status: reply.status(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().parse().unwrap()),
            body: reply.json().await.unwrap(),
        }
    }

    /// The body, when the call succeeded.
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body
    }

    /// HTTP status and text, when the call failed in the shape of the API.
    pub(crate) fn failed(&self) -> (u16, &str) {
        let body = self.body.as_object().unwrap();
        let mut members: Vec<&str> = body.keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["error", "message", "path", "status", "timestamp"]);
        assert_eq!(self.body["status"], self.status.as_u16());
        assert_eq!(self.body["error"], self.status.canonical_reason().unwrap());
        let text = self.body["message"].as_str().unwrap_or_default();
        (self.status.as_u16(), text)
    }
}

impl<'a> Api<'a> {
    /// Somebody of the test organisation who may do everything.
    pub(crate) async fn new(hub: &'a TestHub) -> Self {
        Self::of(hub, Some((ORGANISATION, "me@example.org")), ApiRole::ALL).await
    }

    /// Somebody with these roles.
    pub(crate) async fn of(
        hub: &'a TestHub,
        identity: Option<(&str, &str)>,
        roles: &[ApiRole],
    ) -> Self {
        let client = hub.add_client_as(roles, identity).await;
        let token = hub.token_of(&client).await;
        Self { hub, token }
    }

    pub(crate) async fn post(&self, meeting: &str, body: Value) -> Answer {
        let request = self.hub.http.post(address(self.hub, meeting));
        let request = request.bearer_auth(&self.token).json(&body);
        Answer::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, meeting: &str, to: &str, message: &str) -> Answer {
        let body = json!({ "to": to, "message": message });
        self.post(meeting, body).await
    }

    pub(crate) async fn list(&self, meeting: &str) -> Answer {
        let request = self.hub.http.get(address(self.hub, meeting));
        Answer::read(request.bearer_auth(&self.token).send().await.unwrap()).await
    }

    /// Waits until the meeting's last message has this status.
    pub(crate) async fn becomes(&self, meeting: &str, status: &str) -> Value {
        let begun = Instant::now();
        loop {
            let listed = self.list(meeting).await.good();
            let last = listed.as_array().unwrap().last().unwrap().clone();
            if last["status"] == status {
                return last;
            }
            assert!(begun.elapsed() < PATIENCE, "{last}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub(crate) fn address(hub: &TestHub, meeting: &str) -> String {
    format!("{}/sms/v1/meeting/{meeting}", hub.url)
}

/// Books a meeting; gives its id and its short link.
pub(crate) async fn meeting(hub: &TestHub) -> (String, String) {
    let booked = hub.book(json!({})).await;
    let text = |key: &str| booked[key].as_str().unwrap().to_owned();
    (text("uuid"), text("shortLink"))
}

/// The job that hands messages over; it ends with the value.
pub(crate) struct Job {
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl Job {
    pub(crate) fn start(hub: &TestHub) -> Self {
        let (stop, stopped) = oneshot::channel();
        let sms = hub.hub.sms.clone();
        let running = tokio::spawn(async move {
            sms.run(async { stopped.await.unwrap_or(()) }).await;
        });
        Self {
            stop: Some(stop),
            running: Some(running),
        }
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap();
    }
}
