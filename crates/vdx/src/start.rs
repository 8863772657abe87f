//! Puts the parts together, from the settings.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use jiff::tz::TimeZone;
use vdx_accounts::{Accounts, ClaimNames, TrustedIssuer};
use vdx_api::Hub;
use vdx_booking::{Booking, BookingSettings, DefaultTemplate};
use vdx_conference::{Conferences, MediaSink, Parts, media_channel};
use vdx_domain::{Clock, Randomness, SystemClock, SystemRandomness};
use vdx_media::{Engine, StartError};
use vdx_store::{DatabaseUrl, Db, Sealer};

use crate::cli::VERSION;
use crate::config::{Config, Problem, load};
use crate::failure::Failure;
use crate::port_owner;

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
pub(crate) fn accounts_settings(config: &Config) -> vdx_accounts::Settings {
    let trusted_issuers = config
        .auth
        .issuers
        .iter()
        .map(|issuer| TrustedIssuer {
            issuer: issuer.issuer.clone(),
            jwks_file: issuer.jwks_file.clone(),
            claims: ClaimNames {
                organisation: issuer.organisation_claim.clone(),
                email: issuer.email_claim.clone(),
                roles: issuer.roles_claim.clone(),
            },
        })
        .collect();
    vdx_accounts::Settings {
        issuer: config.server.public_url.clone(),
        token_lifetime: Duration::from_secs(config.auth.token_lifetime_seconds.into()),
        trusted_issuers,
    }
}

/// The whole hub, running but for HTTP.
pub(crate) struct Running {
    pub(crate) hub: Hub,
    pub(crate) engine: Engine,
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
        accounts_settings(config),
        Arc::clone(&clock),
        randomness.as_ref(),
    )
    .await?;
    let (sink, events) = media_channel();
    let engine = start_engine(config, demo, sink)?;
    let conferences = Conferences::start(Parts {
        engine: engine.clone(),
        events,
        db: db.clone(),
        clock: Arc::clone(&clock),
        key: accounts.ticket_key(),
    });
    let booking = Booking::new(
        db.clone(),
        storage.sealer.clone(),
        Arc::clone(&clock),
        randomness,
        booking_settings(config)?,
    );
    let settings = vdx_api::Settings {
        public_url: config.server.public_url.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        version: VERSION.to_owned(),
    };
    let hub = Hub::new(accounts, booking, conferences, db.clone(), clock, settings);
    crate::counters::publish(&hub, &engine);
    Ok(Running {
        hub,
        engine,
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
        max_calls: config.media.max_calls as usize,
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
        time_zone: TimeZone::get(&config.booking.time_zone).context("booking.time_zone")?,
        default_template: DefaultTemplate::in_domain(&config.booking.room_domain),
    })
}

/// Certificate and key for HTTPS, where they are set.
pub(crate) async fn tls(
    config: &Config,
) -> anyhow::Result<Option<axum_server::tls_rustls::RustlsConfig>> {
    let (certificate, key) = (&config.server.tls_certificate, &config.server.tls_key);
    if certificate.as_os_str().is_empty() {
        return Ok(None);
    }
    for file in [certificate, key] {
        if !file.is_file() {
            bail!("{} is not there", file.display());
        }
    }
    let tls = axum_server::tls_rustls::RustlsConfig::from_pem_file(certificate, key)
        .await
        .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
    Ok(Some(tls))
}

/// The crypto library of TLS, once for the whole program.
pub(crate) fn install_crypto() -> anyhow::Result<()> {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("the crypto library was chosen already"))
}
