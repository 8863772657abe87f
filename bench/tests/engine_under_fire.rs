//! The media engine under fire: while two people talk, others send what no
//! engine can use. The talk must not lose a packet, and nothing may crash.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket};
use vdx_bench::hostile::{Datagrams, Descriptions, worst_descriptions};
use vdx_bench::{Endpoint, Generator, Plan, PublisherId, WindowReport, all_well};
use vdx_domain::{CallId, ConferenceId, VmrQuality};
use vdx_media::{
    Assignment, CallOpened, CallRefused, Config, Content, Counters, Engine, OpenCall, Slot,
};

/// Two people who see and hear each other.
struct Talk {
    engine: Engine,
    generator: Generator,
    /// The local user fragment of one of the calls.
    ufrag: String,
}

impl Talk {
    async fn begin() -> Result<Self> {
        let config = Config {
            listen: "127.0.0.1:0".parse()?,
            announce: Vec::new(),
            loopback: true,
            threads: 1,
            max_calls: 2000,
            consent_timeout: Duration::from_secs(20),
        };
        let mut talk = Self {
            engine: Engine::start(&config, |_| ())?,
            generator: Generator::start()?,
            ufrag: String::new(),
        };
        let conference = ConferenceId::generate();
        let (first, answer, _) = talk.join(conference).await?;
        let (second, ..) = talk.join(conference).await?;
        let ufrag = answer.lines().find_map(|l| l.strip_prefix("a=ice-ufrag:"));
        talk.ufrag = ufrag.context("an answer without a=ice-ufrag")?.to_owned();
        let seat = |content, receiver, source| Assignment {
            receiver,
            slot: Slot { content, index: 0 },
            source,
            large: true,
        };
        let mut table = Vec::new();
        for content in [Content::Audio, Content::Main] {
            table.push(seat(content, first, second));
            table.push(seat(content, second, first));
        }
        talk.engine.assign(conference, table);
        for _ in 0..1000 {
            let report = talk.generator.report().await?;
            all_well(&report.endpoints)?;
            if report
                .endpoints
                .iter()
                .all(|e| e.first_key_frame().is_some())
            {
                return Ok(talk);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the two do not see each other")
    }

    async fn join(&self, conference: ConferenceId) -> Result<(CallId, String, PublisherId)> {
        let offering = Endpoint::offering(Plan::CONSULTATION)?;
        let call = CallId::generate();
        let opened = self.open(conference, call, offering.offer()).await?;
        let endpoint = offering.answered(&opened.answer)?;
        let id = self.generator.add(endpoint).await?;
        Ok((call, opened.answer, id))
    }

    async fn open(
        &self,
        conference: ConferenceId,
        call: CallId,
        offer: &str,
    ) -> Result<CallOpened, CallRefused> {
        let asked = OpenCall {
            conference,
            call,
            offer: offer.to_owned(),
            video_slots: 1,
            audio_slots: 1,
            quality: VmrQuality::Hd,
        };
        self.engine.open_call(asked).await
    }

    async fn connected(&self, id: PublisherId) -> Result<()> {
        for _ in 0..1000 {
            let report = self.generator.report().await?;
            let mut endpoints = report.endpoints.iter();
            if endpoints.any(|e| e.id == id && e.connected.is_some()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("no connection came about")
    }

    /// Runs `fire` and shows that the talk went on unharmed.
    async fn goes_on_during(&self, fire: impl Future<Output = Result<()>>) -> Result<()> {
        self.generator.next_window().await?;
        let before = self.engine.counters();
        fire.await?;
        // Whatever the fire's aftermath is, it falls into the window.
        tokio::time::sleep(Duration::from_millis(500)).await;
        self.unharmed(&before, &self.generator.report().await?)
    }

    fn unharmed(&self, before: &Counters, report: &WindowReport) -> Result<()> {
        let after = self.engine.counters();
        let talking = &report.endpoints[..2];
        all_well(talking)?;
        ensure!(after.faults == 0, "{after:?}");
        ensure!(
            after.datagrams_dropped == before.datagrams_dropped,
            "{after:?}"
        );
        for slot in talking.iter().flat_map(|endpoint| &endpoint.slots) {
            ensure!(slot.rtp.received > 10, "nothing comes: {slot:?}");
            ensure!(slot.rtp.missing == 0, "lost on the way out: {slot:?}");
            ensure!(slot.rtp.duplicates == 0, "{slot:?}");
        }
        Ok(())
    }
}

/// A port that is flooded may overflow before the engine reads it; what the
/// kernel then drops has not reached the engine. So the fire stays below what
/// a debug build can read.
const BURST: usize = 20;
const PAUSE: Duration = Duration::from_millis(4);

async fn flood(target: SocketAddr, seed: u64, ufrag: Option<String>, count: usize) -> Result<()> {
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(UdpSocket::bind("127.0.0.1:0").await?);
    }
    let datagrams = Datagrams::new(seed, ufrag).take(count);
    for (number, datagram) in datagrams.enumerate() {
        sockets[number % sockets.len()]
            .send_to(&datagram, target)
            .await?;
        if number % BURST == 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_of_strangers_over_udp() -> Result<()> {
    let talk = Talk::begin().await?;
    let target = talk.engine.address();
    let before = talk.engine.counters();
    talk.goes_on_during(flood(target, 1, Some(talk.ufrag.clone()), 20_000))
        .await?;
    let after = talk.engine.counters();
    let noticed = after.datagrams_unknown - before.datagrams_unknown + after.datagrams_invalid
        - before.datagrams_invalid;
    ensure!(noticed > 5000, "the garbage did not arrive: {after:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_of_a_participant() -> Result<()> {
    let talk = Talk::begin().await?;
    let (.., mad) = talk.join(ConferenceId::generate()).await?;
    talk.connected(mad).await?;
    let before = talk.engine.counters();
    talk.goes_on_during(async {
        let mut datagrams = Datagrams::new(2, Some(talk.ufrag.clone()));
        for _ in 0..500 {
            let some = datagrams.by_ref().take(BURST).collect();
            talk.generator.garble(mad, some).await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    })
    .await?;
    let after = talk.engine.counters();
    ensure!(
        after.datagrams_unknown > before.datagrams_unknown,
        "{after:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_half_open_connections_over_tcp() -> Result<()> {
    let talk = Talk::begin().await?;
    let target = talk.engine.address();
    talk.goes_on_during(async {
        let mut open = Vec::new();
        let mut datagrams = Datagrams::new(3, Some(talk.ufrag.clone()));
        for number in 0..1000 {
            let mut stream = TcpStream::connect(target).await?;
            // A third says nothing at all; the others may be thrown out while
            // they speak, which is well.
            for datagram in datagrams.by_ref().take(number % 3 * 4) {
                let length = (datagram.len() as u16).to_be_bytes();
                let framed = [&length[..], &datagram].concat();
                let _ = stream.write_all(&framed[..framed.len() - number % 2]).await;
            }
            open.push(stream);
            if number % BURST == 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        // Somebody honest still gets in.
        let (.., honest) = talk.join(ConferenceId::generate()).await?;
        talk.connected(honest).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_gone_wrong() -> Result<()> {
    let talk = Talk::begin().await?;
    let offering = Endpoint::offering(Plan::CONSULTATION)?;
    let changed = Descriptions::new(4, offering.offer()).take(600);
    let offers: Vec<String> = worst_descriptions(offering.offer())
        .into_iter()
        .chain(changed)
        .collect();
    talk.goes_on_during(async {
        let conference = ConferenceId::generate();
        let mut refused = 0;
        for (number, offer) in offers.iter().enumerate() {
            let call = CallId::generate();
            match talk.open(conference, call, offer).await {
                Ok(_) => talk.engine.close_call(conference, call),
                Err(CallRefused::Offer(_)) => refused += 1,
                Err(other) => bail!("offer {number}: {other}:\n{offer}"),
            }
        }
        ensure!(refused > 100, "only {refused} refused");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn further_offers_gone_wrong() -> Result<()> {
    let talk = Talk::begin().await?;
    let offering = Endpoint::offering(Plan::CONSULTATION)?;
    let changed = Descriptions::new(5, offering.offer()).take(200);
    let offers: Vec<String> = worst_descriptions(offering.offer())
        .into_iter()
        .chain(changed)
        .collect();
    talk.goes_on_during(async {
        let conference = ConferenceId::generate();
        for (number, offer) in offers.iter().enumerate() {
            let call = CallId::generate();
            talk.open(conference, call, offering.offer()).await?;
            let changed = talk.engine.change_call(conference, call, offer.clone());
            match changed.await {
                Ok(_) | Err(CallRefused::Offer(_)) => {
                    talk.engine.close_call(conference, call);
                }
                Err(other) => bail!("offer {number}: {other}:\n{offer}"),
            }
        }
        Ok(())
    })
    .await
}
