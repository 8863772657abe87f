//! The media port over IPv6, and over both IPv6 and IPv4 at once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use vdx_bench::{Endpoint, Generator, Plan, all_well};
use vdx_domain::{CallId, ConferenceId, VmrQuality};
use vdx_media::{Assignment, Config, Content, Engine, OpenCall, Slot};

const PATIENCE: Duration = Duration::from_secs(30);
const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Two people see and hear each other, each from an address of its own.
async fn talk(listen: &str, from: [IpAddr; 2]) -> Result<()> {
    let config = Config {
        listen: listen.parse()?,
        announce: Vec::new(),
        loopback: true,
        threads: 1,
        max_calls: 2,
        consent_timeout: Duration::from_secs(20),
    };
    let engine = Engine::start(&config, |_| ())?;
    let generator = Generator::start()?;
    let conference = ConferenceId::generate();
    let mut calls = Vec::new();
    for ip in from {
        let offering = Endpoint::offering_from(ip, Plan::CONSULTATION)?;
        let call = CallId::generate();
        let asked = OpenCall {
            conference,
            call,
            offer: offering.offer().to_owned(),
            video_slots: 1,
            audio_slots: 1,
            quality: VmrQuality::Hd,
        };
        let opened = engine.open_call(asked).await?;
        generator.add(offering.answered(&opened.answer)?).await?;
        calls.push(call);
    }
    let seat = |content, receiver: usize| Assignment {
        receiver: calls[receiver],
        slot: Slot { content, index: 0 },
        source: calls[1 - receiver],
        large: true,
    };
    let seats = [Content::Audio, Content::Main].map(|content| [0, 1].map(|who| seat(content, who)));
    engine.assign(conference, seats.concat());
    let deadline = Instant::now() + PATIENCE;
    loop {
        let report = generator.report().await?;
        all_well(&report.endpoints)?;
        let flows = |slots: usize| slots == 2;
        let mut received = report.endpoints.iter().map(|endpoint| {
            let slots = endpoint.slots.iter();
            slots.filter(|slot| slot.source.received > 10).count()
        });
        if received.all(flows) {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "{listen}: {:#?}",
            report.endpoints
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_talk_over_ipv6_and_with_those_who_have_ipv4_alone() -> Result<()> {
    if UdpSocket::bind((V6, 0)).is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return Ok(());
    }
    talk("[::1]:0", [V6, V6]).await?;
    talk("[::]:0", [V6, V4]).await
}
