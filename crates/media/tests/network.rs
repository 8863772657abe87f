//! The media engine behind bad networks: what two people who talk must still
//! get of each other. Prints what was measured.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use str0m::media::MediaKind;
use vdx_bench::impairment::{Conditions, Network, Relay};
use vdx_bench::{Counts, Endpoint, Generator, Plan, PublisherId, WindowReport};
use vdx_domain::{CallId, ConferenceId, VmrQuality};
use vdx_media::{Assignment, CloseReason, Config, Content, Engine, MediaEvent, OpenCall, Slot};

const PATIENCE: Duration = Duration::from_secs(40);
const SEED: u64 = 4;

/// Two people who talk over a relay.
struct Talk {
    engine: Engine,
    events: Receiver<MediaEvent>,
    generator: Generator,
    relay: Relay,
    conference: ConferenceId,
    people: Vec<(CallId, PublisherId)>,
}

impl Talk {
    async fn begin(consent_timeout: Duration) -> Result<Self> {
        Self::begin_through(consent_timeout, Network::default()).await
    }

    async fn begin_through(consent_timeout: Duration, network: Network) -> Result<Self> {
        let engine_port = free_port()?;
        let relay = Relay::start((Ipv4Addr::LOCALHOST, 0).into(), engine_port, SEED).await?;
        relay.set(network)?;
        let (sender, events) = channel();
        let config = Config {
            listen: engine_port,
            announce: vec![relay.address()],
            loopback: true,
            threads: 1,
            max_calls: 10,
            consent_timeout,
        };
        let engine = Engine::start(&config, move |event| {
            // The test may have ended.
            let _ = sender.send(event);
        })?;
        let mut talk = Self {
            engine,
            events,
            generator: Generator::start()?,
            relay,
            conference: ConferenceId::generate(),
            people: Vec::new(),
        };
        talk.join().await?;
        talk.join().await?;
        talk.seat();
        let flows = |counts: Counts| counts.received > 0;
        talk.until("both to see and hear", |_, counts| flows(counts))
            .await?;
        Ok(talk)
    }

    async fn join(&mut self) -> Result<()> {
        let offering = Endpoint::offering(Plan::CONSULTATION)?;
        let call = CallId::generate();
        let asked = OpenCall {
            conference: self.conference,
            call,
            offer: offering.offer().to_owned(),
            video_slots: 1,
            audio_slots: 1,
            quality: VmrQuality::Hd,
        };
        let opened = self.engine.open_call(asked).await?;
        let endpoint = offering.answered(&opened.answer)?;
        self.people
            .push((call, self.generator.add(endpoint).await?));
        Ok(())
    }

    fn seat(&self) {
        let [(first, _), (second, _)] = self.people[..] else {
            return;
        };
        let mut table = Vec::new();
        for content in [Content::Audio, Content::Main] {
            for (receiver, source) in [(first, second), (second, first)] {
                let slot = Slot { content, index: 0 };
                table.push(Assignment {
                    receiver,
                    slot,
                    source,
                    large: true,
                });
            }
        }
        self.engine.assign(self.conference, table);
    }

    async fn window(&self, length: Duration) -> Result<WindowReport> {
        self.generator.next_window().await?;
        tokio::time::sleep(length).await;
        self.generator.report().await
    }

    /// Waits until something holds for sound and picture at both; says how long it took.
    async fn until(
        &self,
        what: &str,
        holds: impl Fn(MediaKind, Counts) -> bool,
    ) -> Result<Duration> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let report = self.window(Duration::from_millis(200)).await?;
            let mut kinds = [MediaKind::Audio, MediaKind::Video].into_iter();
            if kinds.all(|kind| at_both(&report, kind).all(|counts| holds(kind, counts))) {
                return Ok(begin.elapsed());
            }
        }
        bail!("waited in vain for {what}")
    }

    /// Waits for the end of a call, and says why.
    fn ended(&self) -> Result<CloseReason> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left).context("no call ended")? {
                MediaEvent::Closed { reason, .. } => return Ok(reason),
                _ => continue,
            }
        }
    }
}

/// An address free for UDP and TCP now.
fn free_port() -> Result<SocketAddr> {
    loop {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = socket.local_addr()?;
        if std::net::TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
}

/// What the two received of one kind; nothing for who received nothing.
fn at_both(report: &WindowReport, kind: MediaKind) -> impl Iterator<Item = Counts> + '_ {
    report.endpoints.iter().map(move |endpoint| {
        let mut slots = endpoint.slots.iter();
        let slot = slots.find(|slot| slot.kind == kind);
        slot.map_or_else(Counts::default, |slot| slot.source)
    })
}

/// The share that never came.
fn missing(report: &WindowReport, kind: MediaKind) -> f64 {
    let (mut missing, mut all) = (0, 0);
    for counts in at_both(report, kind) {
        missing += counts.missing;
        all += counts.missing + counts.received;
    }
    missing as f64 / all.max(1) as f64
}

fn lossy(loss: f64) -> Network {
    Network::both(Conditions {
        loss,
        ..Conditions::default()
    })
}

const CONSENT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn at_5_percent_loss_pictures_are_repaired() -> Result<()> {
    let talk = Talk::begin(CONSENT).await?;
    talk.relay.set(lossy(0.05))?;
    talk.window(Duration::from_secs(2)).await?;
    let report = talk.window(Duration::from_secs(8)).await?;
    let (sound, picture) = (
        missing(&report, MediaKind::Audio),
        missing(&report, MediaKind::Video),
    );
    println!(
        "5 % loss each way: {:.2} % of the picture's packets missing, {:.2} % of the sound's (these clients know no RED)",
        picture * 100.0,
        sound * 100.0
    );
    ensure!(picture < 0.01, "retransmission repairs: {picture}");
    ensure!((0.03..0.16).contains(&sound), "the relay loses: {sound}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn reordering_loses_nothing() -> Result<()> {
    let talk = Talk::begin(CONSENT).await?;
    talk.relay.set(Network::both(Conditions {
        reorder: 0.1,
        jitter_ms: 20,
        ..Conditions::default()
    }))?;
    let report = talk.window(Duration::from_secs(5)).await?;
    let streams = report.rtp();
    let sound = missing(&report, MediaKind::Audio);
    // Estimation takes what overtakes for loss, and pictures may rest for it.
    println!(
        "reordering: {} of {} late, {} missing in the hub's streams; {:.2} % of the sound, {:.2} % of the picture not there",
        streams.late,
        streams.received,
        streams.missing,
        sound * 100.0,
        missing(&report, MediaKind::Video) * 100.0
    );
    ensure!(streams.late > streams.received / 50, "the relay reorders");
    // What is still on its way when the window closes.
    ensure!(streams.missing * 200 < streams.received, "{streams:?}");
    ensure!(sound < 0.01, "of the sound {sound} is missing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_join_and_talk_over_300_ms() -> Result<()> {
    let far = Network::both(Conditions {
        delay_ms: 300,
        ..Conditions::default()
    });
    let talk = Talk::begin_through(CONSENT, far).await?;
    // The first estimate of what fits is a careful one, and packets wait for it.
    let begin = Instant::now();
    let report = loop {
        let report = talk.window(Duration::from_secs(4)).await?;
        let median = Duration::from_micros(report.latency.value_at_quantile(0.5));
        println!("300 ms each way: {median:.0?} from one to the other (median)");
        ensure!(median.as_millis() >= 600, "{median:?}");
        if median.as_millis() < 900 {
            break report;
        }
        ensure!(begin.elapsed() < PATIENCE, "{median:?}");
    };
    ensure!(report.source().missing * 200 < report.source().received);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blackout_of_10_s_ends_no_call() -> Result<()> {
    let talk = Talk::begin(CONSENT).await?;
    let dark = Conditions {
        blackout: true,
        ..Conditions::default()
    };
    talk.relay.set(Network::both(dark))?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let report = talk.window(Duration::from_millis(500)).await?;
    ensure!(report.source().received == 0, "it is dark");
    talk.relay.set(Network::default())?;
    let back = talk
        .until("both to be back", |_, counts| counts.received > 0)
        .await?;
    println!("after 10 s of blackout sound and picture are back within {back:.1?}");
    ensure!(back < Duration::from_secs(3), "{back:?}");
    let ended = talk
        .events
        .try_iter()
        .any(|event| matches!(event, MediaEvent::Closed { .. }));
    ensure!(!ended, "a call was given up");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn media_follows_a_client_whose_nat_gives_it_another_port() -> Result<()> {
    let talk = Talk::begin(CONSENT).await?;
    for time in 1..=3 {
        talk.relay.rebind();
        let back = talk
            .until("media over the new port", |_, counts| {
                counts.received > 5 && counts.missing == 0
            })
            .await?;
        println!("NAT rebinding {time}: whole again after {back:.1?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_checks_stop_is_dropped() -> Result<()> {
    let consent = Duration::from_secs(5);
    let talk = Talk::begin(consent).await?;
    let begin = Instant::now();
    talk.relay.set(Network {
        up: Conditions {
            blackout: true,
            ..Conditions::default()
        },
        ..Network::default()
    })?;
    let reason = talk.ended()?;
    let after = begin.elapsed();
    println!("without checks the call ended after {after:.1?} (limit {consent:?})");
    ensure!(reason == CloseReason::ConnectionLost);
    // The last check may have come some seconds before the dark.
    ensure!((1.0..8.0).contains(&after.as_secs_f64()), "{after:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_finds_a_path_while_media_goes_on() -> Result<()> {
    let talk = Talk::begin(CONSENT).await?;
    let (call, id) = talk.people[0];
    for _ in 0..3 {
        talk.generator.next_window().await?;
        let offer = talk.generator.restart(id).await?;
        let changed = talk
            .engine
            .change_call(talk.conference, call, offer)
            .await?;
        talk.generator.restarted(id, changed.answer).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let report = talk.generator.report().await?;
        let all = report.source();
        println!(
            "ICE restart: {} packets received, {} missing",
            all.received, all.missing
        );
        ensure!(all.received > 400, "media goes on: {all:?}");
        ensure!(all.missing == 0, "{all:?}");
    }
    Ok(())
}
