//! A tree of organisations and callers in it.
//!
//! ```text
//! Country (folder)
//! ├── region            the hub's organisation
//! │   ├── ward
//! │   │   └── ward/bed
//! │   └── Folder (folder)
//! │       └── clinic
//! └── other
//! ```

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_store::Connection as _;
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::testing::TestDb;
use vdx_testkit::{ORGANISATION, TestHub};

/// A hub with the tree.
pub(crate) struct Rig {
    pub(crate) hub: TestHub,
    pub(crate) country: i64,
    pub(crate) folder: i64,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// The body, when the call succeeded.
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body
    }

    /// The HTTP status and the text, when the call failed in the shape of the API.
    pub(crate) fn failed(&self) -> (u16, &str) {
        let mut members: Vec<&str> = self
            .body
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        members.sort_unstable();
        assert_eq!(
            members,
            ["error", "path", "status", "status_text", "timestamp"]
        );
        assert_eq!(self.body["status"], self.status.as_u16());
        assert_eq!(
            self.body["status_text"],
            self.status.canonical_reason().unwrap()
        );
        (self.status.as_u16(), self.body["error"].as_str().unwrap())
    }
}

impl Rig {
    pub(crate) async fn on(test: TestDb) -> Self {
        let hub = TestHub::on(test).await;
        let mut tx = hub.db.begin().await.unwrap();
        let country = organisations::add_group(&mut tx, "Country", GroupKind::Group, None)
            .await
            .unwrap();
        let region = organisations::group_of(&mut tx, &code(ORGANISATION))
            .await
            .unwrap()
            .unwrap();
        // The testkit makes its organisation at the top.
        tx.sql("UPDATE groups SET parent_id = $1 WHERE id = $2")
            .bind(country)
            .bind(region)
            .execute()
            .await
            .unwrap();
        let folder = organisations::add_group(&mut tx, "Folder", GroupKind::Group, Some(region))
            .await
            .unwrap();
        let mut add = async |text: &str, parent: i64| {
            let new = NewOrganisation {
                code: &code(text),
                name: text,
                kind: GroupKind::Agency,
                parent_group: Some(parent),
                pool_size: None,
                allow_custom_uri_without_domain: false,
            };
            organisations::add(&mut tx, new, vdx_domain::Clock::now(&*hub.clock))
                .await
                .unwrap()
        };
        let ward = add("ward", region).await;
        add("ward/bed", ward).await;
        add("clinic", folder).await;
        add("other", country).await;
        tx.commit().await.unwrap();
        Self {
            hub,
            country,
            folder,
        }
    }

    /// Somebody with these roles in this organisation.
    pub(crate) async fn caller(&self, roles: &[ApiRole], organisation: &str) -> Caller<'_> {
        let client = self.hub.add_client(roles, Some(organisation)).await;
        Caller {
            hub: &self.hub,
            token: Some(self.hub.token_of(&client).await),
        }
    }

    /// An administrator of this organisation.
    pub(crate) async fn admin(&self, organisation: &str) -> Caller<'_> {
        self.caller(&[ApiRole::MeetingAdmin], organisation).await
    }

    pub(crate) fn stranger(&self) -> Caller<'_> {
        Caller {
            hub: &self.hub,
            token: None,
        }
    }
}

pub(crate) fn code(text: &str) -> vdx_domain::OrganisationCode {
    vdx_domain::OrganisationCode(text.to_owned())
}

/// Somebody who calls.
pub(crate) struct Caller<'a> {
    hub: &'a TestHub,
    token: Option<String>,
}

impl Caller<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body.to_string())).await
    }

    /// Calls a path under `/services`.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let url = format!("{}/services{path}", self.hub.url);
        let mut request = self.hub.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let reply = request.send().await.unwrap();
        assert_eq!(reply.headers()["content-type"], "application/json");
        Answer {
            status: reply.status(),
            body: reply.json().await.unwrap(),
        }
    }
}

/// The codes of a tree, as `a(b() c())`.
pub(crate) fn words(tree: &Value) -> String {
    let children: Vec<String> = tree["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(words)
        .collect();
    format!("{}({})", tree["code"].as_str().unwrap(), children.join(" "))
}

/// All that can be set.
pub(crate) fn everything() -> Value {
    json!({
        "poolSize": 7,
        "smsSenderName": "Sender",
        "allowCustomUriWithoutDomain": true,
        "smsCallbackUrl": "https://callback.example/%reference%?status=%status%",
        "historyApiKey": "history-key",
        "deviceWebhookEndpoint": "https://hook.example/devices",
        "deviceWebhookEndpointKey": "webhook-key",
    })
}
