//! Notices to people outside the hub. For now: text messages.
//!
//! [`Sms`] is the handle. A request writes a message into the database
//! ([`Sms::send`]); a job hands it to the gateway ([`Sms::run`]); the gateway
//! reports what became of it ([`Sms::report`]), which the organisation's own
//! address is told. What each piece of news makes of a message is in
//! `journey`, a function without a network or a database.

mod callback;
mod counters;
mod dispatch;
mod error;
pub mod gateway;
mod journey;
mod parts;
mod phone;
mod read;
mod report;
mod send;
mod settings;
mod target;
mod wording;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use jiff::Timestamp;
use tokio::sync::Notify;
use vdx_domain::{Clock, Randomness};
use vdx_store::audit::ReadLog;
use vdx_store::{Db, Sealer, secrets};

use callback::Caller;
use gateway::SmsGateway;

pub use callback::{MAX_ATTEMPTS as MAX_CALLBACK_ATTEMPTS, wire_word};
pub use counters::Counts;
pub use error::{Error, Limit, TooMany};
pub use gateway::open as open_gateway;
pub use journey::MAX_ATTEMPTS;
pub use parts::Parts;
pub use phone::{NumberError, PhoneNumber, Region};
pub use read::{MAX_LISTED, Shown, Standing};
pub use report::Reported;
pub use send::{MeetingLink, OF_HOSTS, Queued, RoomInvitation, SmsRequest};
pub use settings::{GatewaySettings, Limits, Settings};
pub use wording::{LINK, Language, MAX_WRITTEN, is_sender};

/// Name of the key among the installation's secrets.
const KEY: &str = "sms";

/// Sends text messages. Cheap to clone.
#[derive(Clone)]
pub struct Sms(Arc<Inner>);

struct Inner {
    db: Db,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    settings: Settings,
    gateway: Box<dyn SmsGateway>,
    caller: Caller,
    /// Hashes numbers, and makes the addresses of reports secret.
    key: hmac::Key,
    counters: counters::Counters,
    /// Where readings are recorded.
    reads: ReadLog,
    /// Rung when a message was written here.
    bell: Notify,
}

/// Why text messages cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings of the gateway are unusable.
    #[error("the gateway: {0}")]
    Gateway(String),
    /// The client for call-backs cannot be made.
    #[error("the client for call-backs: {0}")]
    Callbacks(#[source] reqwest::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] vdx_store::Error),
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

impl Sms {
    /// Puts the part together, inside a tokio runtime. Messages leave once
    /// [`Sms::run`] runs.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(
        db: Db,
        sealer: Sealer,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        let gateway = gateway::open(&settings.gateway).map_err(OpenError::Gateway)?;
        let caller = Caller::new(settings.private_callbacks).map_err(OpenError::Callbacks)?;
        let key = key(&db, &sealer, &*randomness, clock.now()).await?;
        let region = settings.region;
        // Nobody waits for it: it is done again when it is needed.
        drop(tokio::task::spawn_blocking(move || {
            PhoneNumber::prepare(region);
        }));
        Ok(Self(Arc::new(Inner {
            reads: ReadLog::start(db.clone()),
            db,
            sealer,
            clock,
            randomness,
            settings,
            gateway,
            caller,
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            counters: counters::Counters::default(),
            bell: Notify::new(),
        })))
    }

    /// The installation's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Whether messages are kept here and shown instead of being sent.
    #[must_use]
    pub fn keeps_messages(&self) -> bool {
        self.0.gateway.name() == gateway::DEVELOPMENT
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.counters.read()
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    fn reads(&self) -> &ReadLog {
        &self.0.reads
    }

    fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    fn randomness(&self) -> &dyn Randomness {
        &*self.0.randomness
    }

    /// Now, to the millisecond, as the database keeps it: instants that were
    /// written and read again are compared.
    fn now(&self) -> Timestamp {
        let now = self.0.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The key of this installation, made when it is first needed.
async fn key(
    db: &Db,
    sealer: &Sealer,
    randomness: &dyn Randomness,
    now: Timestamp,
) -> Result<Vec<u8>, vdx_store::Error> {
    if let Some(key) = secrets::get(&mut db.reader(), sealer, KEY).await? {
        return Ok(key);
    }
    let mut drawn = [0; 32];
    randomness.fill(&mut drawn);
    let mut tx = db.begin().await?;
    secrets::put_first(&mut tx, sealer, KEY, &drawn, now).await?;
    tx.commit().await?;
    let key = secrets::get(&mut db.reader(), sealer, KEY).await?;
    key.ok_or(vdx_store::Error::Missing)
}
