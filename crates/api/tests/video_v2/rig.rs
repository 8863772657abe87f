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
    /// The caller, as the audit trail tells it.
    pub(crate) agent: String,
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

    /// HTTP status and `detailed_error_code`, when the call failed in the
    /// shape of the API.
    pub(crate) fn failed(&self) -> (u16, &str) {
        let body = self.body.as_object().unwrap();
        let mut members: Vec<&str> = body.keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(
            members,
            [
                "detailed_error",
                "detailed_error_code",
                "error",
                "path",
                "status",
                "timestamp"
            ]
        );
        assert_eq!(self.body["status"], self.status.as_u16());
        assert_eq!(self.body["error"], self.status.canonical_reason().unwrap());
        assert_eq!(self.media_type, "application/json");
        (
            self.status.as_u16(),
            self.body["detailed_error_code"].as_str().unwrap(),
        )
    }

    /// The text of the failure.
    pub(crate) fn text(&self) -> &str {
        self.body["detailed_error"].as_str().unwrap_or_default()
    }
}

impl<'a> Api<'a> {
    /// Somebody of the test organisation with these roles.
    pub(crate) async fn with(hub: &'a TestHub, roles: &[ApiRole]) -> Self {
        Self::of(hub, Some((ORGANISATION, "me@example.org")), roles).await
    }

    /// Somebody with these roles.
    pub(crate) async fn of(
        hub: &'a TestHub,
        identity: Option<(&str, &str)>,
        roles: &[ApiRole],
    ) -> Self {
        let client = hub.add_client_as(roles, identity).await;
        let token = hub.token_of(&client).await;
        Self {
            hub,
            token,
            agent: format!("client:{}", client.0),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// Books with `more` put over a meeting from 10 to 11 on 1 January 2030.
    pub(crate) async fn book(&self, more: Value) -> Answer {
        let mut meeting = json!({
            "subject": "Talk",
            "startTime": "2030-01-01T10:00:00Z",
            "endTime": "2030-01-01T11:00:00Z",
        });
        if let (Value::Object(meeting), Value::Object(more)) = (&mut meeting, more) {
            meeting.extend(more);
        }
        self.post(meeting.to_string()).await
    }

    /// Posts this text to `/meetings`.
    pub(crate) async fn post(&self, body: String) -> Answer {
        self.call(Method::POST, "/meetings", Some(body)).await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let url = format!("{}/videoapi/v2{path}", self.hub.url);
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

/// The names of an object's members, in order.
pub(crate) fn members(value: &Value) -> Vec<&str> {
    let mut members: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
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

/// A ward under the region, and a practice beside it; each keeps a pool.
pub(crate) async fn add_organisations(hub: &TestHub) {
    add_organisation(hub, "practice").await;
    let mut tx = hub.db.begin().await.unwrap();
    let region = OrganisationCode(ORGANISATION.to_owned());
    let new = NewOrganisation {
        code: &OrganisationCode("ward".to_owned()),
        name: "Ward",
        kind: GroupKind::Agency,
        parent_group: organisations::group_of(&mut tx, &region).await.unwrap(),
        pool_size: Some(1),
        allow_custom_uri_without_domain: false,
    };
    let now = hub.clock.now();
    organisations::add(&mut tx, new, now).await.unwrap();
    let keeps = organisations::Details {
        pool_size: Some(1),
        ..Default::default()
    };
    let practice = OrganisationCode("practice".to_owned());
    organisations::set_details(&mut tx, &hub.sealer, &practice, &keeps, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// A meeting of somebody who is nothing but a user.
pub(crate) async fn book_as(hub: &TestHub, organisation: &str, email: &str) -> Value {
    let api = Api::of(hub, Some((organisation, email)), &[ApiRole::MeetingUser]).await;
    api.book(json!({})).await.good()
}

/// The id of a meeting or room.
pub(crate) fn uuid_of(of: &Value) -> String {
    of["uuid"].as_str().unwrap().to_owned()
}

/// All nine settings of a room that a pool is asked for, none as usual.
pub(crate) fn unusual() -> Value {
    json!({
        "vmrType": "lecture", "hostView": "four_mains_zero_pips", "guestView": "one_main_zero_pips",
        "vmrQuality": "fullhd", "enableOverlayText": false, "guestsCanPresent": false,
        "forcePresenterIntoMain": false, "forceEncryption": true, "muteAllGuests": true,
    })
}
