//! One of the two servers with everybody in their rooms.

use std::any::Any;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::case::Case;
use crate::endpoint::all_well;
use crate::generator::Generator;
use crate::peer::JanusProcess;
use crate::process::{Home, HubProcess, processor_time, resident_memory};
use crate::report::WindowReport;
use crate::signalling::hub::{Hub, Room, Session};
use crate::signalling::{Person, Role, Signalling as _};

/// A server, its clients, and what ends both when dropped.
pub(super) struct Side {
    pub(super) generator: Generator,
    /// Resident memory that came with each participant, bytes.
    pub(super) memory: f64,
    process: u32,
    /// The server and everybody's stay, which end when dropped.
    _server: Box<dyn Any>,
}

/// What one window showed.
pub(super) struct Window {
    pub(super) report: WindowReport,
    pub(super) server_time: Duration,
    pub(super) own_time: Duration,
}

/// For the first packets and estimates after a pause.
const SETTLE: Duration = Duration::from_millis(1500);
/// How long all may take to see the others.
const PATIENCE: Duration = Duration::from_secs(90);

impl Side {
    /// Fills the hub.
    pub(super) async fn hub(
        program: &Path,
        at: Ipv4Addr,
        core: Option<usize>,
        case: &Case,
    ) -> Result<Self> {
        let mut home = Home::at(program, at)?;
        home.core = core;
        let process = HubProcess::start(home).await?;
        let hub = process.hub().clone();
        let access = hub.sign_in(process.demo()?.planner()?).await?;
        let before = process.memory()? as f64;
        let generator = Generator::start()?;
        let mut sessions = Vec::new();
        for number in 0..case.rooms {
            let room = hub.book(&access, &format!("Room {number}")).await?;
            let first = sessions.len();
            enter(&hub, &room, case, &generator, &mut sessions).await?;
            if let (Some(layout), Some(host)) = (case.layout(), sessions.get(first)) {
                hub.lay_out(host, layout).await?;
            }
        }
        let mut side = Self {
            generator,
            memory: 0.0,
            process: process.id(),
            _server: Box::new((process, sessions)),
        };
        side.settle(case, before).await?;
        Ok(side)
    }

    /// Fills Janus.
    pub(super) async fn janus(at: Ipv4Addr, core: Option<usize>, case: &Case) -> Result<Self> {
        let process = JanusProcess::start(at, core).await?;
        let session = process.janus().open().await?;
        let before = resident_memory(process.id())? as f64;
        let generator = Generator::start()?;
        for _ in 0..case.rooms {
            let room = session.open_room().await?;
            let mut feeds = Vec::new();
            for _ in 0..case.speakers {
                let (feed, endpoint) = session.publish(room, case.send).await?;
                feeds.push(feed);
                generator.add(endpoint).await?;
            }
            wait(&generator, "not every speaker connects", |report| {
                report.endpoints.iter().all(|one| one.connected.is_some())
            })
            .await?;
            for place in 0..case.speakers + case.viewers {
                let others = feeds.iter().enumerate().filter(|(of, _)| *of != place);
                let others: Vec<_> = others.map(|(_, feed)| *feed).collect();
                if !others.is_empty() {
                    let endpoint = session.subscribe(room, &others).await?;
                    generator.add(endpoint).await?;
                }
            }
        }
        let mut side = Self {
            generator,
            memory: 0.0,
            process: process.id(),
            _server: Box::new((process, session)),
        };
        side.settle(case, before).await?;
        Ok(side)
    }

    /// Waits until media flows, then notes the memory and falls silent.
    async fn settle(&mut self, case: &Case, before: f64) -> Result<()> {
        let video = case.send.video.is_some();
        let receivers = case.participants() - if case.viewers > 0 { case.rooms } else { 0 };
        wait(&self.generator, "not everybody receives", |report| {
            let served = report.endpoints.iter().filter(|one| {
                let seen = one.first_key_frame().is_some();
                one.first_packet().is_some() && (seen || !video)
            });
            served.count() >= receivers
        })
        .await?;
        // Long enough for the memory that retransmission needs.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let after = resident_memory(self.process)? as f64;
        self.memory = (after - before) / case.participants() as f64;
        self.generator.pause(true).await
    }

    /// Lets everybody send for `length` and measures meanwhile.
    pub(super) async fn window(&self, length: Duration) -> Result<Window> {
        self.generator.pause(false).await?;
        tokio::time::sleep(SETTLE).await;
        self.generator.next_window().await?;
        let (server, own) = self.times()?;
        tokio::time::sleep(length).await;
        let (server_after, own_after) = self.times()?;
        let report = self.generator.next_window().await?;
        self.generator.pause(true).await?;
        all_well(&report.endpoints)?;
        ensure!(report.received > 0, "nothing is forwarded");
        Ok(Window {
            report,
            server_time: server_after.saturating_sub(server),
            own_time: own_after.saturating_sub(own),
        })
    }

    fn times(&self) -> Result<(Duration, Duration)> {
        Ok((
            processor_time(self.process)?,
            processor_time(std::process::id())?,
        ))
    }
}

async fn enter(
    hub: &Hub,
    room: &Room,
    case: &Case,
    generator: &Generator,
    sessions: &mut Vec<Session>,
) -> Result<()> {
    for place in 0..case.speakers + case.viewers {
        let speaks = place < case.speakers;
        let person = Person {
            name: format!("Load {place}"),
            role: if place == 0 { Role::Host } else { Role::Guest },
        };
        let plan = if speaks { case.sender() } else { case.viewer() };
        let joined = hub.join(room, &person, plan).await?;
        sessions.push(joined.session);
        for endpoint in joined.endpoints {
            generator.add(endpoint).await?;
        }
    }
    Ok(())
}

async fn wait(
    generator: &Generator,
    what: &'static str,
    holds: impl Fn(&WindowReport) -> bool,
) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let report = generator.report().await?;
        all_well(&report.endpoints).context(what)?;
        if holds(&report) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("{what} within {} s", PATIENCE.as_secs())
}
