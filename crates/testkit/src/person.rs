//! Somebody at the door of a room, and then in it, over HTTP.

use std::net::IpAddr;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{Events, TestHub};

/// A client of the rooms' client API.
#[derive(Debug, Clone)]
pub struct Person {
    http: reqwest::Client,
    base: String,
    /// The token, once in.
    pub token: String,
    /// The participant's id, once in.
    pub uuid: String,
}

impl Person {
    pub(crate) fn new(hub: &TestHub, alias: &str) -> Self {
        Self {
            http: hub.http.clone(),
            base: format!("{}/api/client/v2/conferences/{alias}", hub.url),
            token: String::new(),
            uuid: String::new(),
        }
    }

    /// The same somebody, who goes on with a hub that was started again.
    #[must_use]
    pub fn at(self, hub: &TestHub, alias: &str) -> Self {
        Self {
            base: format!("{}/api/client/v2/conferences/{alias}", hub.url),
            ..self
        }
    }

    /// The same somebody at this address, of which a machine has many: 127.0.0.0/8.
    #[must_use]
    pub fn at_address(self, address: IpAddr) -> Self {
        let http = reqwest::Client::builder().local_address(address);
        Self {
            http: http.build().expect("a client"),
            ..self
        }
    }

    /// Asks to be let in with this body and PIN; gives status and body.
    pub async fn knock(&self, body: Value, pin: Option<&str>) -> (StatusCode, Value) {
        let mut request = self
            .http
            .post(format!("{}/request_token", self.base))
            .json(&body);
        if let Some(pin) = pin {
            request = request.header("pin", pin);
        }
        answer(request).await
    }

    /// Comes in, and gives the result.
    pub async fn enter(&mut self, name: &str, pin: Option<&str>) -> Value {
        let (status, body) = self.knock(json!({ "display_name": name }), pin).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        self.entered(&body)
    }

    /// Takes what was given at the door.
    pub fn entered(&mut self, body: &Value) -> Value {
        let result = &body["result"];
        let text = |field: &str| result[field].as_str().expect(field).to_owned();
        self.token = text("token");
        self.uuid = text("participant_uuid");
        result.clone()
    }

    /// Calls an operation of the room with the token; gives status and body.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/{path}", self.base);
        let request = self.http.request(method, url).header("token", &self.token);
        answer(request.json(&body)).await
    }

    /// Calls an operation under the participant's own path.
    pub async fn do_own(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let path = format!("participants/{}/{path}", self.uuid);
        self.call(Method::POST, &path, body).await
    }

    /// Listens.
    pub async fn listen(&self) -> Events {
        let url = format!("{}/events?token={}", self.base, self.token);
        let reply = self.http.get(url).send().await.expect("an answer");
        assert_eq!(reply.status(), StatusCode::OK);
        Events::new(reply)
    }

    /// Listens again, with what was heard last.
    pub async fn listen_after(&self, last: &str) -> Events {
        let url = format!("{}/events?token={}", self.base, self.token);
        let request = self.http.get(url).header("last-event-id", last);
        let reply = request.send().await.expect("an answer");
        assert_eq!(reply.status(), StatusCode::OK);
        Events::new(reply)
    }

    /// Calls an operation under the path of `target`.
    pub async fn do_to(&self, target: &Self, path: &str, body: Value) -> (StatusCode, Value) {
        let path = format!("participants/{}/{path}", target.uuid);
        self.call(Method::POST, &path, body).await
    }

    /// Where the room's operations are.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let reply = request.send().await.expect("an answer");
    let status = reply.status();
    let text = reply.text().await.expect("a body");
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };
    (status, body)
}
