//! Puts the parts together, from the settings.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use axum_server::tls_rustls::RustlsConfig;
use http::HeaderName;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use vdx_accounts::organisations::Organisations;
use vdx_accounts::{Accounts, ClaimNames, KeySource, TrustedIssuer, registry};
use vdx_api::{Hub, HubParts};
use vdx_booking::{Booking, BookingSettings, DefaultTemplate, PoolSettings, Provisioners};
use vdx_bus::Bus;
use vdx_conference::capacity::Limits;
use vdx_conference::state::Timers;
use vdx_conference::{Conferences, MediaSink, Parts, media_channel};
use vdx_domain::{Clock, OrganisationCode, Randomness, SystemClock, SystemRandomness};
use vdx_media::{Engine, StartError};
use vdx_notify::Sms;
use vdx_store::{DatabaseUrl, Db, Sealer};
use vdx_turn::Turn;

use crate::certificates;
use crate::cli::VERSION;
use crate::config::{self, Config, Issuer, Pool, Problem, Rooms, load};
use crate::failure::Failure;
use crate::port_owner;
use crate::turn;

/// The settings; what is wrong with them is told line by line.
pub(crate) fn settings(file: Option<&Path>) -> Result<Config, Failure> {
    let problems = match load(file, std::env::vars()) {
        Ok(config) => return Ok(config),
        Err(problems) => problems,
    };
    for problem in &problems {
        match problem {
            Problem::Wrong(text) => eprintln!("settings: {text}"),
            Problem::NotBuilt(text) => eprintln!("settings: {text}: not built yet"),
        }
    }
    let not_built = problems.iter().find_map(|problem| match problem {
        Problem::NotBuilt(text) => Some(text.clone()),
        Problem::Wrong(_) => None,
    });
    Err(not_built.map_or(Failure::Told, Failure::NotBuilt))
}

/// Where rows are and what seals them.
pub(crate) struct Storage {
    pub(crate) db: Db,
    pub(crate) sealer: Sealer,
}

/// The address of the database.
pub(crate) fn database_url(config: &Config) -> anyhow::Result<DatabaseUrl> {
    DatabaseUrl::parse(config.database.url.reveal(), &config.data_dir).context("database.url")
}

/// The key that seals values.
pub(crate) fn sealer(config: &Config) -> anyhow::Result<Sealer> {
    let text = config.secret_key.reveal();
    if text.is_empty() {
        return Ok(Sealer::open(&config.data_dir.join("secret.key"))?);
    }
    Sealer::from_hex(text).context("secret_key: must be 64 hexadecimal digits")
}

/// Opens the database, making what is missing.
pub(crate) async fn storage(config: &Config) -> anyhow::Result<Storage> {
    make_private_folder(&config.data_dir)
        .with_context(|| format!("data_dir {}", config.data_dir.display()))?;
    Ok(Storage {
        sealer: sealer(config)?,
        db: Db::open(&database_url(config)?, &SystemClock)
            .await
            .context("the database")?,
    })
}

/// The folder holds keys and personal data: for its owner alone.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// How tokens are issued and accepted.
pub(crate) fn accounts_settings(config: &Config) -> anyhow::Result<vdx_accounts::Settings> {
    let day = Duration::from_secs(24 * 3600);
    Ok(vdx_accounts::Settings {
        issuer: config.server.public_url.clone(),
        token_lifetime: Duration::from_secs(config.auth.token_lifetime_seconds.into()),
        key_age: day * config.auth.key_rotation_days,
        apis: vdx_api::token_apis(&config.server.public_url),
        audiences: config.auth.audiences.clone(),
        trusted_issuers: trusted_issuers(config),
        certificates: certificates::known(config)?,
        refused_certificates: certificates::refused(config)?,
        token_service: certificates::token_service(&config.auth.sts)?,
    })
}

pub(crate) fn trusted_issuers(config: &Config) -> Vec<TrustedIssuer> {
    config.auth.issuers.iter().map(trusted_issuer).collect()
}

fn trusted_issuer(issuer: &Issuer) -> TrustedIssuer {
    let set = |path: &Path| (!path.as_os_str().is_empty()).then(|| path.to_owned());
    TrustedIssuer {
        issuer: issuer.issuer.clone(),
        keys: match set(&issuer.jwks_file) {
            Some(file) => KeySource::File(file),
            None => KeySource::Url {
                url: issuer.jwks_url.clone(),
                roots: set(&issuer.ca_file),
            },
        },
        audience: Some(issuer.audience.clone()).filter(|audience| !audience.is_empty()),
        claims: ClaimNames {
            organisation: issuer.organisation_claim.clone(),
            email: issuer.email_claim.clone(),
            roles: issuer.roles_claim.clone(),
        },
        parent_claim: Some(issuer.parent_claim.clone()).filter(|name| !name.is_empty()),
    }
}

/// The whole hub, running but for HTTP.
pub(crate) struct Running {
    pub(crate) hub: Hub,
    pub(crate) engine: Engine,
    /// Served as long as it is held.
    pub(crate) _turn: Option<Turn>,
    pub(crate) bus: Option<Bus>,
    pub(crate) storage: Storage,
}

/// Starts everything but HTTP. `demo` puts loopback addresses into the
/// candidates for media, so that a browser on this machine can talk.
pub(crate) async fn hub(config: &Config, storage: Storage, demo: bool) -> anyhow::Result<Running> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let randomness: Arc<dyn Randomness> = Arc::new(SystemRandomness);
    let db = &storage.db;
    let accounts = Accounts::open(
        db.clone(),
        &storage.sealer,
        accounts_settings(config)?,
        Arc::clone(&clock),
        Arc::clone(&randomness),
    )
    .await?;
    let mut tx = db.begin().await?;
    registry::keep_staff_apps(&mut tx, &config.server.public_url, clock.now()).await?;
    tx.commit().await?;
    let (sink, events) = media_channel();
    let engine = start_engine(config, demo, sink)?;
    let conferences = Conferences::start(Parts {
        engine: engine.clone(),
        events,
        db: db.clone(),
        clock: Arc::clone(&clock),
        randomness: Arc::clone(&randomness),
        key: accounts.ticket_key(),
        timers: timers(&config.rooms),
        limits: limits(config),
        time_zone: time_zone(config)?,
    })
    .await?;
    let booking = Booking::new(
        db.clone(),
        storage.sealer.clone(),
        Arc::clone(&clock),
        Arc::clone(&randomness),
        booking_settings(config)?,
    );
    let sms = Sms::open(
        db.clone(),
        storage.sealer.clone(),
        Arc::clone(&clock),
        randomness,
        sms_settings(config)?,
    )
    .await
    .context("text messages")?;
    if sms.keeps_messages() && !demo {
        tracing::warn!("sms.gateway is development: text messages are kept and shown, not sent");
    }
    let organisations = Organisations::new(db.clone(), storage.sealer.clone(), Arc::clone(&clock));
    let settings = vdx_api::Settings {
        public_url: config.server.public_url.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        video_v1_end: video_v1_end(config)?,
        certificate_proxy: certificate_proxy(&config.server.certificate_proxy)?,
        turn: turn::access(config),
        version: VERSION.to_owned(),
    };
    let bus = match config.bus.url.reveal() {
        "" => None,
        url => Some(Bus::connect(url).await.context("bus.url")?),
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
    let hub = Hub::new(parts, settings).with_bus(bus.clone());
    let turn = turn::start(config, &engine).await?;
    crate::counters::publish(&hub, &engine, turn.as_ref());
    Ok(Running {
        hub,
        engine,
        _turn: turn,
        bus,
        storage,
    })
}

fn start_engine(config: &Config, demo: bool, sink: MediaSink) -> anyhow::Result<Engine> {
    let media = vdx_media::Config {
        listen: config.media.listen,
        announce: config
            .media
            .announce
            .iter()
            .map(|announced| announced.socket_address())
            .collect(),
        loopback: demo,
        threads: config.media.threads as usize,
        max_calls: calls(config.media.max_calls),
        consent_timeout: Duration::from_secs(config.media.consent_timeout_seconds.into()),
    };
    Engine::start(&media, move |event| sink.put(event)).map_err(|error| match error {
        StartError::Listen { address, source } if source.kind() == ErrorKind::AddrInUse => {
            anyhow!(
                "cannot listen for media on {address}: {}",
                port_owner::in_use(address)
            )
        }
        error => anyhow!(error),
    })
}

/// A participant whose call is replaced has two for a moment, and who was let
/// in must get a call: there are a few more calls than participants.
fn calls(participants: u32) -> usize {
    let participants = participants as usize;
    participants + participants / 8 + 8
}

/// How much this node may use.
fn limits(config: &Config) -> Limits {
    let capacity = &config.capacity;
    Limits {
        participants: config.media.max_calls,
        cpu: (capacity.cpu_percent > 0).then(|| f64::from(capacity.cpu_percent) / 100.0),
        egress_bits: (capacity.egress_mbit > 0)
            .then(|| u64::from(capacity.egress_mbit) * 1_000_000),
    }
}

/// How text messages are sent.
pub(crate) fn sms_settings(config: &Config) -> anyhow::Result<vdx_notify::Settings> {
    let settings = config.sms.to_settings(&config.server.public_url);
    settings.map_err(anyhow::Error::msg)
}

/// How meetings are booked.
pub(crate) fn booking_settings(config: &Config) -> anyhow::Result<BookingSettings> {
    let public_url = config.server.public_url.clone();
    let portal_link = match config.booking.portal_link.as_str() {
        "" => BookingSettings::own_portal_link(&public_url),
        template => template.to_owned(),
    };
    Ok(BookingSettings {
        public_url,
        portal_link,
        time_zone: time_zone(config)?,
        default_template: DefaultTemplate::in_domain(&config.booking.room_domain),
        provisioners: Provisioners {
            lists: codes(&config.provisioner.lists),
            events: codes(&config.provisioner.events),
            subject: config.provisioner.subject.clone(),
        },
        pool: pool_settings(&config.pool),
    })
}

fn timers(rooms: &Rooms) -> Timers {
    let last = i64::from(rooms.last_participant_seconds);
    Timers {
        waiting: SignedDuration::from_mins(rooms.waiting_minutes.into()),
        only_guests: SignedDuration::from_secs(rooms.only_guests_seconds.into()),
        last_participant: (last > 0).then(|| SignedDuration::from_secs(last)),
    }
}

fn pool_settings(pool: &Pool) -> PoolSettings {
    let overflow = &pool.overflow_organisation;
    PoolSettings {
        minimum_age: SignedDuration::from_secs(pool.minimum_age_seconds.into()),
        overflow: (!overflow.is_empty()).then(|| OrganisationCode(overflow.clone())),
        reservation: SignedDuration::from_mins(pool.reservation_minutes.into()),
        history: SignedDuration::from_hours(i64::from(pool.history_days) * 24),
    }
}

/// The first instant at which v1 of the booking API is off.
pub(crate) fn video_v1_end(config: &Config) -> anyhow::Result<Option<Timestamp>> {
    let Some(last_day) = config.video_v1.until.0 else {
        return Ok(None);
    };
    let zone = time_zone(config)?;
    let end = last_day.tomorrow().and_then(|day| day.to_zoned(zone));
    Ok(Some(end.context("video_v1.until")?.timestamp()))
}

fn time_zone(config: &Config) -> anyhow::Result<TimeZone> {
    TimeZone::get(&config.booking.time_zone).context("booking.time_zone")
}

fn codes(codes: &[String]) -> BTreeSet<OrganisationCode> {
    codes.iter().cloned().map(OrganisationCode).collect()
}

fn certificate_proxy(
    proxy: &config::CertificateProxy,
) -> anyhow::Result<Option<vdx_api::CertificateProxy>> {
    if proxy.networks.is_empty() {
        return Ok(None);
    }
    Ok(Some(vdx_api::CertificateProxy {
        networks: proxy.networks.iter().map(|network| network.0).collect(),
        header: HeaderName::try_from(&proxy.header).context("server.certificate_proxy.header")?,
        format: match proxy.format {
            config::CertificateFormat::Rfc9440 => vdx_api::CertificateFormat::Rfc9440,
            config::CertificateFormat::EscapedPem => vdx_api::CertificateFormat::EscapedPem,
        },
    }))
}

/// Certificate and key for HTTPS, where they are set.
pub(crate) fn tls(config: &Config) -> anyhow::Result<Option<RustlsConfig>> {
    let server = &config.server;
    let set = |file: &'_ Path| !file.as_os_str().is_empty();
    if !set(&server.tls_certificate) {
        return Ok(None);
    }
    let client_ca = Some(&*server.client_ca).filter(|file| set(file));
    let tls = vdx_api::tls::config(&server.tls_certificate, &server.tls_key, client_ca)?;
    Ok(Some(tls))
}

/// The crypto library of TLS, once for the whole program.
pub(crate) fn install_crypto() -> anyhow::Result<()> {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("the crypto library was chosen already"))
}
