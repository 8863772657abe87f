//! Joining, again and again: does it always work, and how long does it take?

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::future::join_all;

use crate::endpoint::{Plan, all_well};
use crate::figure::{Figure, quantile};
use crate::process::{Home, HubProcess};
use crate::scenario::forward::Crowd;
use crate::signalling::hub::{Hub, Room, Session};
use crate::signalling::{Joined, Person, Role, Signalling as _};
use crate::stamp::PublisherId;

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Joins altogether.
    pub joins: usize,
    /// Joins at a time, each in a room of its own in which a host talks.
    pub at_once: usize,
    /// Core of the hub; `None` = any.
    pub hub_core: Option<usize>,
}

/// How long a picture may take before the join counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether the picture is there; the time itself is
/// taken where it arrives.
const LOOK: Duration = Duration::from_millis(5);
/// Failures whose reasons are told.
const TOLD: usize = 10;

/// Somebody on the way in.
struct Guest {
    session: Session,
    endpoint: PublisherId,
    asked: Instant,
    /// The first packet and the first whole key frame.
    seen: Option<(Instant, Instant)>,
}

#[derive(Default)]
struct Outcome {
    packet: Vec<f64>,
    picture: Vec<f64>,
    failed: Vec<String>,
}

/// Runs the joins and gives the figures; what failed is told on standard error.
///
/// # Errors
/// When the hub does not start or stop, or a host loses its connection.
pub async fn measure(program: &Path, load: Load) -> Result<Vec<Figure>> {
    let mut home = Home::new(program)?;
    home.core = load.hub_core;
    let process = HubProcess::start(home).await?;
    let (crowd, rooms) = Crowd::hosts(&process, load.at_once, Plan::CONSULTATION).await?;
    let mut outcome = Outcome::default();
    let begun = Instant::now();
    let mut number = 0;
    while number < load.joins {
        let rooms = &rooms[..load.at_once.min(load.joins - number)];
        outcome.batch(process.hub(), &crowd, rooms, number).await?;
        number += rooms.len();
    }
    let seconds = begun.elapsed().as_secs_f64();
    crowd.disperse(process.hub()).await?;
    process.stop().await?;
    for reason in outcome.failed.iter().take(TOLD) {
        eprintln!("a join failed: {reason}");
    }
    outcome.figures(load.joins, seconds)
}

impl Outcome {
    /// One join in each room: in, until the picture is there, and out.
    async fn batch(
        &mut self,
        hub: &Hub,
        crowd: &Crowd,
        rooms: &[Room],
        first: usize,
    ) -> Result<()> {
        let joins = rooms.iter().zip(first..).map(async |(room, number)| {
            let name = format!("Guest {number}");
            let person = Person {
                name,
                role: Role::Guest,
            };
            hub.join(room, &person, Plan::CONSULTATION).await
        });
        let mut guests = Vec::with_capacity(rooms.len());
        for joined in join_all(joins).await {
            match joined {
                Ok(joined) => guests.push(Guest::arrives(crowd, joined).await?),
                Err(error) => self.failed.push(format!("{error:#}")),
            }
        }
        self.watch(crowd, &mut guests).await?;
        let endpoints: Vec<PublisherId> = guests.iter().map(|guest| guest.endpoint).collect();
        for left in join_all(guests.into_iter().map(|guest| hub.leave(guest.session))).await {
            if let Err(error) = left {
                self.failed.push(format!("leaving: {error:#}"));
            }
        }
        for endpoint in endpoints {
            crowd.generator.remove(endpoint).await?;
        }
        Ok(())
    }

    /// Waits until everybody sees the host, or for whom it takes too long.
    async fn watch(&mut self, crowd: &Crowd, guests: &mut [Guest]) -> Result<()> {
        let begun = Instant::now();
        while guests.iter().any(|guest| guest.seen.is_none()) && begun.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK).await;
            let report = crowd.generator.report().await?;
            all_well(&report.endpoints)?;
            for guest in guests.iter_mut().filter(|guest| guest.seen.is_none()) {
                let mut endpoints = report.endpoints.iter();
                let own = endpoints.find(|endpoint| endpoint.id == guest.endpoint);
                guest.seen = own.and_then(|own| own.first_packet().zip(own.first_key_frame()));
            }
        }
        for guest in guests {
            match guest.seen {
                Some((packet, picture)) => {
                    let wait = |seen: Instant| {
                        seen.saturating_duration_since(guest.asked).as_secs_f64() * 1e3
                    };
                    self.packet.push(wait(packet));
                    self.picture.push(wait(picture));
                }
                None => self
                    .failed
                    .push(format!("no picture within {} s", PATIENCE.as_secs())),
            }
        }
        Ok(())
    }

    fn figures(mut self, joins: usize, seconds: f64) -> Result<Vec<Figure>> {
        ensure!(!self.picture.is_empty(), "not one join worked");
        self.packet.sort_by(f64::total_cmp);
        self.picture.sort_by(f64::total_cmp);
        let (packet, picture) = (&self.packet, &self.picture);
        Ok([
            ("joins.made", joins as f64, "joins"),
            ("joins.failed", self.failed.len() as f64, "joins"),
            ("joins.rate", joins as f64 / seconds, "joins/s"),
            ("joins.first_packet_p50", quantile(packet, 0.5), "ms"),
            ("joins.first_packet_p95", quantile(packet, 0.95), "ms"),
            ("joins.picture_p50", quantile(picture, 0.5), "ms"),
            ("joins.picture_p95", quantile(picture, 0.95), "ms"),
            ("joins.picture_max", quantile(picture, 1.0), "ms"),
        ]
        .into_iter()
        .map(|(name, value, unit)| Figure::new(name, value, unit))
        .collect())
    }
}

impl Guest {
    async fn arrives(crowd: &Crowd, joined: Joined<Session>) -> Result<Self> {
        let mut endpoint = None;
        for one in joined.endpoints {
            endpoint = Some(crowd.generator.add(one).await?);
        }
        Ok(Self {
            session: joined.session,
            endpoint: endpoint.ok_or_else(|| anyhow::anyhow!("a client without endpoint"))?,
            asked: joined.asked,
            seen: None,
        })
    }
}
