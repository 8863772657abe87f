//! `vdx check`: the settings and what they point to, one line each.

use std::fmt::Display;
use std::path::Path;

use vdx_accounts::Accounts;
use vdx_domain::{Clock as _, SystemClock};
use vdx_store::{DatabaseUrl, Db};

use crate::certificates::{self, Standing};
use crate::config::Config;
use crate::failure::Failure;
use crate::{start, turn};

/// Checks everything; nothing is changed or made.
pub(crate) fn run(file: Option<&Path>) -> Result<(), Failure> {
    let config = start::settings(file)?;
    println!("ok     settings");
    start::install_crypto()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    let mut report = Report { all_well: true };
    runtime.block_on(async {
        report.line("data folder", data_folder(&config));
        report.line("database", database(&config).await);
        report.line("bus", bus(&config).await);
        report.line("certificate", certificate(&config));
        report.line("turn", turn_server(&config));
        for (setting, file) in certificates::files(&config) {
            report.certificates(setting, &file);
        }
        report.line("callers with certificates", callers(&config));
        report.line("trusted issuers", issuers(&config).await);
        report.line("booking", booking(&config));
        report.line("booking API v1", video_v1(&config));
        report.line("text messages", text_messages(&config).await);
    });
    report.all_well.then_some(()).ok_or(Failure::Told)
}

struct Report {
    all_well: bool,
}

impl Report {
    fn line(&mut self, what: &str, found: anyhow::Result<impl Display>) {
        match found {
            Ok(found) => println!("ok     {what}: {found}"),
            Err(error) => {
                self.all_well = false;
                println!("WRONG  {what}: {error:#}");
            }
        }
    }

    /// One that ends soon works still: a warning is not wrong.
    fn certificates(&mut self, setting: &str, file: &Path) {
        let what = format!("{setting} {}", file.display());
        let found = certificates::read(file);
        match found.map(|found| certificates::standing(&found, SystemClock.now())) {
            Ok(Standing::Worrying(text)) => println!("WARN   {what}: {text}"),
            Ok(Standing::Good(text)) => self.line(&what, Ok(text)),
            Err(error) => self.line(&what, Err::<&str, _>(error)),
        }
    }
}

fn data_folder(config: &Config) -> anyhow::Result<String> {
    let folder = &config.data_dir;
    if !folder.exists() {
        return Ok(format!("{} (made at the first start)", folder.display()));
    }
    if folder.join("secret.key").exists() || !config.secret_key.reveal().is_empty() {
        start::sealer(config)?;
    }
    Ok(folder.display().to_string())
}

async fn database(config: &Config) -> anyhow::Result<String> {
    let url = start::database_url(config)?;
    if let DatabaseUrl::Sqlite(options) = &url
        && !options.get_filename().exists()
    {
        return Ok(format!("{url} (made at the first start)"));
    }
    let db = Db::connect(&url).await?;
    let missing = vdx_store::check_migrations(&db).await?;
    db.close().await;
    Ok(match missing {
        0 => url.to_string(),
        missing => format!("{url} ({missing} migrations are applied at the next start)"),
    })
}

async fn bus(config: &Config) -> anyhow::Result<&'static str> {
    let url = config.bus.url.reveal();
    if url.is_empty() {
        return Ok("none");
    }
    let mut subjects = Vec::new();
    if !config.audit.subject.is_empty() {
        subjects.push(config.audit.subject.as_str());
    }
    if !config.provisioner.events.is_empty() {
        subjects.push(config.provisioner.subject.as_str());
    }
    vdx_bus::Bus::probe(url, &subjects).await?;
    Ok("answers")
}

fn certificate(config: &Config) -> anyhow::Result<String> {
    Ok(match start::tls(config)? {
        Some(_) => config.server.tls_certificate.display().to_string(),
        None => "none, plain HTTP".to_owned(),
    })
}

fn turn_server(config: &Config) -> anyhow::Result<String> {
    turn::tls(config)?;
    let urls = turn::access(config).map_or_else(Vec::new, |access| access.turn_urls);
    Ok(match urls[..] {
        [] => "none".to_owned(),
        _ => format!("clients are told of {}", urls.join(", ")),
    })
}

fn callers(config: &Config) -> anyhow::Result<String> {
    let settings = start::accounts_settings(config)?;
    let sts = match settings.token_service {
        Some(_) => "and the assertions of a token service",
        None => "no assertions",
    };
    Ok(format!("{} known, {sts}", settings.certificates.len()))
}

async fn issuers(config: &Config) -> anyhow::Result<String> {
    let issuers = start::trusted_issuers(config);
    for issuer in &issuers {
        Accounts::check_issuer(issuer, &SystemClock).await?;
    }
    Ok(format!("{} besides this hub", issuers.len()))
}

async fn text_messages(config: &Config) -> anyhow::Result<String> {
    let settings = start::sms_settings(config)?;
    let gateway = vdx_notify::open_gateway(&settings.gateway).map_err(anyhow::Error::msg)?;
    gateway.check().await.map_err(anyhow::Error::msg)
}

fn booking(config: &Config) -> anyhow::Result<String> {
    start::booking_settings(config)?;
    Ok(format!("rooms in {}", config.booking.room_domain))
}

fn video_v1(config: &Config) -> anyhow::Result<String> {
    let end = start::video_v1_end(config)?;
    Ok(match (config.video_v1.until.0, end) {
        (Some(last), Some(end)) if end <= SystemClock.now() => {
            format!("off, its last day was {last}")
        }
        (Some(last), _) => format!("on until the end of {last}"),
        (None, _) => "on".to_owned(),
    })
}
