//! The same clients without a hub between them: what the measuring itself
//! takes, so that it can be told from what the hub adds.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::endpoint::{Endpoint, Plan, all_well};
use crate::figure::quantile;
use crate::generator::Generator;

/// Latency without a hub, milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// Half of the packets took no longer.
    pub p50: f64,
    /// 99 of 100 packets took no longer.
    pub p99: f64,
}

/// Lets `pairs` pairs of clients talk, and takes the medians of `windows`.
///
/// # Errors
/// When two clients do not connect within half a minute.
pub async fn measure(pairs: usize, windows: usize, window: Duration) -> Result<Floor> {
    let generator = Generator::start()?;
    for _ in 0..pairs {
        let offering = Endpoint::offering(Plan::CONSULTATION)?;
        let (answering, answer) = Endpoint::answering(Plan::CONSULTATION, offering.offer())?;
        generator.add(offering.answered(&answer)?).await?;
        generator.add(answering).await?;
    }
    wait_for_pictures(&generator).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    generator.next_window().await?;
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..windows {
        tokio::time::sleep(window).await;
        let report = generator.next_window().await?;
        all_well(&report.endpoints)?;
        p50.push(report.latency.value_at_quantile(0.5) as f64 / 1e3);
        p99.push(report.latency.value_at_quantile(0.99) as f64 / 1e3);
    }
    p50.sort_by(f64::total_cmp);
    p99.sort_by(f64::total_cmp);
    Ok(Floor {
        p50: quantile(&p50, 0.5),
        p99: quantile(&p99, 0.5),
    })
}

async fn wait_for_pictures(generator: &Generator) -> Result<()> {
    for _ in 0..600 {
        let report = generator.report().await?;
        all_well(&report.endpoints)?;
        if report
            .endpoints
            .iter()
            .all(|e| e.first_key_frame().is_some())
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the clients do not connect to each other")
}
