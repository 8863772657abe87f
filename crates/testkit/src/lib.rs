//! For tests alone: a whole hub in a test, with everything real: a database in a
//! folder of its own, the media engine on loopback, HTTP on a free port. Only the
//! time can be moved.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot be set up has failed"
)]

mod clock;
mod events;
mod person;
mod randomness;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use vdx_accounts::organisations::Organisations;
use vdx_accounts::registry::{self, NewUser};
use vdx_accounts::{Accounts, Credentials, Grant, TokenRequest};
use vdx_api::serve::{Listen, serve};
use vdx_api::{Hub, HubParts};
use vdx_booking::{Booking, BookingSettings, DefaultTemplate, PoolSettings, Provisioners};
use vdx_conference::capacity;
use vdx_conference::state::Timers;
use vdx_conference::{Conferences, MediaSink, Parts, media_channel};
use vdx_domain::{
    Agent, ApiRole, ClientId, Clock, FixedRoomId, OrganisationCode, Randomness, RoomAddress,
    RoomSettings, SystemClock, SystemRandomness,
};
use vdx_media::{Config, Engine, StartError};
use vdx_notify::{GatewaySettings, Limits, Region, Sms};
use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::testing::TestDb;
use vdx_store::{DatabaseUrl, Db, Sealer, api_clients};

pub use clock::TestClock;
pub use events::{Events, ServerEvent};
pub use person::Person;
pub use randomness::{ConstantRandomness, SeededRandomness};

/// The organisation a [`TestHub`] has.
pub const ORGANISATION: &str = "region";

/// As whom its clients act unless told otherwise.
const WHO: (&str, &str) = (ORGANISATION, "test@example.org");

/// A running hub. It stops with the value.
pub struct TestHub {
    /// Where it is, without a slash at the end.
    pub url: String,
    /// For requests to it.
    pub http: reqwest::Client,
    /// Its time.
    pub clock: Arc<TestClock>,
    /// Its parts.
    pub hub: Hub,
    /// Its media engine.
    pub engine: Engine,
    /// Its database.
    pub db: Db,
    /// Seals what its database keeps sealed.
    pub sealer: Sealer,
    client: (ClientId, String),
    stop: Option<oneshot::Sender<()>>,
    _folder: TempDir,
}

/// A permanent room to make.
#[derive(Debug, Clone, Default)]
pub struct NewRoom<'a> {
    /// Its address.
    pub alias: &'a str,
    /// For hosts.
    pub host_pin: Option<&'a str>,
    /// For guests.
    pub guest_pin: Option<&'a str>,
    /// Its settings.
    pub settings: RoomSettings,
    /// Nobody writes to anybody.
    pub without_chat: bool,
}

impl TestHub {
    /// A hub on SQLite with one organisation and one API client that may do everything.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// The same, with other settings for bookings.
    pub async fn start_with(change: impl FnOnce(&mut BookingSettings)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite://{}", folder.path().join("vdx.db").display());
        let url = DatabaseUrl::parse(&database, folder.path()).expect("an address");
        let db = Db::open(&url, &SystemClock).await.expect("a database");
        let sealer = Sealer::open(&folder.path().join("secret.key")).expect("a key");
        Self::with(db, sealer, folder, change).await
    }

    /// The same on the database of a test that runs on both engines.
    pub async fn on(test: TestDb) -> Self {
        Self::on_with(test, |_| ()).await
    }

    /// The same, with other settings for bookings.
    pub async fn on_with(test: TestDb, change: impl FnOnce(&mut BookingSettings)) -> Self {
        Self::with(test.db, test.sealer, test.folder, change).await
    }

    async fn with(
        db: Db,
        sealer: Sealer,
        folder: TempDir,
        change: impl FnOnce(&mut BookingSettings),
    ) -> Self {
        // A second hub in the same process finds the provider installed.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = Arc::new(TestClock::default());
        let (listener, url) = free_port();
        add_organisation(&db, &clock, ORGANISATION).await;
        let client = add_client(&db, &clock, ApiRole::ALL, Some(WHO)).await;
        let (hub, engine) = parts(&db, &sealer, &clock, booking_settings(&url, change)).await;
        let (stop, stopped) = oneshot::channel();
        listen(listener, hub.clone(), async {
            stopped.await.unwrap_or(());
        });
        Self {
            url,
            http: reqwest::Client::new(),
            clock,
            hub,
            engine,
            db,
            sealer,
            client,
            stop: Some(stop),
            _folder: folder,
        }
    }

    /// Makes a permanent room.
    pub async fn add_room(&self, room: NewRoom<'_>) -> RoomAddress {
        let address: RoomAddress = room.alias.parse().expect("an address");
        let pin = |text: Option<&str>| text.map(|digits| digits.parse().expect("a PIN"));
        let room = FixedRoom {
            id: FixedRoomId::generate(),
            organisation: OrganisationCode(ORGANISATION.to_owned()),
            name: room.alias.to_owned(),
            description: String::new(),
            host_pin: pin(room.host_pin),
            guest_pin: pin(room.guest_pin),
            allow_guests: true,
            chat: !room.without_chat,
            theme: None,
            settings: room.settings,
            aliases: vec![Alias {
                address: address.clone(),
                description: String::new(),
            }],
        };
        let mut tx = self.db.begin().await.expect("a transaction");
        fixed_rooms::add(&mut tx, &self.sealer, &room, "test", self.clock.now())
            .await
            .expect("a room");
        tx.commit().await.expect("a room");
        address
    }

    /// A further organisation.
    pub async fn add_organisation(&self, code: &str) {
        add_organisation(&self.db, &self.clock, code).await;
    }

    /// Ends the hub as `kill -9` would, and starts it again with its data, at
    /// another address. Nothing is put in order before.
    pub async fn restart(&mut self) {
        self.stop();
        let settings = self.hub.booking.settings().clone();
        let (hub, engine) = parts(&self.db, &self.sealer, &self.clock, settings).await;
        let (listener, url) = free_port();
        let (stop, stopped) = oneshot::channel();
        listen(listener, hub.clone(), async {
            stopped.await.unwrap_or(());
        });
        (self.hub, self.engine, self.url, self.stop) = (hub, engine, url, Some(stop));
    }

    fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended by itself.
            let _ = stop.send(());
        }
        self.engine.stop();
    }

    /// A further API client with these roles, of this organisation or of none;
    /// gives its id and secret.
    pub async fn add_client(
        &self,
        roles: &[ApiRole],
        organisation: Option<&str>,
    ) -> (ClientId, String) {
        let identity = organisation.map(|code| (code, WHO.1));
        self.add_client_as(roles, identity).await
    }

    /// The same, with organisation and e-mail.
    pub async fn add_client_as(
        &self,
        roles: &[ApiRole],
        identity: Option<(&str, &str)>,
    ) -> (ClientId, String) {
        add_client(&self.db, &self.clock, roles, identity).await
    }

    /// Somebody of the hub's organisation who can sign in; gives user name and
    /// password.
    pub async fn add_user(&self, username: &str, roles: &[ApiRole]) -> (String, String) {
        let new = NewUser {
            username: username.to_owned(),
            organisation: OrganisationCode(ORGANISATION.to_owned()),
            email: format!("{username}@example.org"),
            roles: roles.iter().copied().collect(),
        };
        let (now, agent) = (self.clock.now(), Agent::hub("test"));
        let mut tx = self.db.begin().await.expect("a transaction");
        let (_, password) = registry::add_user(&mut tx, new, &SystemRandomness, &agent, now)
            .await
            .expect("a user");
        tx.commit().await.expect("a user");
        (username.to_owned(), password)
    }

    /// A bearer token with these roles, in the hub's organisation.
    pub async fn token_with(&self, roles: &[ApiRole]) -> String {
        let client = self.add_client(roles, Some(ORGANISATION)).await;
        self.token_of(&client).await
    }

    /// A bearer token with all roles.
    pub async fn token(&self) -> String {
        self.token_of(&self.client).await
    }

    /// A bearer token of this API client.
    pub async fn token_of(&self, client: &(ClientId, String)) -> String {
        let (id, secret) = client;
        let request = TokenRequest {
            credentials: Credentials::Secret {
                id: id.to_string(),
                secret: secret.clone(),
            },
            grant: Grant::ClientCredentials,
            resource: None,
            address: Ipv4Addr::LOCALHOST.into(),
        };
        let token = self.hub.accounts.token(&request).await;
        token.expect("a token").access_token
    }

    /// Books a meeting over the API, with `more` put over the usual values: from
    /// now for an hour. Gives the answer.
    pub async fn book(&self, more: Value) -> Value {
        let now = self.clock.now();
        let mut meeting = json!({
            "subject": "Consultation",
            "startTime": now.to_string(),
            "endTime": (now + Duration::from_secs(3600)).to_string(),
        });
        if let (Value::Object(meeting), Value::Object(more)) = (&mut meeting, more) {
            meeting.extend(more);
        }
        let reply = self
            .http
            .post(format!("{}/videoapi/v2/meetings", self.url))
            .bearer_auth(self.token().await)
            .json(&meeting)
            .send()
            .await
            .expect("an answer");
        assert!(reply.status().is_success(), "{}", reply.status());
        reply.json().await.expect("a meeting")
    }

    /// The same hub, whose bookings draw their numbers from `randomness`.
    #[must_use]
    pub fn drawing(&self, randomness: Arc<dyn Randomness>) -> Hub {
        let mut hub = self.hub.clone();
        hub.booking = Booking::new(
            self.db.clone(),
            self.sealer.clone(),
            self.clock.clone(),
            randomness,
            self.hub.booking.settings().clone(),
        );
        hub
    }

    /// Somebody who knows a room's address.
    #[must_use]
    pub fn person(&self, alias: &str) -> Person {
        Person::new(self, alias)
    }
}

/// Serves a hub at a second address until the test ends. Gives the address,
/// without a slash at the end.
#[must_use]
pub fn serve_also(hub: Hub) -> String {
    let (listener, url) = free_port();
    listen(listener, hub, std::future::pending());
    url
}

impl Drop for TestHub {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for TestHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestHub")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

async fn add_organisation(db: &Db, clock: &TestClock, code: &str) {
    let organisation = NewOrganisation {
        code: &OrganisationCode(code.to_owned()),
        name: "Region",
        kind: GroupKind::Region,
        parent_group: None,
        pool_size: Some(2),
        allow_custom_uri_without_domain: true,
    };
    let mut tx = db.begin().await.expect("a transaction");
    organisations::add(&mut tx, organisation, clock.now())
        .await
        .expect("an organisation");
    tx.commit().await.expect("an organisation");
}

async fn add_client(
    db: &Db,
    clock: &TestClock,
    roles: &[ApiRole],
    identity: Option<(&str, &str)>,
) -> (ClientId, String) {
    // Not through the register, which makes no clients that are of no use.
    let client = api_clients::ApiClient {
        id: ClientId::generate(),
        name: "test".to_owned(),
        organisation: identity.map(|(code, _)| OrganisationCode(code.to_owned())),
        email: identity.map(|(_, email)| email.to_owned()),
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        active: true,
        public: false,
        keys: None,
    };
    let now = clock.now();
    let mut tx = db.begin().await.expect("a transaction");
    api_clients::add(&mut tx, &client, now)
        .await
        .expect("a client");
    let (_, secret) = registry::add_secret(
        &mut tx,
        client.id,
        None,
        &SystemRandomness,
        &Agent::hub("test"),
        now,
    )
    .await
    .expect("a secret");
    tx.commit().await.expect("a client");
    (client.id, secret.reveal().to_owned())
}

fn booking_settings(url: &str, change: impl FnOnce(&mut BookingSettings)) -> BookingSettings {
    let mut settings = BookingSettings {
        public_url: url.to_owned(),
        portal_link: BookingSettings::own_portal_link(url),
        time_zone: TimeZone::UTC,
        default_template: DefaultTemplate::in_domain("rooms.example"),
        provisioners: Provisioners::default(),
        pool: PoolSettings::default(),
    };
    change(&mut settings);
    settings
}

async fn parts(
    db: &Db,
    sealer: &Sealer,
    clock: &Arc<TestClock>,
    booking: BookingSettings,
) -> (Hub, Engine) {
    let url = booking.public_url.clone();
    let clock: Arc<dyn Clock> = clock.clone();
    let accounts = Accounts::open(
        db.clone(),
        sealer,
        vdx_accounts::Settings {
            apis: vdx_api::token_apis(&url),
            ..vdx_accounts::Settings::new(url.clone())
        },
        clock.clone(),
        Arc::new(SystemRandomness),
    )
    .await
    .expect("accounts");
    let mut tx = db.begin().await.expect("a transaction");
    registry::keep_staff_apps(&mut tx, &url, clock.now())
        .await
        .expect("the staff apps");
    tx.commit().await.expect("the staff apps");
    let booking = Booking::new(
        db.clone(),
        sealer.clone(),
        clock.clone(),
        Arc::new(SystemRandomness),
        booking,
    );
    let (sink, events) = media_channel();
    let engine = start_engine(&sink);
    let conferences = Conferences::start(Parts {
        engine: engine.clone(),
        events,
        db: db.clone(),
        clock: clock.clone(),
        randomness: Arc::new(SystemRandomness),
        key: accounts.ticket_key(),
        timers: Timers::default(),
        limits: capacity::Limits::default(),
        time_zone: TimeZone::UTC,
    })
    .await
    .expect("conferences");
    let sms = Sms::open(
        db.clone(),
        sealer.clone(),
        clock.clone(),
        Arc::new(SystemRandomness),
        sms_settings(&url),
    )
    .await
    .expect("text messages");
    let organisations = Organisations::new(db.clone(), sealer.clone(), clock.clone());
    let settings = vdx_api::Settings {
        public_url: url,
        trusted_proxies: Vec::new(),
        video_v1_end: None,
        certificate_proxy: None,
        turn: None,
        version: "test".to_owned(),
    };
    let parts = HubParts {
        accounts,
        organisations,
        booking,
        conferences,
        sms,
        db: db.clone(),
        clock,
    };
    (Hub::new(parts, settings), engine)
}

/// Messages are kept; they leave once a test runs `hub.sms.run`.
fn sms_settings(url: &str) -> vdx_notify::Settings {
    vdx_notify::Settings {
        public_url: url.to_owned(),
        gateway: GatewaySettings::Development,
        sender: "VDX".to_owned(),
        region: Region::parse("DK").expect("a country"),
        max_parts: 4,
        limits: Limits::default(),
        keep: Duration::from_secs(30 * 24 * 3600),
        private_callbacks: true,
    }
}

fn start_engine(sink: &MediaSink) -> Engine {
    let config = Config {
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        announce: Vec::new(),
        loopback: true,
        threads: 1,
        max_calls: 100,
        consent_timeout: Duration::from_secs(20),
    };
    // The system picks a free port for UDP; for TCP it may be taken.
    let mut tries = 0..20;
    loop {
        let sink = sink.clone();
        match Engine::start(&config, move |event| sink.put(event)) {
            Err(StartError::Listen { .. }) if tries.next().is_some() => {}
            started => return started.expect("a media engine"),
        }
    }
}

fn free_port() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    let address = listener.local_addr().expect("an address");
    (listener, format!("http://{address}"))
}

fn listen(listener: TcpListener, hub: Hub, stopped: impl Future<Output = ()> + Send + 'static) {
    let limits = Listen {
        tls: None,
        max_connections: 1000,
    };
    let router = vdx_api::router(hub);
    tokio::spawn(async move {
        serve(listener, router, limits, stopped, Duration::ZERO)
            .await
            .expect("the server runs");
    });
}
