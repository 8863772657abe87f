//! The busiest load a country's hub has seen: 623 people in 283 rooms, four
//! fifths of them of two. Where the machine cannot host clients and hub
//! together, the largest share of it that it can.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use hdrhistogram::Histogram;

use crate::endpoint::{Plan, all_well};
use crate::figure::Figure;
use crate::generator::Generator;
use crate::process::{Home, HubProcess, processor_time};
use crate::report::WindowReport;
use crate::scenario::direct;
use crate::signalling::hub::Session;
use crate::signalling::{Person, Role, Signalling as _};
use crate::source::{Audio, SendPlan, VideoPlan};

/// How much of it, how long, and where.
#[derive(Debug, Clone)]
pub struct Load {
    /// Share of the rooms, up to 1; `None` = as much as the machine can host.
    pub share: Option<f64>,
    /// How long it is measured.
    pub length: Duration,
    /// Core of the hub; `None` = any.
    pub core: Option<usize>,
    /// Threads of clients.
    pub generators: usize,
}

const ROOMS_OF_TWO: f64 = 226.0;
const ROOMS_OF_THREE: f64 = 57.0;
/// Two encodings, of which the hub forwards the larger, and sound.
const PLAN: Plan = Plan {
    send: SendPlan {
        video: Some(VideoPlan {
            bitrate: 600_000,
            frame_rate: 30,
            small: Some(150_000),
        }),
        audio: true,
        audio_interval: Audio::INTERVAL,
    },
    video_slots: 2,
    audio_slots: 2,
};
/// The trial that tells what a share costs.
const TRIAL: f64 = 0.1;
const TRIAL_LENGTH: Duration = Duration::from_secs(10);
/// How far clients and hub may fill their cores.
const FULL: f64 = 0.8;
const WINDOW: Duration = Duration::from_secs(10);
const SETTLE: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run showed.
struct Run {
    participants: usize,
    rooms: usize,
    elapsed: Duration,
    hub: Duration,
    clients: Duration,
    forwarded: u64,
    sent: u64,
    lost: u64,
    unsent: u64,
    dropped: u64,
    memory: f64,
    latency: Histogram<u64>,
}

/// Runs the load and gives the figures.
///
/// # Errors
/// When the hub does not start, somebody cannot enter, a client fails, or
/// nothing is forwarded.
pub async fn measure(program: &Path, load: &Load) -> Result<Vec<Figure>> {
    let share = match load.share {
        Some(share) => share.clamp(0.01, 1.0),
        None => largest(&run(program, load, TRIAL, TRIAL_LENGTH).await?, load),
    };
    let people = (share * (2.0 * ROOMS_OF_TWO + 3.0 * ROOMS_OF_THREE)) as usize;
    // The same clients in pairs, without a hub: what measuring itself takes.
    let pairs = people / 2 / load.generators.max(1);
    let floor = direct::measure(pairs.max(1), 3, WINDOW).await?;
    let run = run(program, load, share, load.length).await?;
    Ok(figures(&run, share, floor))
}

/// The share at which neither the clients nor the hub fill their cores.
fn largest(trial: &Run, load: &Load) -> f64 {
    let seconds = trial.elapsed.as_secs_f64();
    let clients = trial.clients.as_secs_f64() / seconds / load.generators.max(1) as f64;
    let hub = trial.hub.as_secs_f64() / seconds;
    (TRIAL * FULL / clients.max(hub)).clamp(TRIAL, 1.0)
}

async fn run(program: &Path, load: &Load, share: f64, length: Duration) -> Result<Run> {
    let mut home = Home::new(program)?;
    home.core = load.core;
    let process = HubProcess::start(home).await?;
    let before = process.memory()? as f64;
    let crowd = Crowd::gather(&process, share, load.generators.max(1)).await?;
    tokio::time::sleep(SETTLE).await;
    let participants = crowd.sessions.len();
    let mut run = Run {
        participants,
        rooms: crowd.rooms,
        elapsed: Duration::ZERO,
        hub: Duration::ZERO,
        clients: Duration::ZERO,
        forwarded: 0,
        sent: 0,
        lost: 0,
        unsent: 0,
        dropped: 0,
        memory: 0.0,
        latency: Histogram::new_with_bounds(1, 60_000_000, 3)?,
    };
    crowd.next_window().await?;
    let begun = Instant::now();
    let hub = process.processor_time()?;
    let clients = processor_time(std::process::id())?;
    let dropped = process.datagrams_dropped()?;
    while begun.elapsed() < length {
        tokio::time::sleep(WINDOW.min(length)).await;
        for report in crowd.next_window().await? {
            all_well(&report.endpoints)?;
            run.forwarded += report.received;
            run.sent += report.sent;
            run.lost += report.rtp().missing;
            run.unsent += report.unsent;
            run.latency.add(&report.latency)?;
        }
    }
    run.elapsed = begun.elapsed();
    run.hub = process.processor_time()?.saturating_sub(hub);
    run.clients = processor_time(std::process::id())?.saturating_sub(clients);
    run.dropped = process.datagrams_dropped()? - dropped;
    run.memory = (process.memory()? as f64 - before) / participants as f64;
    ensure!(run.forwarded > 0, "the hub forwards nothing");
    Ok(run)
}

struct Crowd {
    generators: Vec<Generator>,
    sessions: Vec<Session>,
    rooms: usize,
}

impl Crowd {
    async fn gather(process: &HubProcess, share: f64, generators: usize) -> Result<Self> {
        let hub = process.hub();
        let access = hub.sign_in(process.demo()?.planner()?).await?;
        let (twos, threes) = (ROOMS_OF_TWO * share, ROOMS_OF_THREE * share);
        let sizes = std::iter::repeat_n(2, twos.round() as usize)
            .chain(std::iter::repeat_n(3, threes.round() as usize));
        let mut crowd = Self {
            generators: (0..generators)
                .map(|_| Generator::start())
                .collect::<Result<_>>()?,
            sessions: Vec::new(),
            rooms: 0,
        };
        for size in sizes {
            let room = hub.book(&access, &format!("Room {}", crowd.rooms)).await?;
            let generator = &crowd.generators[crowd.rooms % generators];
            for place in 0..size {
                let role = if place == 0 { Role::Host } else { Role::Guest };
                let name = format!("Load {place}");
                let joined = hub.join(&room, &Person { name, role }, PLAN).await?;
                crowd.sessions.push(joined.session);
                for endpoint in joined.endpoints {
                    generator.add(endpoint).await?;
                }
            }
            crowd.rooms += 1;
        }
        crowd.wait().await?;
        Ok(crowd)
    }

    /// Waits until everybody sees and hears somebody.
    async fn wait(&self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let mut all = true;
            for generator in &self.generators {
                let report = generator.report().await?;
                all_well(&report.endpoints).context("while entering")?;
                let mut people = report.endpoints.iter();
                all &= people.all(|one| one.slots.len() >= 2 && one.first_key_frame().is_some());
            }
            if all {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("not everybody sees and hears the others")
    }

    async fn next_window(&self) -> Result<Vec<WindowReport>> {
        let mut reports = Vec::new();
        for generator in &self.generators {
            reports.push(generator.next_window().await?);
        }
        Ok(reports)
    }
}

fn figures(run: &Run, share: f64, floor: direct::Floor) -> Vec<Figure> {
    let seconds = run.elapsed.as_secs_f64();
    let latency = |quantile| run.latency.value_at_quantile(quantile) as f64 / 1e3;
    let cores = run.hub.as_secs_f64() / seconds;
    [
        ("share", 100.0 * share, "%"),
        ("participants", run.participants as f64, "people"),
        ("rooms", run.rooms as f64, "rooms"),
        ("minutes", seconds / 60.0, "min"),
        ("hub_cpu", cores, "cores"),
        ("hub_cpu_of_the_whole", cores / share, "cores"),
        (
            "cpu_per_packet",
            run.hub.as_secs_f64() * 1e6 / run.forwarded as f64,
            "us",
        ),
        ("packets_in", run.sent as f64 / seconds, "packets/s"),
        ("packets_out", run.forwarded as f64 / seconds, "packets/s"),
        (
            "loss",
            100.0 * run.lost as f64 / (run.lost + run.forwarded) as f64,
            "%",
        ),
        ("lost", run.lost as f64, "packets"),
        ("not_read_by_hub", run.dropped as f64, "packets"),
        ("not_sent_by_clients", run.unsent as f64, "packets"),
        ("latency_p50", latency(0.5), "ms"),
        ("latency_p99", latency(0.99), "ms"),
        ("added_latency_p50", latency(0.5) - floor.p50, "ms"),
        ("added_latency_p99", latency(0.99) - floor.p99, "ms"),
        ("memory_per_participant", run.memory / 1e6, "MB"),
        ("clients_cpu", run.clients.as_secs_f64() / seconds, "cores"),
    ]
    .into_iter()
    .map(|(name, value, unit)| Figure::new(format!("denmark.{name}"), value, unit))
    .collect()
}
