//! Measures how busy the machine is, each second: for the doors of the rooms,
//! and for `/metrics`.

use std::fmt::Write as _;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::MissedTickBehavior;
use vdx_api::Metrics;
use vdx_conference::Conferences;
use vdx_conference::capacity::Load;
use vdx_media::Engine;

/// How often is measured.
const INTERVAL: Duration = Duration::from_secs(1);

/// Measures until `until` is done.
pub(crate) async fn measure(
    conferences: Conferences,
    engine: Engine,
    metrics: Metrics,
    until: impl Future<Output = ()>,
) {
    let mut until = pin!(until);
    let shown = Arc::new(Mutex::new(None));
    publish(&metrics, &engine, Arc::clone(&shown));
    let mut timer = tokio::time::interval(INTERVAL);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = Reading::take(&engine);
    loop {
        tokio::select! {
            () = &mut until => return,
            _ = timer.tick() => {}
        }
        let now = Reading::take(&engine);
        let interval = now.at.saturating_duration_since(before.at);
        if interval.is_zero() {
            continue;
        }
        conferences.measured(now.load_since(&before, interval), interval);
        *shown.lock() = now.machine_since(&before);
        before = now;
    }
}

/// What the counters said at an instant.
struct Reading {
    at: Instant,
    process: Duration,
    /// Of each media thread: on a processor or waiting for one.
    media: Vec<Duration>,
    egress_bytes: u64,
    machine: Option<MachineTicks>,
}

impl Reading {
    fn take(engine: &Engine) -> Self {
        let threads = engine.threads().into_iter();
        Self {
            at: Instant::now(),
            process: process_time(),
            media: threads.map(|life| life.cpu + life.waited).collect(),
            egress_bytes: engine.counters().bytes_sent,
            machine: MachineTicks::read(),
        }
    }

    fn load_since(&self, before: &Self, interval: Duration) -> Load {
        let share = |used: Duration| used.as_secs_f64() / interval.as_secs_f64();
        let busiest = self
            .media
            .iter()
            .zip(&before.media)
            .map(|(now, before)| share(now.saturating_sub(*before)))
            .fold(0.0, f64::max);
        let process = share(self.process.saturating_sub(before.process));
        let bytes = self.egress_bytes.saturating_sub(before.egress_bytes);
        let micros = u64::try_from(interval.as_micros()).unwrap_or(u64::MAX);
        Load {
            media_thread: busiest,
            process: process / f64::from(processors()),
            egress_bits: bytes.saturating_mul(8_000_000) / micros.max(1),
        }
    }

    /// Share of the machine's processors in use by anybody.
    fn machine_since(&self, before: &Self) -> Option<f64> {
        let (now, before) = (self.machine?, before.machine?);
        let all = now.all.checked_sub(before.all).filter(|all| *all > 0)?;
        let idle = now.idle.saturating_sub(before.idle).min(all);
        let part = |ticks: u64| u32::try_from(ticks).map_or(f64::from(u32::MAX), f64::from);
        Some(part(all - idle) / part(all))
    }
}

/// As many as the process may use.
fn processors() -> u32 {
    std::thread::available_parallelism()
        .ok()
        .and_then(|count| u32::try_from(count.get()).ok())
        .unwrap_or(1)
}

/// The processor time of all threads of this process.
fn process_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// The machine's processors, in the kernel's ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MachineTicks {
    all: u64,
    idle: u64,
}

impl MachineTicks {
    fn read() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// The line `cpu`: user, nice, system, idle, iowait, irq, softirq, steal, and
    /// two that are in the first two already (proc(5)).
    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let numbers = line.split_ascii_whitespace().take(8);
        let ticks: Vec<u64> = numbers.map(str::parse).collect::<Result<_, _>>().ok()?;
        let idle = ticks.get(3)? + ticks.get(4)?;
        Some(Self {
            all: ticks.iter().sum(),
            idle,
        })
    }
}

fn publish(metrics: &Metrics, engine: &Engine, machine: Arc<Mutex<Option<f64>>>) {
    let engine = engine.clone();
    metrics.add_source(move |text| {
        // Writing to a String does not fail.
        let _ = write_lines(text, &engine, *machine.lock());
    });
}

fn write_lines(text: &mut String, engine: &Engine, machine: Option<f64>) -> std::fmt::Result {
    writeln!(text, "# TYPE vdx_process_cpu_seconds_total counter")?;
    let process = process_time().as_secs_f64();
    writeln!(text, "vdx_process_cpu_seconds_total {process}")?;
    if let Some(share) = machine {
        writeln!(
            text,
            "# HELP vdx_machine_cpu_ratio Processors in use by anybody."
        )?;
        writeln!(text, "# TYPE vdx_machine_cpu_ratio gauge")?;
        writeln!(text, "vdx_machine_cpu_ratio {share:.3}")?;
    }
    let threads = engine.threads();
    per_thread(
        text,
        ("vdx_media_thread_cpu_seconds_total", "counter"),
        "Time of a media thread on a processor.",
        threads.iter().map(|life| life.cpu),
    )?;
    per_thread(
        text,
        ("vdx_media_thread_wait_seconds_total", "counter"),
        "Time in which a media thread had something to do and no processor.",
        threads.iter().map(|life| life.waited),
    )?;
    per_thread(
        text,
        ("vdx_media_thread_silent_seconds", "gauge"),
        "Since when a media thread gave no sign of life.",
        threads.iter().map(|life| life.silent_for),
    )
}

fn per_thread(
    text: &mut String,
    (name, kind): (&str, &str),
    help: &str,
    times: impl Iterator<Item = Duration>,
) -> std::fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
    for (index, time) in times.enumerate() {
        let seconds = time.as_secs_f64();
        writeln!(text, "{name}{{thread=\"{index}\"}} {seconds}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_line_is_read() {
        let text = "cpu  100 5 50 800 40 1 4 0 9 9\ncpu0 1 2 3 4 5 6 7 8 9 0\n";
        let wanted = MachineTicks {
            all: 1_000,
            idle: 840,
        };
        assert_eq!(MachineTicks::parse(text), Some(wanted));
        for text in ["", "cpu  1 2 3\n", "cpu  1 2 x 4 5\n"] {
            assert_eq!(MachineTicks::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_busiest_thread_and_all_of_the_process_are_told() {
        let at = Instant::now();
        let millis = Duration::from_millis;
        let before = Reading {
            at,
            process: millis(500),
            media: vec![millis(100), millis(100)],
            egress_bytes: 1_000,
            machine: None,
        };
        let now = Reading {
            at: at + millis(2_000),
            process: millis(1_500),
            media: vec![millis(600), millis(1_700)],
            egress_bytes: 251_000,
            machine: None,
        };
        let load = now.load_since(&before, millis(2_000));
        assert!((load.media_thread - 0.8).abs() < 1e-9);
        assert!((load.process - 0.5 / f64::from(processors())).abs() < 1e-9);
        assert_eq!(load.egress_bits, 1_000_000);
    }
}
