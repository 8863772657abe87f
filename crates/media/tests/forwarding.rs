//! The engine with real clients: ICE, DTLS and SRTP over loopback.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use vdx_bench::{Endpoint, Generator, Plan, PublisherId, WindowReport};
use vdx_domain::{CallId, ConferenceId, VmrQuality};
use vdx_media::{Assignment, CloseReason, Config, Content, Engine, MediaEvent, OpenCall, Slot};

const PATIENCE: Duration = Duration::from_secs(30);

struct Rig {
    engine: Engine,
    events: Receiver<MediaEvent>,
    generator: Generator,
    conference: ConferenceId,
}

struct Client {
    call: CallId,
    id: PublisherId,
}

impl Rig {
    fn start(threads: usize) -> Result<Self> {
        let (sender, events) = channel();
        let config = Config {
            listen: "127.0.0.1:0".parse()?,
            announce: Vec::new(),
            loopback: true,
            threads,
            max_calls: 100,
            consent_timeout: Duration::from_secs(20),
        };
        let engine = Engine::start(&config, move |event| {
            // The test may have ended.
            let _ = sender.send(event);
        })?;
        Ok(Self {
            engine,
            events,
            generator: Generator::start()?,
            conference: ConferenceId::generate(),
        })
    }

    async fn join(&self, plan: Plan) -> Result<Client> {
        let offering = Endpoint::offering(plan)?;
        let call = CallId::generate();
        let opened = self
            .engine
            .open_call(OpenCall {
                conference: self.conference,
                call,
                offer: offering.offer().to_owned(),
                video_slots: plan.video_slots,
                audio_slots: plan.audio_slots,
                quality: VmrQuality::Hd,
            })
            .await?;
        let slots = usize::from(plan.video_slots + plan.audio_slots);
        ensure!(opened.slots.len() == slots, "{:?}", opened.slots);
        let id = self
            .generator
            .add(offering.answered(&opened.answer)?)
            .await?;
        Ok(Client { call, id })
    }

    /// Everybody sees and hears everybody else.
    fn seat_all(&self, clients: &[Client]) {
        let mut table = Vec::new();
        for receiver in clients {
            let others = clients.iter().filter(|other| other.call != receiver.call);
            for (index, source) in (0u8..).zip(others) {
                for content in [Content::Audio, Content::Main] {
                    table.push(Assignment {
                        receiver: receiver.call,
                        slot: Slot { content, index },
                        source: source.call,
                        large: true,
                    });
                }
            }
        }
        self.engine.assign(self.conference, table);
    }

    async fn window(&self, length: Duration) -> Result<WindowReport> {
        self.generator.next_window().await?;
        tokio::time::sleep(length).await;
        self.generator.report().await
    }

    /// Waits until every client receives `slots` streams.
    async fn until_flowing(&self, clients: &[Client], slots: usize) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let report = self.window(Duration::from_millis(300)).await?;
            let flowing = |client: &&Client| {
                let endpoint = report.endpoints.iter().find(|e| e.id == client.id);
                endpoint.is_some_and(|e| {
                    e.slots.iter().filter(|slot| slot.rtp.received > 0).count() == slots
                })
            };
            if clients.iter().filter(flowing).count() == clients.len() {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "not flowing: {:#?}",
                report.endpoints
            );
        }
    }

    fn wait_for<T>(&self, wanted: impl Fn(&MediaEvent) -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(event) = self
            .events
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if let Some(found) = wanted(&event) {
                return Ok(found);
            }
        }
        None.context("the event never came")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_see_and_hear_each_other_without_a_gap() -> Result<()> {
    let rig = Rig::start(1)?;
    let clients = [
        rig.join(Plan::CONSULTATION).await?,
        rig.join(Plan::CONSULTATION).await?,
    ];
    rig.seat_all(&clients);
    rig.until_flowing(&clients, 2).await?;
    let before = rig.engine.counters();
    let report = rig.window(Duration::from_secs(3)).await?;
    let after = rig.engine.counters();
    ensure!(report.rtp().missing == 0, "{:?}", report.rtp());
    ensure!(report.received > 500, "{report:?}");
    ensure!(
        after.datagrams_dropped == 0 && after.faults == 0,
        "{after:?}"
    );
    let received = after.packets_received - before.packets_received;
    let forwarded = after.packets_forwarded - before.packets_forwarded;
    ensure!(
        received.abs_diff(forwarded) <= 2,
        "{received} in, {forwarded} out"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_people_on_two_threads_and_one_leaves() -> Result<()> {
    let rig = Rig::start(2)?;
    let plan = Plan {
        video_slots: 3,
        audio_slots: 3,
        ..Plan::CONSULTATION
    };
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(rig.join(plan).await?);
    }
    rig.seat_all(&clients);
    rig.until_flowing(&clients, 4).await?;
    let left = clients.pop().context("three joined")?;
    rig.engine.close_call(rig.conference, left.call);
    let (reason, moved) = rig.wait_for(|event| match event {
        MediaEvent::Closed {
            call,
            reason,
            statistics,
            ..
        } if *call == left.call => Some((*reason, *statistics)),
        _ => None,
    })?;
    ensure!(reason == CloseReason::Closed);
    ensure!(
        moved.packets_received > 0 && moved.packets_sent > 0,
        "{moved:?}"
    );
    rig.generator.remove(left.id).await?;
    rig.seat_all(&clients);
    rig.until_flowing(&clients, 2).await?;
    let report = rig.window(Duration::from_secs(1)).await?;
    ensure!(report.rtp().missing == 0, "{:?}", report.rtp());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_slot_follows_the_table_as_one_unbroken_stream() -> Result<()> {
    let rig = Rig::start(1)?;
    let clients = [
        rig.join(Plan::CONSULTATION).await?,
        rig.join(Plan::CONSULTATION).await?,
        rig.join(Plan::CONSULTATION).await?,
    ];
    let [watcher, first, second] = &clients;
    let show = |source: &Client| {
        let seat = |content| Assignment {
            receiver: watcher.call,
            slot: Slot { content, index: 0 },
            source: source.call,
            large: true,
        };
        let table = vec![seat(Content::Audio), seat(Content::Main)];
        rig.engine.assign(rig.conference, table);
    };
    for source in [first, second, first, second] {
        show(source);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let report = rig.window(Duration::from_millis(400)).await?;
            let slots = report.endpoints.iter().filter(|e| e.id == watcher.id);
            let slots: Vec<_> = slots.flat_map(|e| &e.slots).collect();
            ensure!(slots.iter().all(|s| s.rtp.missing == 0), "{slots:?}");
            if slots.len() == 2 && slots.iter().all(|s| s.publisher == Some(source.id)) {
                break;
            }
            ensure!(Instant::now() < deadline, "never switched: {slots:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn loudness_is_told_of_who_sends_sound() -> Result<()> {
    let rig = Rig::start(1)?;
    let client = rig.join(Plan::CONSULTATION).await?;
    rig.wait_for(|event| match event {
        MediaEvent::Loudness { levels, .. } => levels
            .iter()
            .find(|(call, _)| *call == client.call)
            .map(|_| ()),
        _ => None,
    })?;
    Ok(())
}
