//! Two clients of the load generator talk to each other without a hub.

use std::time::Duration;

use anyhow::{Result, bail};
use str0m::media::MediaKind;
use vdx_bench::{Endpoint, Generator, Plan, WindowReport, all_well};

async fn connected_pair(generator: &Generator) -> Result<()> {
    let offering = Endpoint::offering(Plan::CONSULTATION)?;
    let (answering, answer) = Endpoint::answering(Plan::CONSULTATION, offering.offer())?;
    let offering = offering.answered(&answer)?;
    generator.add(offering).await?;
    generator.add(answering).await?;
    Ok(())
}

async fn until(
    generator: &Generator,
    what: &str,
    holds: impl Fn(&WindowReport) -> bool,
) -> Result<()> {
    for _ in 0..1500 {
        let report = generator.report().await?;
        all_well(&report.endpoints)?;
        if holds(&report) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("waited in vain for {what}")
}

#[tokio::test]
async fn every_packet_arrives_once_and_in_order() {
    let generator = Generator::start().unwrap();
    connected_pair(&generator).await.unwrap();
    until(&generator, "two pictures", |report| {
        let mut endpoints = report.endpoints.iter();
        endpoints.all(|endpoint| endpoint.first_key_frame().is_some())
    })
    .await
    .unwrap();
    generator.next_window().await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let report = generator.report().await.unwrap();
    all_well(&report.endpoints).unwrap();

    // 2 × (50 sound + about 3 packets for each of 30 frames) a second.
    assert!((600..1800).contains(&report.sent), "{}", report.sent);
    assert!(report.received.abs_diff(report.sent) < 20);
    assert_eq!(report.unsent, 0);
    for counts in [report.rtp(), report.source()] {
        assert_eq!(counts.received, report.received);
        assert_eq!(counts.missing, 0);
        assert_eq!(counts.duplicates, 0);
    }
    for endpoint in &report.endpoints {
        let kinds: Vec<MediaKind> = endpoint.slots.iter().map(|slot| slot.kind).collect();
        assert!(kinds.contains(&MediaKind::Audio) && kinds.contains(&MediaKind::Video));
        for slot in &endpoint.slots {
            assert_ne!(slot.publisher, Some(endpoint.id), "not its own picture");
            assert_eq!(slot.unstamped, 0);
        }
    }
    assert_eq!(report.latency.len(), report.received);
    assert!(report.latency.value_at_quantile(0.5) < 50_000);
}

#[tokio::test]
async fn who_leaves_says_goodbye() {
    let generator = Generator::start().unwrap();
    connected_pair(&generator).await.unwrap();
    until(&generator, "media", |report| report.received > 50)
        .await
        .unwrap();
    let report = generator.report().await.unwrap();
    generator.remove(report.endpoints[0].id).await.unwrap();
    for _ in 0..500 {
        let report = generator.report().await.unwrap();
        assert_eq!(report.endpoints.len(), 1);
        if report.endpoints[0].failure.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the other side was not told");
}
