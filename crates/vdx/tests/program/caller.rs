//! A system that calls the APIs of a demo hub.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::process::{Home, client};
use crate::server::PATIENCE;

pub(crate) struct Caller {
    hub: String,
    http: Client,
    token: String,
}

impl Caller {
    /// The demo's client that has all roles, with a token.
    pub(crate) async fn of(home: &Home) -> Self {
        let demo = home.demo();
        let clients = demo["clients"].as_array().unwrap();
        let all_roles = |client: &&Value| client["roles"].as_array().unwrap().len() == 5;
        let one = clients.iter().find(all_roles).unwrap();
        let http = client();
        let request = http
            .post(format!("{}/oauth2/token", home.url()))
            .basic_auth(
                one["client_id"].as_str().unwrap(),
                one["client_secret"].as_str(),
            )
            .form(&[("grant_type", "client_credentials")]);
        let reply: Value = request.send().await.unwrap().json().await.unwrap();
        Self {
            hub: home.url(),
            http,
            token: reply["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// A call that is answered 200.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.hub);
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.unwrap();
        let status = reply.status();
        let text = reply.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await
    }

    /// Asks until the answer fits; gives it and how long that took.
    pub(crate) async fn until(
        &self,
        path: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> (Value, Duration) {
        let begun = Instant::now();
        loop {
            let answer = self.get(path).await;
            if fits(&answer) {
                return (answer, begun.elapsed());
            }
            assert!(begun.elapsed() < PATIENCE, "{path}: {answer}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whom the hub tells what became of the demo's messages.
    pub(crate) async fn set_callback(&self, url: &str) {
        let settings = serde_json::json!({
            "poolSize": 5,
            "smsSenderName": "Demo Region",
            "smsCallbackUrl": url,
        });
        let path = "/services/v2/organisation/demo-region";
        self.call(Method::PUT, path, Some(settings)).await;
    }
}
