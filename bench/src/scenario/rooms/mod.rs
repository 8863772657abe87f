//! What it costs to forward a packet in rooms of several kinds, beside Janus
//! under the same clients: both servers are filled with the same rooms, and the
//! two send in turns, so that what disturbs the machine disturbs both.

mod case;
mod floor;
mod side;

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use self::case::{CASES, Case};
use self::side::{Side, Window};
use crate::figure::{Figure, median};
use crate::scenario::direct;

/// How long, and where.
#[derive(Debug, Clone)]
pub struct Load {
    /// Windows of each server, of which the medians count.
    pub windows: usize,
    /// Length of a window.
    pub window: Duration,
    /// An address of this machine that is not on the loopback interface.
    pub address: Ipv4Addr,
    /// Core of the servers; `None` = any.
    pub core: Option<usize>,
    /// Cases to run; all when empty.
    pub cases: Vec<String>,
    /// Measure the hub alone.
    pub alone: bool,
}

/// Runs the cases and hands over the figures of each when it is done.
///
/// # Errors
/// When a server does not start, somebody cannot enter, a client fails
/// meanwhile, or nothing is forwarded.
pub async fn measure(program: &Path, load: &Load, mut each: impl FnMut(&[Figure])) -> Result<()> {
    let wanted = |name: &str| load.cases.is_empty() || load.cases.iter().any(|c| c == name);
    let floor = direct::measure(10, 3, load.window).await?;
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        each(&compare(program, load, case, floor).await?);
    }
    if wanted("floor") {
        each(&floor::measure(load.core, load.windows, load.window)?);
    }
    Ok(())
}

async fn compare(
    program: &Path,
    load: &Load,
    case: &Case,
    floor: direct::Floor,
) -> Result<Vec<Figure>> {
    let hub = Side::hub(program, load.address, load.core, case).await?;
    let janus = match load.alone {
        true => None,
        false => Some(Side::janus(load.address, load.core, case).await?),
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..load.windows {
        ours.push(hub.window(load.window).await?);
        if let Some(janus) = &janus {
            theirs.push(janus.window(load.window).await?);
        }
    }
    let memory = (hub.memory / 1e6, janus.as_ref().map(|j| j.memory / 1e6));
    Ok(figures(case, floor, &ours, &theirs, memory))
}

fn figures(
    case: &Case,
    floor: direct::Floor,
    ours: &[Window],
    theirs: &[Window],
    memory: (f64, Option<f64>),
) -> Vec<Figure> {
    let of = |windows: &[Window], value: fn(&Window) -> f64| {
        median(&windows.iter().map(value).collect::<Vec<f64>>())
    };
    let pair = |value: fn(&Window) -> f64| {
        let janus = (!theirs.is_empty()).then(|| of(theirs, value));
        (of(ours, value), janus)
    };
    let less = |(one, other): (f64, Option<f64>), floor: f64| {
        (one - floor, other.map(|other| other - floor))
    };
    let lost = |windows: &[Window]| {
        let missing = windows.iter().map(|w| w.report.rtp().missing);
        missing.sum::<u64>() as f64
    };
    let both_lost = (lost(ours), (!theirs.is_empty()).then(|| lost(theirs)));
    let lines = [
        ("cpu_per_packet", pair(cost), "us"),
        (
            "packets_per_second_per_core",
            pair(|w| 1e6 / cost(w)),
            "packets/s",
        ),
        (
            "added_latency_p50",
            less(pair(|w| latency(w, 0.5)), floor.p50),
            "ms",
        ),
        (
            "added_latency_p99",
            less(pair(|w| latency(w, 0.99)), floor.p99),
            "ms",
        ),
        ("memory_per_participant", memory, "MB"),
        ("core_share", pair(|w| share(w.server_time, w)), "%"),
        (
            "packets_out",
            pair(|w| w.report.received as f64 / seconds(w)),
            "packets/s",
        ),
        ("lost", both_lost, "packets"),
        ("clients_core_share", pair(|w| share(w.own_time, w)), "%"),
    ];
    let mut figures: Vec<Figure> = lines
        .into_iter()
        .map(|(what, (value, peer), unit)| {
            let figure = Figure::new(format!("rooms.{}.{what}", case.name), value, unit);
            peer.map_or(figure.clone(), |peer| figure.beside("janus", peer))
        })
        .collect();
    let costs: Vec<f64> = ours.iter().map(cost).collect();
    let name = format!("rooms.{}.cpu_per_packet", case.name);
    figures.extend(Figure::with_noise(&name, &costs, "us").into_iter().skip(1));
    let name = |what: &str| format!("rooms.{}.{what}", case.name);
    figures.push(Figure::new(name("bitrate"), case.bitrate(), "kbit/s"));
    figures.push(Figure::new(
        name("streams"),
        case.streams() as f64,
        "streams",
    ));
    figures
}

fn cost(window: &Window) -> f64 {
    window.server_time.as_secs_f64() * 1e6 / window.report.received as f64
}

fn latency(window: &Window, quantile: f64) -> f64 {
    window.report.latency.value_at_quantile(quantile) as f64 / 1e3
}

fn seconds(window: &Window) -> f64 {
    window.report.elapsed.as_secs_f64()
}

fn share(time: Duration, window: &Window) -> f64 {
    100.0 * time.as_secs_f64() / seconds(window)
}
