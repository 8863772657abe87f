//! The settings: their names, defaults and meaning.
//!
//! `vdx.example.toml` at the project's root lists them all; a test keeps it in
//! step with the defaults here.

mod certificates;
mod load;
mod parse;
mod sms;
mod turn;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) use certificates::{CertificateHolder, CertificateProxy, Sts};
pub(crate) use load::{Problem, load};
pub(crate) use parse::{Announced, CertificateFormat, Network, OptionalAddress, OptionalDay};
pub(crate) use sms::Sms;
pub(crate) use turn::Turn;

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    /// Seals PINs and keys in the database: 64 hexadecimal digits. Empty = the
    /// file `secret.key` in the data folder, made at the first start.
    pub(crate) secret_key: Secret,
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) media: Media,
    pub(crate) rooms: Rooms,
    pub(crate) capacity: Capacity,
    pub(crate) booking: Booking,
    pub(crate) video_v1: VideoV1,
    pub(crate) provisioner: Provisioner,
    pub(crate) pool: Pool,
    pub(crate) auth: Auth,
    pub(crate) turn: Turn,
    pub(crate) sms: Sms,
    pub(crate) smtp: Smtp,
    pub(crate) bus: Bus,
    pub(crate) audit: Audit,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: String,
    pub(crate) tls_certificate: PathBuf,
    pub(crate) tls_key: PathBuf,
    pub(crate) client_ca: PathBuf,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Proxies that tell which certificate a client showed them.
    pub(crate) certificate_proxy: CertificateProxy,
    /// Most connections at a time.
    pub(crate) max_connections: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Database {
    pub(crate) url: Secret,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Media {
    pub(crate) listen: SocketAddr,
    pub(crate) announce: Vec<Announced>,
    /// 0 = one less than the machine's processors.
    pub(crate) threads: u32,
    /// Most participants at a time: each may have one call.
    pub(crate) max_calls: u32,
    /// How long a call may be without a sign of its participant.
    pub(crate) consent_timeout_seconds: u32,
}

/// How long things in a room may stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Rooms {
    /// How long somebody may wait for a host to come, or to be let in.
    pub(crate) waiting_minutes: u32,
    /// How long guests may stay after the last host left.
    pub(crate) only_guests_seconds: u32,
    /// How long the last one may stay after the others left; 0 = for ever.
    pub(crate) last_participant_seconds: u32,
}

/// How much of the machine the hub may use before it lets nobody new in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Capacity {
    /// Of one media thread's processor, and of all processors together; 0 = no limit.
    pub(crate) cpu_percent: u32,
    /// Millions of bits a second to participants; 0 = no limit.
    pub(crate) egress_mbit: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Booking {
    /// What stands behind the `@` of room addresses, where no template says otherwise.
    pub(crate) room_domain: String,
    /// Template of the portal link; empty = the hub's own page.
    pub(crate) portal_link: String,
    /// IANA name of the zone of instants in answers.
    pub(crate) time_zone: String,
}

/// v1 of the booking API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct VideoV1 {
    /// Its last day, in the zone of `booking.time_zone`.
    pub(crate) until: OptionalDay,
}

/// Whose rooms are made by somebody else than the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Provisioner {
    /// Codes of organisations whose provisioner polls lists; `*` = all others.
    pub(crate) lists: Vec<String>,
    /// Codes of organisations whose provisioner is told by events; `*` = all others.
    pub(crate) events: Vec<String>,
    /// Subject on the bus of the events.
    pub(crate) subject: String,
}

/// Rooms that are made before anybody asks for one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pool {
    /// How often a room is made for each pool that lacks some; 0 = never.
    pub(crate) fill_interval_seconds: u32,
    /// How long a room must have been live before a meeting gets it.
    pub(crate) minimum_age_seconds: u32,
    /// Code of the organisation whose pool helps out when another is empty;
    /// empty = nobody's.
    pub(crate) overflow_organisation: String,
    /// How long a room stays set aside.
    pub(crate) reservation_minutes: u32,
    /// How long the levels of pools are kept.
    pub(crate) history_days: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Auth {
    pub(crate) token_lifetime_seconds: u32,
    /// How long a key signs tokens before another takes over.
    pub(crate) key_rotation_days: u32,
    /// Other systems that trust tokens of this hub.
    pub(crate) audiences: Vec<String>,
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) certificates: Vec<CertificateHolder>,
    /// SHA-256 fingerprints or PEM files of certificates that are shut out.
    pub(crate) refused_certificates: Vec<String>,
    pub(crate) sts: Sts,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issuer {
    pub(crate) issuer: String,
    #[serde(default)]
    pub(crate) jwks_url: String,
    /// PEM certificates of those who may vouch for the server of `jwks_url`;
    /// empty = the system's.
    #[serde(default)]
    pub(crate) ca_file: PathBuf,
    #[serde(default)]
    pub(crate) jwks_file: PathBuf,
    /// Whom its tokens must be for; empty = not checked.
    #[serde(default)]
    pub(crate) audience: String,
    #[serde(default = "organisation_claim")]
    pub(crate) organisation_claim: String,
    #[serde(default = "email_claim")]
    pub(crate) email_claim: String,
    #[serde(default = "roles_claim")]
    pub(crate) roles_claim: String,
    /// Names the organisation under which an unknown one is made; empty = none is.
    #[serde(default)]
    pub(crate) parent_claim: String,
}

fn organisation_claim() -> String {
    "organisation_id".to_owned()
}

fn email_claim() -> String {
    "email".to_owned()
}

fn roles_claim() -> String {
    "userrole".to_owned()
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Smtp {
    pub(crate) url: Secret,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Bus {
    pub(crate) url: Secret,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Audit {
    /// Subject on the bus for changes in the audit trail; empty = they stay here.
    pub(crate) subject: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Log {
    /// What is logged, in the notation of `tracing_subscriber::EnvFilter`.
    pub(crate) filter: String,
    /// One JSON object a line.
    pub(crate) json: bool,
}

/// A setting that may hold a password and does not show itself.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "empty" } else { "…" })
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./data"),
            secret_key: Secret::default(),
            server: Server::default(),
            database: Database::default(),
            media: Media::default(),
            rooms: Rooms::default(),
            capacity: Capacity::default(),
            booking: Booking::default(),
            video_v1: VideoV1::default(),
            provisioner: Provisioner::default(),
            pool: Pool::default(),
            auth: Auth::default(),
            turn: Turn::default(),
            sms: Sms::default(),
            smtp: Smtp::default(),
            bus: Bus::default(),
            audit: Audit::default(),
            log: Log::default(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: "http://localhost:8080".to_owned(),
            tls_certificate: PathBuf::new(),
            tls_key: PathBuf::new(),
            client_ca: PathBuf::new(),
            trusted_proxies: Vec::new(),
            certificate_proxy: CertificateProxy::default(),
            max_connections: 10_000,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: Secret::from("sqlite://DATA/vdx.db"),
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 10_000)),
            announce: Vec::new(),
            threads: 0,
            max_calls: 2000,
            consent_timeout_seconds: 20,
        }
    }
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            waiting_minutes: 60,
            only_guests_seconds: 60,
            last_participant_seconds: 0,
        }
    }
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            cpu_percent: 85,
            egress_mbit: 0,
        }
    }
}

impl Default for Booking {
    fn default() -> Self {
        Self {
            room_domain: "rooms.example".to_owned(),
            portal_link: String::new(),
            time_zone: "Europe/Copenhagen".to_owned(),
        }
    }
}

impl Default for Provisioner {
    fn default() -> Self {
        Self {
            lists: Vec::new(),
            events: Vec::new(),
            subject: vdx_booking::Provisioners::SUBJECT.to_owned(),
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            fill_interval_seconds: 5,
            minimum_age_seconds: 60,
            overflow_organisation: String::new(),
            reservation_minutes: 1440,
            history_days: 30,
        }
    }
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            token_lifetime_seconds: 600,
            key_rotation_days: 30,
            audiences: Vec::new(),
            issuers: Vec::new(),
            certificates: Vec::new(),
            refused_certificates: Vec::new(),
            sts: Sts::default(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            json: false,
        }
    }
}
