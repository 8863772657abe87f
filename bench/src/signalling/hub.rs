//! The hub: rooms booked over the VDX API v2, entered over the rooms' client
//! API (Pexip client REST API v2).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use jiff::ToSpan as _;
use parking_lot::Mutex;
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::task::JoinHandle;
use vdx_domain::{Clock as _, SystemClock};

use super::{Joined, Person, Role, Signalling};
use crate::endpoint::{Endpoint, Plan};

/// A hub, reached over HTTP.
#[derive(Debug, Clone)]
pub struct Hub {
    base: Url,
    http: Client,
    /// Where this machine's clients are.
    clients: IpAddr,
}

/// A room and what opens it.
#[derive(Clone)]
pub struct Room {
    /// The address people dial.
    pub address: String,
    /// Makes its holder a host.
    pub host_pin: Option<String>,
    /// Lets guests in.
    pub guest_pin: Option<String>,
}

/// An API client of `demo.json`.
#[derive(Clone, Deserialize)]
pub struct ApiClient {
    client_id: String,
    client_secret: String,
    roles: Vec<String>,
}

/// What the load generator reads of `demo.json`.
#[derive(Clone, Deserialize)]
pub struct Demo {
    clients: Vec<ApiClient>,
}

impl Demo {
    /// A client that may book meetings.
    ///
    /// # Errors
    /// When there is none.
    pub fn planner(&self) -> Result<&ApiClient> {
        let may_book = |client: &&ApiClient| client.roles.iter().any(|r| r == "meeting-planner");
        let planner = self.clients.iter().find(may_book);
        planner.context("demo.json names no client with the role meeting-planner")
    }

    /// The client that may do everything.
    ///
    /// # Errors
    /// When there is none.
    pub fn all_roles(&self) -> Result<&ApiClient> {
        let most = self.clients.iter().max_by_key(|client| client.roles.len());
        most.context("demo.json names no client")
    }
}

/// An access token of the hub's token service.
#[derive(Clone, Deserialize)]
pub struct Access {
    access_token: String,
}

/// A participant in a conference.
pub struct Session {
    conference: Url,
    /// The newest that the refresher got.
    token: Arc<Mutex<String>>,
    /// The participant's id.
    pub participant: String,
    /// The call's id.
    pub call: String,
    /// The hub's session description.
    pub answer: String,
    refresher: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.refresher.abort();
    }
}

#[derive(Deserialize)]
struct Reply<T> {
    result: T,
}

/// A participant's token.
#[derive(Deserialize)]
pub struct Granted {
    /// To be sent as header `token`.
    pub token: String,
    /// The participant's id.
    pub participant_uuid: String,
    expires: String,
}

#[derive(Deserialize)]
struct CallMade {
    call_uuid: String,
    sdp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meeting {
    uuid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SchedulingInfo {
    uri_with_domain: String,
    host_pin: Option<u64>,
    guest_pin: Option<u64>,
    provision_status: String,
}

impl Access {
    /// The token, to be sent as `Bearer`.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.access_token
    }
}

impl Hub {
    /// The hub at `base`, for instance `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// When `base` is no address.
    pub fn at(base: &str) -> Result<Self> {
        // Only the first call of a process decides; every call asks for the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = Client::builder()
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()?;
        let base = Url::parse(base)?;
        // A hub on an address of this machine's is reached from that same address.
        let clients = base.host_str().and_then(|host| host.parse().ok());
        Ok(Self {
            base,
            http,
            clients: clients.unwrap_or(Ipv4Addr::LOCALHOST.into()),
        })
    }

    /// The client all requests go through.
    #[must_use]
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// An address below the hub's.
    ///
    /// # Errors
    /// When `path` makes no address.
    pub fn url(&self, path: &str) -> Result<Url> {
        Ok(self.base.join(path)?)
    }

    /// The base of a conference's calls: `…/conferences/{alias}/`.
    ///
    /// # Errors
    /// When the hub's address cannot carry a path.
    pub fn conference(&self, address: &str) -> Result<Url> {
        let mut url = self.url("/api/client/v2/conferences/")?;
        url.path_segments_mut()
            .ok()
            .context("the hub's address carries no path")?
            .pop_if_empty()
            .push(address)
            .push("");
        Ok(url)
    }

    /// An access token for `client`.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn sign_in(&self, client: &ApiClient) -> Result<Access> {
        let request = self
            .http
            .post(self.url("/oauth2/token")?)
            .basic_auth(&client.client_id, Some(&client.client_secret))
            .form(&[("grant_type", "client_credentials")]);
        read(request).await.context("signing in")
    }

    /// Books a meeting that has just begun and lasts two hours, and waits
    /// until its room is open.
    ///
    /// # Errors
    /// When the hub refuses, or the room does not open within half a minute.
    pub async fn book(&self, access: &Access, subject: &str) -> Result<Room> {
        let now = SystemClock.now();
        let body = json!({
            "subject": subject,
            "startTime": now.to_string(),
            "endTime": now.checked_add(2.hours())?.to_string(),
        });
        let request = self.http.post(self.url("/videoapi/v2/meetings")?);
        let request = request.bearer_auth(&access.access_token).json(&body);
        let meeting: Meeting = read(request).await.context("booking")?;
        let path = format!("/videoapi/v2/scheduling-info/{}", meeting.uuid);
        for _ in 0..300 {
            let request = self.http.get(self.url(&path)?);
            let request = request.bearer_auth(&access.access_token);
            let info: SchedulingInfo = read(request).await.context("reading the room")?;
            if info.provision_status == "PROVISIONED_OK" {
                return Ok(Room {
                    address: info.uri_with_domain,
                    host_pin: info.host_pin.map(|pin| pin.to_string()),
                    guest_pin: info.guest_pin.map(|pin| pin.to_string()),
                });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the room of meeting {} does not open", meeting.uuid)
    }

    /// The sum of a counter of `/metrics` over its labels; `None` when the hub
    /// does not have it.
    ///
    /// # Errors
    /// When the metrics cannot be read.
    pub async fn metric(&self, name: &str) -> Result<Option<f64>> {
        let text = self.http.get(self.url("/metrics")?).send().await?;
        let text = text.error_for_status()?.text().await?;
        Ok(sum_of_metric(&text, name))
    }

    /// Enters `room` without media.
    ///
    /// # Errors
    /// When the hub does not let the person in.
    pub async fn request_token(&self, room: &Room, person: &Person) -> Result<Granted> {
        let pin = match person.role {
            Role::Host => room.host_pin.as_deref(),
            Role::Guest => Some(room.guest_pin.as_deref().unwrap_or("none")),
        };
        let mut request = self
            .http
            .post(self.conference(&room.address)?.join("request_token")?)
            .json(&json!({ "display_name": person.name }));
        if let Some(pin) = pin {
            request = request.header("pin", pin);
        }
        let reply: Reply<Granted> = read(request).await.context("request_token")?;
        Ok(reply.result)
    }
}

impl Signalling for Hub {
    type Room = Room;
    type Session = Session;

    async fn join(&self, room: &Room, person: &Person, plan: Plan) -> Result<Joined<Session>> {
        let asked = Instant::now();
        let conference = self.conference(&room.address)?;
        let granted = self.request_token(room, person).await?;
        let offering = Endpoint::offering_from(self.clients, plan)?;
        let calls = conference.join(&format!("participants/{}/calls", granted.participant_uuid))?;
        let body = json!({
            "call_type": "WEBRTC",
            "sdp": offering.offer(),
            "vdx": { "video_slots": plan.video_slots, "audio_slots": plan.audio_slots },
        });
        let request = self.http.post(calls.clone()).json(&body);
        let call: Reply<CallMade> = read(request.header("token", &granted.token))
            .await
            .context("calls")?;
        let endpoint = offering.answered(&call.result.sdp)?;
        let ack = format!("{calls}/{}/ack", call.result.call_uuid);
        let request = self.http.post(ack).json(&json!({}));
        let _: serde_json::Value = read(request.header("token", &granted.token))
            .await
            .context("ack")?;
        let token = Arc::new(Mutex::new(granted.token.clone()));
        let refresher = self.keep_alive(conference.clone(), &granted, Arc::clone(&token));
        Ok(Joined {
            session: Session {
                conference,
                token,
                participant: granted.participant_uuid,
                call: call.result.call_uuid,
                answer: call.result.sdp,
                refresher,
            },
            endpoints: vec![endpoint],
            asked,
        })
    }

    async fn leave(&self, session: Session) -> Result<()> {
        session.refresher.abort();
        let url = session.conference.join("release_token")?;
        let request = self
            .http
            .post(url)
            .header("token", session.token.lock().as_str());
        let _: serde_json::Value = read(request.json(&json!({})))
            .await
            .context("release_token")?;
        Ok(())
    }
}

impl Hub {
    /// Lets everybody in a host's room have a layout, named as in `available_layouts`.
    ///
    /// # Errors
    /// When the hub refuses.
    pub async fn lay_out(&self, host: &Session, layout: &str) -> Result<()> {
        let url = host.conference.join("transform_layout")?;
        let request = self.http.post(url);
        let request = request.header("token", host.token.lock().as_str());
        let body = json!({ "transforms": { "layout": layout } });
        let _: serde_json::Value = read(request.json(&body))
            .await
            .context("transform_layout")?;
        Ok(())
    }

    /// Renews the token well before it ends. A token that cannot be renewed
    /// ends the participant, which the measurement then shows.
    fn keep_alive(
        &self,
        conference: Url,
        granted: &Granted,
        token: Arc<Mutex<String>>,
    ) -> JoinHandle<()> {
        let http = self.http.clone();
        let life = granted.expires.parse().unwrap_or(120);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(life) / 2).await;
                let Ok(url) = conference.join("refresh_token") else {
                    return;
                };
                let request = http.post(url).header("token", token.lock().as_str());
                let request = request.json(&json!({}));
                let reply: Result<Reply<RefreshedToken>> = read(request).await;
                let Ok(reply) = reply else { return };
                *token.lock() = reply.result.token;
            }
        })
    }
}

#[derive(Deserialize)]
struct RefreshedToken {
    token: String,
}

/// Sends a request and reads the JSON of a success; anything else is an error
/// that quotes the reply's beginning.
async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T> {
    let reply = request.send().await?;
    let status = reply.status();
    let text = reply.text().await?;
    if !status.is_success() {
        let beginning: String = text.chars().take(300).collect();
        bail!("{status}: {beginning}");
    }
    serde_json::from_str(&text).context("the reply is not what it should be")
}

fn sum_of_metric(text: &str, name: &str) -> Option<f64> {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let rest = match rest.strip_prefix('{') {
            Some(labelled) => labelled.split_once('}')?.1,
            None => rest,
        };
        let value = rest.strip_prefix(' ')?;
        value.split(' ').next()?.parse::<f64>().ok()
    });
    values.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_summed_over_their_labels() {
        let text = "# TYPE a counter\na{x=\"1\"} 2\na{x=\"2\"} 3.5 1700000000\nab 100\nb 1\n";
        assert_eq!(sum_of_metric(text, "a"), Some(5.5));
        assert_eq!(sum_of_metric(text, "b"), Some(1.0));
        assert_eq!(sum_of_metric(text, "c"), None);
    }

    #[test]
    fn addresses_are_escaped_in_paths() {
        let hub = Hub::at("http://127.0.0.1:1").unwrap();
        let url = hub.conference("a b/ø@rooms.example").unwrap();
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:1/api/client/v2/conferences/a%20b%2F%C3%B8@rooms.example/"
        );
    }
}
