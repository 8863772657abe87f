//! What the tests stand on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use vdx_domain::{
    Agent, Clock, MeetingId, OrganisationCode, SmsId, SmsStatus, SystemClock, SystemRandomness,
};
use vdx_notify::{
    GatewaySettings, Limits, MeetingLink, Queued, Region, Settings, Sms, SmsRequest, Standing,
};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::sms::{self, Progress};
use vdx_store::testing::TestDb;
use vdx_store::{Connection as _, Db, Sealer};

pub(crate) const NUMBER: &str = "+4520123456";
pub(crate) const TEXT: &str = "Hej! Din samtale: %meeting_url%";
pub(crate) const LINK: &str = "https://v.example/m/abcdefghijkl";
/// Something that does not happen within this has not happened.
const PATIENCE: Duration = Duration::from_secs(60);

/// Goes like the machine's clock, and can be set forward.
#[derive(Default)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The part under test, on a database of its own.
pub(crate) struct Rig {
    pub(crate) db: Db,
    pub(crate) sealer: Sealer,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) settings: Settings,
    pub(crate) sms: Sms,
    pub(crate) meeting: MeetingLink,
    _folder: tempfile::TempDir,
}

impl Rig {
    pub(crate) async fn new(test: TestDb, gateway: GatewaySettings) -> Self {
        Self::with(test, gateway, |_| ()).await
    }

    pub(crate) async fn with(
        test: TestDb,
        gateway: GatewaySettings,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        // A second client in the same process finds the provider installed.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut settings = Settings {
            public_url: "https://hub.example".to_owned(),
            gateway,
            sender: "VDX".to_owned(),
            region: Region::parse("DK").unwrap(),
            max_parts: 4,
            limits: Limits::default(),
            keep: Duration::from_secs(30 * 24 * 3600),
            private_callbacks: true,
        };
        change(&mut settings);
        let clock = Arc::new(TestClock::default());
        for code in ["region", "other"] {
            add_organisation(&test.db, code).await;
        }
        let sms = open(&test.db, &test.sealer, &clock, &settings).await;
        let meeting = MeetingLink {
            id: MeetingId::generate(),
            organisation: OrganisationCode("region".to_owned()),
            ends_at: clock.now() + SignedDuration::from_hours(24),
            link: LINK.to_owned(),
        };
        Self {
            db: test.db,
            sealer: test.sealer,
            clock,
            settings,
            sms,
            meeting,
            _folder: test.folder,
        }
    }

    /// Another node on the same database.
    pub(crate) async fn node(&self) -> Sms {
        open(&self.db, &self.sealer, &self.clock, &self.settings).await
    }

    pub(crate) async fn send(&self, to: &str, message: &str) -> Result<Queued, vdx_notify::Error> {
        self.send_as("client:a", to, message).await
    }

    pub(crate) async fn send_as(
        &self,
        caller: &str,
        to: &str,
        message: &str,
    ) -> Result<Queued, vdx_notify::Error> {
        let agent = Agent {
            id: caller.to_owned(),
            email: Some("booker@region.example".to_owned()),
            organisation: Some(self.meeting.organisation.clone()),
            address: None,
        };
        let request = SmsRequest { to, message };
        self.sms.send(&agent, &self.meeting, request).await
    }

    pub(crate) async fn sent(&self) -> SmsId {
        self.send(NUMBER, TEXT).await.unwrap().id
    }

    pub(crate) async fn listed(&self) -> Vec<Standing> {
        let (agent, meeting) = (Agent::hub("test"), &self.meeting);
        let listed = self
            .sms
            .of_meeting(&agent, meeting.id, &meeting.organisation);
        listed.await.unwrap()
    }

    pub(crate) async fn standing(&self, id: SmsId) -> Standing {
        let all = self.listed().await;
        all.into_iter().find(|standing| standing.id == id).unwrap()
    }

    /// Waits until the message has this status.
    pub(crate) async fn becomes(&self, id: SmsId, status: SmsStatus) -> Standing {
        let begun = Instant::now();
        loop {
            let standing = self.standing(id).await;
            if standing.status == status {
                return standing;
            }
            assert!(begun.elapsed() < PATIENCE, "not {status} but {standing:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the answer to so many attempts has been taken in.
    pub(crate) async fn at_rest(&self, id: SmsId, attempts: u32) -> Progress {
        let begun = Instant::now();
        loop {
            let message = sms::find(&mut self.db.reader(), &self.sealer, id).await;
            let progress = message.unwrap().unwrap().progress;
            if progress.attempts == attempts && progress.in_flight_since.is_none() {
                return progress;
            }
            assert!(begun.elapsed() < PATIENCE, "{progress:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets time go by in such steps until the server was asked so often. A
    /// step may be lost: the pause begins when an answer has been taken in.
    pub(crate) async fn until_asked(&self, server: &Server, times: usize, step: Duration) {
        let begun = Instant::now();
        while server.asked().len() < times {
            assert!(
                begun.elapsed() < PATIENCE,
                "asked {} times",
                server.asked().len()
            );
            tokio::time::sleep(Duration::from_millis(300)).await;
            if server.asked().len() < times {
                self.clock.advance(step);
            }
        }
    }

    pub(crate) async fn set_callback_url(&self, url: Option<&str>) {
        let mut tx = self.db.begin().await.unwrap();
        tx.sql("UPDATE organisations SET sms_callback_url = $1 WHERE code = 'region'")
            .bind(url)
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Whether any row of the table's column holds this text.
    pub(crate) async fn stands_in_database(&self, text: &str) -> bool {
        let mut found = false;
        for statement in [
            "SELECT id FROM sms_messages WHERE recipient_sealed LIKE $1 OR recipient_hash LIKE $1
                OR text_sealed LIKE $1 OR caller LIKE $1",
            "SELECT id FROM audit_records WHERE details LIKE $1 OR identifier LIKE $1",
        ] {
            found |= self
                .db
                .reader()
                .sql(statement)
                .bind(format!("%{text}%"))
                .exists()
                .await
                .unwrap();
        }
        found
    }
}

async fn open(db: &Db, sealer: &Sealer, clock: &Arc<TestClock>, settings: &Settings) -> Sms {
    Sms::open(
        db.clone(),
        sealer.clone(),
        clock.clone(),
        Arc::new(SystemRandomness),
        settings.clone(),
    )
    .await
    .unwrap()
}

async fn add_organisation(db: &Db, code: &str) {
    let code = OrganisationCode(code.to_owned());
    let organisation = NewOrganisation {
        code: &code,
        name: "Name",
        kind: GroupKind::Region,
        parent_group: None,
        pool_size: None,
        allow_custom_uri_without_domain: false,
    };
    let mut tx = db.begin().await.unwrap();
    organisations::add(&mut tx, organisation, SystemClock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// A running job of a node; it is cut off when dropped.
pub(crate) struct Job {
    task: tokio::task::JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

impl Job {
    pub(crate) fn start(sms: &Sms) -> Self {
        let sms = sms.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            sms.run(async { stopped.await.unwrap_or(()) }).await;
        });
        Self {
            task,
            stop: Some(stop),
        }
    }

    /// Ends it in good order.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        (&mut self.task).await.unwrap();
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

type Answerer = Box<dyn FnMut(&Asked) -> Answering + Send>;

/// What a server answers.
pub(crate) enum Answering {
    With(u16, String),
    WithHeader(u16, &'static str, String),
    /// It has the request and never answers.
    Never,
}

/// A small server on this machine. It ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

struct Inner {
    url: String,
    asked: Mutex<Vec<Asked>>,
    answerer: Mutex<Answerer>,
}

impl Server {
    pub(crate) async fn start(answerer: impl FnMut(&Asked) -> Answering + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self(Arc::new(Inner {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Mutex::default(),
            answerer: Mutex::new(Box::new(answerer)),
        }));
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.asked.lock().clone()
    }

    /// The bodies of POST requests.
    pub(crate) fn posted(&self) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.method == Method::POST);
        asked
    }

    pub(crate) async fn is_asked(&self, times: usize) -> Vec<Asked> {
        let begun = Instant::now();
        loop {
            let asked = self.asked();
            if asked.len() >= times {
                return asked;
            }
            assert!(begun.elapsed() < PATIENCE, "asked {} times", asked.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked {
        method,
        uri,
        authorization: headers
            .get(header::AUTHORIZATION)
            .map_or_else(String::new, |value| value.to_str().unwrap().to_owned()),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let answering = (server.0.answerer.lock())(&asked);
    server.0.asked.lock().push(asked);
    let status = |status| StatusCode::from_u16(status).unwrap();
    match answering {
        Answering::With(code, body) => (status(code), body).into_response(),
        Answering::WithHeader(code, name, value) => (status(code), [(name, value)]).into_response(),
        Answering::Never => std::future::pending().await,
    }
}
