//! `vdx serve`.

use std::io::{self, IsTerminal as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;
use vdx_api::serve::{Listen, serve};

use crate::cli::ServeOptions;
use crate::config::{Config, Log};
use crate::failure::Failure;
use crate::start::Running;
use crate::{demo, jobs, port_owner, start};

/// How long clients are told goodbye, and the last records are written.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// How often the hub looks whether the last participant has left.
const GLANCE: Duration = Duration::from_millis(100);
/// File descriptors the hub wants besides one for each connection.
const SPARE_FILES: u64 = 256;

/// Serves until it is told to stop.
pub(crate) fn run(file: Option<&Path>, options: &ServeOptions) -> Result<(), Failure> {
    let config = start::settings(file)?;
    start_log(&config.log)?;
    // What the hub writes holds personal data: for its owner alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    start::install_crypto()?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime")?
        .block_on(serve_until_stopped(&config, options))?;
    Ok(())
}

fn start_log(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter).context("log.filter")?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    if log.json {
        subscriber.json().init();
    } else {
        subscriber.with_target(false).init();
    }
    Ok(())
}

async fn serve_until_stopped(config: &Config, options: &ServeOptions) -> anyhow::Result<()> {
    // First, so that a busy port leaves no trace in the database.
    let listener = listen(config.server.listen)?;
    let tls = start::tls(config)?;
    let storage = start::storage(config).await?;
    if options.demo {
        demo::prepare(config, &storage).await?;
    }
    let running = start::hub(config, storage, options.demo).await?;
    let listening = Listen {
        tls,
        max_connections: connections(config.server.max_connections),
    };
    let drain = Duration::from_secs(options.drain);
    let (stop, stopped) = watch::channel(());
    let jobs = jobs::start(config, &running, &stopped).await?;
    let leaving = leave(&running, StopSignals::install()?, stop, drain);
    announce(config, options);
    serve(
        listener,
        vdx_api::router(running.hub.clone()),
        listening,
        ended(stopped),
        drain + LAST_WORDS,
    )
    .await
    .context("listening")?;
    leaving.await.context("stopping")?;
    jobs.ended().await;
    running.engine.stop();
    running.storage.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Waits for the signal to stop; then nobody new comes in, and meetings in
/// progress have until `drain` is over.
fn leave(
    running: &Running,
    signals: StopSignals,
    stop: watch::Sender<()>,
    drain: Duration,
) -> JoinHandle<()> {
    let conferences = running.hub.conferences.clone();
    tokio::spawn(async move {
        signals.first().await;
        conferences.close_doors();
        drop(stop);
        let emptied = async {
            while conferences.counts().participants > 0 {
                tokio::time::sleep(GLANCE).await;
            }
        };
        if tokio::time::timeout(drain, emptied).await.is_err() {
            tracing::info!("ending the meetings in progress");
        }
        conferences.shut_down(LAST_WORDS).await;
    })
}

/// Done when the sender is gone.
pub(crate) async fn ended(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "cannot listen on {address}: {}",
            port_owner::in_use(address)
        ),
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}

/// As many as are wished, or as the system gives file descriptors for.
fn connections(wished: u32) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::from(wished) + SPARE_FILES;
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let mut given = limit.current.unwrap_or(u64::MAX);
    if given < raised {
        let raise = Rlimit {
            current: Some(raised),
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, raise) {
            Ok(()) => given = raised,
            Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
        }
    }
    let room = usize::try_from(given.saturating_sub(SPARE_FILES)).unwrap_or(usize::MAX);
    let connections = room.min(wished as usize).max(1);
    if connections < wished as usize {
        tracing::warn!(
            connections,
            "the limit of open files allows fewer connections than server.max_connections"
        );
    }
    connections
}

/// SIGTERM and Ctrl-C.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn install() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Done at the first. A second one ends the program at once.
    async fn first(mut self) {
        self.next().await;
        tracing::info!("stopping");
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("stopping at once");
            std::process::exit(0);
        });
    }
}

/// Where to go.
fn announce(config: &Config, options: &ServeOptions) {
    let url = &config.server.public_url;
    println!("VDX {} at {url}", crate::cli::VERSION);
    println!("  join a meeting   {url}/");
    println!("  API documents    {url}/docs/");
    println!("  is it well?      {url}/readyz");
    if options.demo {
        let file = config.data_dir.join(demo::FILE);
        println!(
            "  demo             secrets of clients, users and rooms: {}",
            file.display()
        );
        if config.sms.keeps_messages() {
            println!("  text messages    {url}/development/messages (sign in as demo-operator)");
        }
        println!(
            "  a token          curl -u CLIENT_ID:CLIENT_SECRET -d grant_type=client_credentials {url}/oauth2/token"
        );
    }
}
