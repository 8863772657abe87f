//! How many meetings can be booked, beside what the database itself takes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use hdrhistogram::Histogram;
use jiff::ToSpan as _;
use parking_lot::Mutex;
use reqwest::Client;
use serde_json::{Value, json};
use vdx_domain::{Clock as _, SystemClock};
use vdx_store::Db;

use crate::database::Kind;
use crate::figure::{Figure, quantile};
use crate::process::{Home, HubProcess};
use crate::raw::Sample;
use crate::signalling::hub::ApiClient;

/// What is asked of the hub.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Clients that book at the same time.
    pub clients: usize,
    /// Windows whose median is printed.
    pub windows: usize,
    /// Length of a window.
    pub window: Duration,
}

/// Books with all clients as quickly as the hub answers, and writes the same
/// rows without the hub, in windows that take turns.
///
/// # Errors
/// When the hub does not start, refuses a booking, or the database fails.
pub async fn measure(program: &Path, kind: &Kind, load: Load) -> Result<Vec<Figure>> {
    let database = kind.create().await?;
    let mut home = Home::new(program)?;
    home.database = Some(database.url().to_owned());
    let hub = HubProcess::start(home).await?;
    let booker = Arc::new(Booker::new(&hub, hub.demo()?.planner()?).await?);
    let first = booker.book().await?;
    let db = database.open().await?;
    let sample = Arc::new(Sample::read(&db, &first).await?);
    // Once round without counting: connections, caches, prepared statements.
    run(load, || book_once(&booker)).await?;

    let (mut rates, mut raw_rates) = (Vec::new(), Vec::new());
    let mut times = histogram()?;
    for _ in 0..load.windows {
        let window = run(load, || book_once(&booker)).await?;
        rates.push(window.rate());
        times.add(&window.times)?;
        raw_rates.push(run(load, || write_once(&sample, &db)).await?.rate());
    }
    let rows = sample.rows(db.engine());
    db.close().await;
    hub.stop().await?;
    database.remove().await?;

    let name = |what: &str| format!("booking.{kind}.{what}");
    let mut figures = Figure::with_noise(&name("create"), &rates, "bookings/s");
    raw_rates.sort_by(f64::total_cmp);
    if let Some(median) = figures.first_mut() {
        median.peer = Some(("raw", quantile(&raw_rates, 0.5)));
    }
    let milliseconds = |share: f64| times.value_at_quantile(share) as f64 / 1e3;
    figures.push(Figure::new(name("create_p50"), milliseconds(0.5), "ms"));
    figures.push(Figure::new(name("create_p99"), milliseconds(0.99), "ms"));
    figures.push(Figure::new(name("rows"), rows as f64, "rows"));
    Ok(figures)
}

/// Books meetings over the API.
#[derive(Debug)]
pub(super) struct Booker {
    http: Client,
    url: String,
    token: String,
    booked: AtomicU64,
}

impl Booker {
    /// Signs in as `client`.
    pub(super) async fn new(hub: &HubProcess, client: &ApiClient) -> Result<Self> {
        let access = hub.hub().sign_in(client).await?;
        Ok(Self {
            http: hub.hub().http().clone(),
            url: hub.hub().url("/videoapi/v2/meetings")?.to_string(),
            token: access.secret().to_owned(),
            booked: AtomicU64::new(0),
        })
    }

    /// Books one, some time from tomorrow on; gives its id.
    pub(super) async fn book(&self) -> Result<String> {
        let n = self.booked.fetch_add(1, Ordering::Relaxed);
        let starts_at = SystemClock
            .now()
            .checked_add(24.hours())?
            .checked_add(i64::try_from(n % 100_000)?.minutes())?;
        let body = json!({
            "subject": format!("Consultation {n}"),
            "description": "Booked by the benchmark",
            "startTime": starts_at.to_string(),
            "endTime": starts_at.checked_add(30.minutes())?.to_string(),
            "labels": ["benchmark"],
        });
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&body);
        let reply = request.send().await?;
        let status = reply.status();
        let reply: Value = reply.json().await?;
        let id = reply["uuid"].as_str();
        Ok(id.with_context(|| format!("{status}: {reply}"))?.to_owned())
    }
}

async fn book_once(booker: &Arc<Booker>) -> Result<()> {
    booker.book().await.map(drop)
}

async fn write_once(sample: &Arc<Sample>, db: &Db) -> Result<()> {
    sample.write(db).await
}

/// What one window showed.
struct Window {
    done: u64,
    elapsed: Duration,
    /// Microseconds.
    times: Histogram<u64>,
}

impl Window {
    fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64()
    }
}

/// Does `task` with all clients at once, again and again, for one window.
async fn run<F: Future<Output = Result<()>>>(load: Load, task: impl Fn() -> F) -> Result<Window> {
    let times = Mutex::new(histogram()?);
    let begun = Instant::now();
    try_join_all((0..load.clients).map(|_| async {
        while begun.elapsed() < load.window {
            let started = Instant::now();
            task().await?;
            let micros = u64::try_from(started.elapsed().as_micros())?;
            times.lock().saturating_record(micros);
        }
        anyhow::Ok(())
    }))
    .await?;
    let times = times.into_inner();
    Ok(Window {
        done: times.len(),
        elapsed: begun.elapsed(),
        times,
    })
}

/// Microseconds up to a minute.
fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 60_000_000, 3)?)
}
