//! What it costs the hub to forward a packet, and how long that takes it:
//! rooms of two people who talk to each other.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::endpoint::{Plan, all_well};
use crate::figure::{Figure, quantile};
use crate::generator::Generator;
use crate::process::{Home, HubProcess, processor_time};
use crate::report::WindowReport;
use crate::scenario::direct;
use crate::signalling::hub::{Hub, Room, Session};
use crate::signalling::{Person, Role, Signalling as _};
use crate::stamp::PublisherId;

/// How much, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Rooms, two people in each.
    pub rooms: usize,
    /// Windows measured, of which the median counts.
    pub windows: usize,
    /// Length of a window.
    pub window: Duration,
    /// Core of the hub; `None` = any.
    pub hub_core: Option<usize>,
}

/// Everybody in their rooms.
pub struct Crowd {
    /// Runs the clients.
    pub generator: Generator,
    sessions: Vec<Session>,
    /// When those who came second, to somebody already sending, asked to enter.
    second: BTreeMap<PublisherId, Instant>,
}

impl Crowd {
    /// Fills `rooms` new rooms with two people each, first all hosts, then all
    /// guests, and waits until everybody sees and hears the other.
    ///
    /// # Errors
    /// When somebody cannot enter, or media does not come within a minute.
    pub async fn gather(process: &HubProcess, rooms: usize, plan: Plan) -> Result<Self> {
        let hub = process.hub();
        let (mut crowd, places) = Self::hosts(process, rooms, plan).await?;
        for room in &places {
            let (guest, asked) = crowd.enter(hub, room, Role::Guest, plan).await?;
            crowd.second.insert(guest, asked);
        }
        crowd
            .wait_for(Duration::from_secs(60), |report| {
                report.endpoints.iter().all(|endpoint| {
                    endpoint.slots.len() >= 2 && endpoint.first_key_frame().is_some()
                })
            })
            .await
            .context("not everybody sees and hears the other")?;
        Ok(crowd)
    }

    /// Fills `rooms` new rooms with a host each, and waits until all of them send.
    ///
    /// # Errors
    /// When somebody cannot enter, or a host does not connect within a minute.
    pub async fn hosts(
        process: &HubProcess,
        rooms: usize,
        plan: Plan,
    ) -> Result<(Self, Vec<Room>)> {
        let hub = process.hub();
        let access = hub.sign_in(process.demo()?.planner()?).await?;
        let mut crowd = Self {
            generator: Generator::start()?,
            sessions: Vec::with_capacity(rooms * 2),
            second: BTreeMap::new(),
        };
        let mut places = Vec::with_capacity(rooms);
        for number in 0..rooms {
            let room = hub.book(&access, &format!("Load {number}")).await?;
            crowd.enter(hub, &room, Role::Host, plan).await?;
            places.push(room);
        }
        // A guest comes to somebody who is there already, as people do.
        crowd
            .wait_for(Duration::from_secs(60), |report| {
                let mut hosts = report.endpoints.iter();
                hosts.all(|host| host.audio_sent > 0 && host.video_sent > 0)
            })
            .await
            .context("not every host connects")?;
        Ok((crowd, places))
    }

    /// Everybody's stay, in the order they came.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// Everybody leaves.
    ///
    /// # Errors
    /// When the hub does not take a farewell.
    pub async fn disperse(self, hub: &Hub) -> Result<()> {
        for session in self.sessions {
            hub.leave(session).await?;
        }
        Ok(())
    }

    async fn enter(
        &mut self,
        hub: &Hub,
        room: &Room,
        role: Role,
        plan: Plan,
    ) -> Result<(PublisherId, Instant)> {
        let name = format!("Load {}", self.sessions.len());
        let joined = hub.join(room, &Person { name, role }, plan).await?;
        self.sessions.push(joined.session);
        let mut ids = Vec::new();
        for endpoint in joined.endpoints {
            ids.push(self.generator.add(endpoint).await?);
        }
        let id = ids.first().copied().context("a client without endpoint")?;
        Ok((id, joined.asked))
    }

    async fn wait_for(&self, most: Duration, holds: impl Fn(&WindowReport) -> bool) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < most {
            let report = self.generator.report().await?;
            all_well(&report.endpoints)?;
            if holds(&report) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("waited in vain for {} s", most.as_secs())
    }

    /// Sorted milliseconds from asking to enter to what `seen` tells, of those
    /// who came second.
    fn waits(
        &self,
        report: &WindowReport,
        seen: impl Fn(&crate::report::EndpointReport) -> Option<Instant>,
    ) -> Vec<f64> {
        let waits = report.endpoints.iter().filter_map(|endpoint| {
            let asked = self.second.get(&endpoint.id)?;
            let wait = seen(endpoint)?.saturating_duration_since(*asked);
            Some(wait.as_secs_f64() * 1e3)
        });
        let mut waits: Vec<f64> = waits.collect();
        waits.sort_by(f64::total_cmp);
        waits
    }
}

/// What one window showed.
struct Window {
    report: WindowReport,
    hub_time: Duration,
    own_time: Duration,
    forwarded: Option<f64>,
    dropped: u64,
}

/// Runs the load and gives the figures.
///
/// # Errors
/// When the hub does not start or stop, somebody cannot enter, a client fails
/// meanwhile, or nothing is forwarded.
pub async fn measure(program: &Path, load: Load) -> Result<Vec<Figure>> {
    let floor = direct::measure(load.rooms, load.windows.min(3), load.window).await?;
    let mut home = Home::new(program)?;
    home.core = load.hub_core;
    let process = HubProcess::start(home).await?;
    let crowd = Crowd::gather(&process, load.rooms, Plan::CONSULTATION).await?;
    let joins = join_figures(&crowd, &crowd.generator.report().await?);
    // The key frames of the beginning and the clients' first reports are over by then.
    tokio::time::sleep(Duration::from_secs(3)).await;

    let mut windows = Vec::with_capacity(load.windows);
    let mut seen = Seen::look(&process).await?;
    crowd.generator.next_window().await?;
    for _ in 0..load.windows {
        tokio::time::sleep(load.window).await;
        let now = Seen::look(&process).await?;
        let report = crowd.generator.next_window().await?;
        all_well(&report.endpoints)?;
        ensure!(report.received > 0, "the hub forwards nothing");
        windows.push(Window {
            report,
            hub_time: now.hub_time.saturating_sub(seen.hub_time),
            own_time: now.own_time.saturating_sub(seen.own_time),
            forwarded: now
                .forwarded
                .zip(seen.forwarded)
                .map(|(now, before)| now - before),
            dropped: now.dropped - seen.dropped,
        });
        seen = now;
    }
    let memory = process.memory()? as f64 / 1e6;
    crowd.disperse(process.hub()).await?;
    process.stop().await?;

    let mut figures = forward_figures(&windows, floor);
    figures.push(Figure::new("forward.two_party.memory", memory, "MB"));
    figures.extend(joins);
    Ok(figures)
}

/// Counters read at one moment.
struct Seen {
    hub_time: Duration,
    own_time: Duration,
    forwarded: Option<f64>,
    dropped: u64,
}

impl Seen {
    async fn look(process: &HubProcess) -> Result<Self> {
        let forwarded = process.hub().metric("vdx_media_packets_forwarded_total");
        Ok(Self {
            forwarded: forwarded.await.unwrap_or(None),
            dropped: process.datagrams_dropped()?,
            own_time: processor_time(std::process::id())?,
            hub_time: process.processor_time()?,
        })
    }
}

fn forward_figures(windows: &[Window], floor: direct::Floor) -> Vec<Figure> {
    let each = |of: &dyn Fn(&Window) -> f64| windows.iter().map(of).collect::<Vec<f64>>();
    let cost = each(&|w| w.hub_time.as_secs_f64() * 1e6 / w.report.received as f64);
    let rate: Vec<f64> = cost.iter().map(|microseconds| 1e6 / microseconds).collect();
    let latency = |share: f64| each(&|w| w.report.latency.value_at_quantile(share) as f64 / 1e3);
    let added = |share: f64, floor: f64| -> Vec<f64> {
        latency(share).iter().map(|all| all - floor).collect()
    };
    let share =
        |time: Duration, w: &Window| 100.0 * time.as_secs_f64() / w.report.elapsed.as_secs_f64();
    let mut figures = Vec::new();
    for (name, values, unit) in [
        ("cpu_per_packet", cost, "us"),
        ("packets_per_second_per_core", rate, "packets/s"),
        ("latency_p50", latency(0.5), "ms"),
        ("latency_p99", latency(0.99), "ms"),
        ("added_latency_p50", added(0.5, floor.p50), "ms"),
        ("added_latency_p99", added(0.99, floor.p99), "ms"),
        ("hub_cpu", each(&|w| share(w.hub_time, w)), "%"),
        ("generator_cpu", each(&|w| share(w.own_time, w)), "%"),
    ] {
        let name = format!("forward.two_party.{name}");
        figures.extend(Figure::with_noise(&name, &values, unit));
    }
    let sum = |of: &dyn Fn(&Window) -> f64| windows.iter().map(of).sum::<f64>();
    let seconds = sum(&|w| w.report.elapsed.as_secs_f64());
    for (name, value, unit) in [
        (
            "packets_in",
            sum(&|w| w.report.sent as f64) / seconds,
            "packets/s",
        ),
        (
            "packets_out",
            sum(&|w| w.report.received as f64) / seconds,
            "packets/s",
        ),
        ("lost", sum(&|w| w.report.rtp().missing as f64), "packets"),
        ("late", sum(&|w| w.report.rtp().late as f64), "packets"),
        ("not_read_by_hub", sum(&|w| w.dropped as f64), "packets"),
        (
            "not_sent_by_generator",
            sum(&|w| w.report.unsent as f64),
            "packets",
        ),
    ] {
        figures.push(Figure::new(
            format!("forward.two_party.{name}"),
            value,
            unit,
        ));
    }
    if let Some(forwarded) = windows.iter().map(|w| w.forwarded).sum::<Option<f64>>() {
        let name = "forward.two_party.packets_out_by_hub";
        figures.push(Figure::new(name, forwarded / seconds, "packets/s"));
    }
    figures
}

fn join_figures(crowd: &Crowd, report: &WindowReport) -> Vec<Figure> {
    let packet = crowd.waits(report, crate::report::EndpointReport::first_packet);
    let picture = crowd.waits(report, crate::report::EndpointReport::first_key_frame);
    [
        ("join.loadgen.p50", quantile(&packet, 0.5)),
        ("join.loadgen.p95", quantile(&packet, 0.95)),
        ("join.loadgen.picture_p50", quantile(&picture, 0.5)),
        ("join.loadgen.picture_p95", quantile(&picture, 0.95)),
    ]
    .into_iter()
    .map(|(name, value)| Figure::new(name, value, "ms"))
    .collect()
}
