//! Callers of the API.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use vdx_domain::{ApiRole, Clock as _, OrganisationCode};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_testkit::{ORGANISATION, TestHub};

/// A caller with a token.
pub(crate) struct Api<'a> {
    hub: &'a TestHub,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) media_type: String,
    pub(crate) body: Value,
}

impl Answer {
    /// The body, when the call succeeded.
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert_eq!(self.media_type, "application/hal+json");
        self.body
    }

    /// The members of a list by this name, and the list's own address.
    pub(crate) fn list(self, name: &str) -> (Vec<Value>, String) {
        let body = self.good();
        assert_eq!(members(&body), ["_embedded", "_links"]);
        assert_eq!(members(&body["_embedded"]), [name]);
        assert_eq!(members(&body["_links"]), ["self"]);
        let address = body["_links"]["self"]["href"].as_str().unwrap().to_owned();
        (body["_embedded"][name].as_array().unwrap().clone(), address)
    }

    /// HTTP status and `errorCode`, when the call failed in the shape of the API.
    pub(crate) fn failed(&self) -> (u16, Option<u64>) {
        let mut names = members(&self.body);
        let code = self.body["errorCode"].as_u64();
        if code.is_some() {
            names.retain(|name| !["errorCode", "errorText"].contains(name));
            assert_eq!(self.body["errorText"], self.body["message"]);
        }
        assert_eq!(names, ["error", "message", "path", "status", "timestamp"]);
        assert_eq!(self.body["status"], self.status.as_u16());
        assert_eq!(self.body["error"], self.status.canonical_reason().unwrap());
        assert_eq!(self.media_type, "application/hal+json");
        (self.status.as_u16(), code)
    }

    /// The text of the failure.
    pub(crate) fn text(&self) -> &str {
        self.body["message"].as_str().unwrap()
    }
}

impl<'a> Api<'a> {
    /// Somebody of the test organisation with this role.
    pub(crate) async fn with(hub: &'a TestHub, role: ApiRole) -> Self {
        Self::of(hub, Some((ORGANISATION, "me@example.org")), role).await
    }

    /// Somebody with this role.
    pub(crate) async fn of(
        hub: &'a TestHub,
        identity: Option<(&str, &str)>,
        role: ApiRole,
    ) -> Self {
        let client = hub.add_client_as(&[role], identity).await;
        let token = hub.token_of(&client).await;
        Self { hub, token }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, Some(body.to_string())).await
    }

    /// Books with `more` put over [`meeting`].
    pub(crate) async fn book(&self, more: Value) -> Answer {
        self.post("/meetings", &over(meeting(), more)).await
    }

    /// Makes a template with `more` put over [`template`].
    pub(crate) async fn make_template(&self, more: Value) -> Answer {
        self.post("/scheduling-templates", &over(template(), more))
            .await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let url = format!("{}/videoapi{path}", self.hub.url);
        let mut request = self.hub.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        answer(request).await
    }
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let reply = request.send().await.unwrap();
    let status = reply.status();
    let media_type = reply
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let text = reply.text().await.unwrap();
    let body = match text.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap(),
    };
    Answer {
        status,
        media_type,
        body,
    }
}

/// A meeting from 10 to 11 on 1 January 2030.
pub(crate) fn meeting() -> Value {
    json!({
        "subject": "Talk",
        "startTime": "2030-01-01T10:00:00 +0000",
        "endTime": "2030-01-01T11:00:00 +0000",
    })
}

/// A template that rooms can be made from.
pub(crate) fn template() -> Value {
    json!({
        "conferencingSysId": 1, "uriPrefix": "a", "uriDomain": "a.example",
        "hostPinRequired": false, "guestPinRequired": false,
        "uriNumberRangeLow": 10, "uriNumberRangeHigh": 99,
    })
}

/// `base` with the members of `more` in place of its own.
pub(crate) fn over(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

/// The names of an object's members, in order.
pub(crate) fn members(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap();
    let mut members: Vec<&str> = object.keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}

/// An organisation that allows neither pool nor chosen addresses.
pub(crate) async fn add_organisation(hub: &TestHub, code: &str) {
    let new = NewOrganisation {
        code: &OrganisationCode(code.to_owned()),
        name: code,
        kind: GroupKind::Practice,
        parent_group: None,
        pool_size: None,
        allow_custom_uri_without_domain: false,
    };
    let mut tx = hub.db.begin().await.unwrap();
    organisations::add(&mut tx, new, hub.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
