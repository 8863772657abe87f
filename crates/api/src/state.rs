//! What every operation can reach.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use vdx_accounts::Accounts;
use vdx_accounts::organisations::Organisations;
use vdx_booking::Booking;
use vdx_bus::Bus;
use vdx_conference::Conferences;
use vdx_domain::Clock;
use vdx_notify::Sms;
use vdx_store::Db;

use crate::certificate::CertificateProxy;
use crate::client::TurnAccess;
use crate::hub::{LookUpLimit, TestLimits};
use crate::metrics::Metrics;
use crate::oauth::TokenLimits;

/// The hub, as its operations see it. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    /// Who may call.
    pub accounts: Accounts,
    /// The tree of organisations.
    pub organisations: Organisations,
    /// Meetings and their rooms.
    pub booking: Booking,
    /// The live rooms.
    pub conferences: Conferences,
    /// Text messages.
    pub sms: Sms,
    /// For readiness only: operations go through the crates above the store.
    pub(crate) db: Db,
    /// For readiness only; `None` = this hub has none.
    pub(crate) bus: Option<Bus>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Settings of the APIs.
    pub settings: Arc<Settings>,
    /// Counters.
    pub metrics: Metrics,
    pub(crate) token_limits: Arc<TokenLimits>,
    pub(crate) look_up_limit: Arc<LookUpLimit>,
    pub(crate) test_limits: Arc<TestLimits>,
}

/// What a hub is put together from.
pub struct HubParts {
    /// Who may call.
    pub accounts: Accounts,
    /// The tree of organisations.
    pub organisations: Organisations,
    /// Meetings and their rooms.
    pub booking: Booking,
    /// The live rooms.
    pub conferences: Conferences,
    /// Text messages.
    pub sms: Sms,
    /// The database all of them use.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Settings of the APIs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the hub is reached, without a slash at the end.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// From this instant on v1 of the booking API is off; `None` = it stays.
    pub video_v1_end: Option<Timestamp>,
    /// Proxies that tell which certificate a client showed them.
    pub certificate_proxy: Option<CertificateProxy>,
    /// What clients are told of TURN; `None` = there is none.
    pub turn: Option<TurnAccess>,
    /// Version of the program, shown at the start of its metrics.
    pub version: String,
}

impl Hub {
    /// Puts the hub together.
    #[must_use]
    pub fn new(parts: HubParts, settings: Settings) -> Self {
        Self {
            accounts: parts.accounts,
            organisations: parts.organisations,
            booking: parts.booking,
            conferences: parts.conferences,
            sms: parts.sms,
            db: parts.db,
            bus: None,
            clock: parts.clock,
            metrics: Metrics::new(&settings.version),
            settings: Arc::new(settings),
            token_limits: Arc::new(TokenLimits::new()),
            look_up_limit: Arc::new(LookUpLimit::new()),
            test_limits: Arc::new(TestLimits::new()),
        }
    }

    /// The hub with a bus.
    #[must_use]
    pub fn with_bus(self, bus: Option<Bus>) -> Self {
        Self { bus, ..self }
    }
}
