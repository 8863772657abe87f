//! Runs the benchmarks against a hub of its own and prints one line a figure.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use vdx_bench::database::Kind;
use vdx_bench::figure::Figure;
use vdx_bench::process::{cores, stay_on};
use vdx_bench::scenario::{bookings, denmark, forward, joins, mix, rooms, start, year};
use vdx_bench::year::Size;

/// Measures the hub: start, memory, joining and forwarding.
#[derive(Debug, Parser)]
struct Arguments {
    /// The hub's program; a release build, or the figures mean nothing.
    #[arg(long, default_value = "target/release/vdx")]
    program: PathBuf,
    /// What to measure; all when not given.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Scenario>,
    /// Leave this database out: `sqlite` or `postgres`.
    #[arg(long)]
    without: Vec<String>,
    /// Rooms of two people.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rooms: u16,
    /// Windows whose median is printed.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    windows: u16,
    /// Seconds of a window.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=600))]
    window: u16,
    /// Joins, one after the other in each of `--at-once` rooms.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    joins: u32,
    /// Joins at a time.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=200))]
    at_once: u16,
    /// An address of this machine that is not on the loopback interface, for rooms.
    #[arg(long, default_value = "10.99.0.1")]
    address: Ipv4Addr,
    /// Kinds of rooms to measure; all when not given.
    #[arg(long, value_delimiter = ',')]
    cases: Vec<String>,
    /// Measure rooms without Janus beside.
    #[arg(long)]
    alone: bool,
    /// Share of the busiest load, 0.01 to 1; as much as the machine can host when not given.
    #[arg(long)]
    share: Option<f64>,
    /// Minutes the busiest load is measured for.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Meetings of a year.
    #[arg(long, default_value_t = 1_300_000, value_parser = clap::value_parser!(u32).range(1000..=20_000_000))]
    meetings: u32,
    /// Organisations they belong to.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5000))]
    organisations: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Start time and idle memory.
    Start,
    /// Joining and forwarding.
    Forward,
    /// Joining again and again; only when asked for.
    Joins,
    /// Mixing sound.
    Mix,
    /// Forwarding in rooms of several kinds, beside Janus; only when asked for.
    Rooms,
    /// The busiest load of a country; only when asked for.
    Denmark,
    /// Booking, on each database.
    Bookings,
    /// Reading, searching and filling the pool in a year of a country's meetings, on each database.
    Year,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let wanted = |scenario| arguments.only.is_empty() || arguments.only.contains(&scenario);
    // Relative to here, as the hub runs in a folder of its own.
    let program = std::path::absolute(&arguments.program)?;

    if wanted(Scenario::Start) {
        print(&start::measure(&program, 5).await?);
    }
    if wanted(Scenario::Mix) {
        print(&mix::measure(arguments.windows.into())?);
    }
    if wanted(Scenario::Bookings) {
        let load = bookings::Load {
            clients: 50,
            windows: arguments.windows.into(),
            window: Duration::from_secs(arguments.window.into()),
        };
        for kind in databases(&arguments) {
            print(&bookings::measure(&program, &kind, load).await?);
        }
    }
    if wanted(Scenario::Year) {
        let load = year::Load {
            year: Size {
                meetings: arguments.meetings,
                organisations: arguments.organisations,
            },
            times: 300,
        };
        for kind in databases(&arguments) {
            print(&year::measure(&program, &kind, load).await?);
        }
    }
    if wanted(Scenario::Forward) {
        let hub_core = part_cores()?;
        let load = forward::Load {
            rooms: arguments.rooms.into(),
            windows: arguments.windows.into(),
            window: Duration::from_secs(arguments.window.into()),
            hub_core,
        };
        print(&forward::measure(&program, load).await?);
    }
    if arguments.only.contains(&Scenario::Joins) {
        let load = joins::Load {
            joins: arguments.joins as usize,
            at_once: arguments.at_once.into(),
            hub_core: part_cores()?,
        };
        print(&joins::measure(&program, load).await?);
    }
    if arguments.only.contains(&Scenario::Rooms) {
        let load = rooms::Load {
            windows: arguments.windows.into(),
            window: Duration::from_secs(arguments.window.into()),
            address: arguments.address,
            core: part_cores()?,
            cases: arguments.cases.clone(),
            alone: arguments.alone,
        };
        rooms::measure(&program, &load, print).await?;
    }
    if arguments.only.contains(&Scenario::Denmark) {
        let load = denmark::Load {
            share: arguments.share,
            length: Duration::from_secs_f64(arguments.minutes.clamp(0.1, 600.0) * 60.0),
            generators: cores()?.len().saturating_sub(1).max(1),
            core: part_cores()?,
        };
        print(&denmark::measure(&program, &load).await?);
    }
    Ok(())
}

/// Where to measure what a database is needed for.
fn databases(arguments: &Arguments) -> Vec<Kind> {
    let mut kinds = Kind::all();
    kinds.retain(|kind| !arguments.without.contains(&kind.to_string()));
    kinds
}

/// Gives the hub, or its peer, a core of its own where there are two, and the
/// clients the others.
fn part_cores() -> Result<Option<usize>> {
    match cores()?.as_slice() {
        [own @ .., hub] if !own.is_empty() => {
            stay_on(own)?;
            Ok(Some(*hub))
        }
        _ => {
            eprintln!("one core only: the clients' work disturbs the hub's");
            Ok(None)
        }
    }
}

fn print(figures: &[Figure]) {
    for figure in figures {
        println!("{figure}");
    }
}
