//! How long the hub takes to start and how much memory it holds when nobody
//! is there.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::figure::Figure;
use crate::process::{Home, HubProcess};

/// Measures a first start on empty data, `times` later starts, and the memory
/// five seconds after the last.
///
/// # Errors
/// When the hub does not start or stop.
pub async fn measure(program: &Path, times: usize) -> Result<Vec<Figure>> {
    let mut hub = HubProcess::start(Home::new(program)?).await?;
    let first = hub.started_in();
    let mut later = Vec::with_capacity(times);
    for _ in 0..times {
        hub = HubProcess::start(hub.stop().await?).await?;
        later.push(milliseconds(hub.started_in()));
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let memory = hub.memory()? as f64 / 1e6;
    hub.stop().await?;

    let mut figures = vec![Figure::new("hub.idle_memory", memory, "MB")];
    figures.extend(Figure::with_noise("hub.start_time", &later, "ms"));
    figures.push(Figure::new(
        "hub.first_start_time",
        milliseconds(first),
        "ms",
    ));
    Ok(figures)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
