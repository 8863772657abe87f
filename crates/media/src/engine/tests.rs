//! One participant who does what it can to disturb, with keys that are good, and
//! two in another room of the same thread who must notice nothing.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use str0m::change::SdpAnswer;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::{Candidate, Input, Output, Rtc};
use vdx_bench::{Endpoint, Generator, Plan, PublisherId, all_well};
use vdx_domain::VmrQuality;

use super::*;
use crate::egress::Seal;
use crate::packet::{MAX_DATAGRAM, MAX_PAYLOAD};
use crate::types::{Content, Slot};

const PATIENCE: Duration = Duration::from_secs(30);
/// What a socket waits for something to read.
const WAIT: Duration = Duration::from_millis(2);
/// Packets that a receiver says it lost.
const LOST: u32 = 77;

/// An engine of one thread, and two people who talk.
struct Scene {
    engine: Engine,
    generator: Generator,
    told: Receiver<MediaEvent>,
}

impl Scene {
    async fn begin() -> Result<Self> {
        let (events, told) = channel();
        let config = Config {
            listen: "127.0.0.1:0".parse()?,
            announce: Vec::new(),
            loopback: true,
            threads: 1,
            max_calls: 10,
            consent_timeout: Duration::from_secs(20),
        };
        let scene = Self {
            engine: Engine::start(&config, move |event| {
                // The test may have ended.
                let _ = events.send(event);
            })?,
            generator: Generator::start()?,
            told,
        };
        let conference = ConferenceId::generate();
        let (one, _) = scene.join(conference).await?;
        let (other, _) = scene.join(conference).await?;
        scene.seat(conference, &[(one, other), (other, one)]);
        scene.until_talking().await?;
        Ok(scene)
    }

    async fn until_talking(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let report = self.generator.report().await?;
            all_well(&report.endpoints)?;
            let mut endpoints = report.endpoints.iter();
            if endpoints.all(|endpoint| endpoint.first_key_frame().is_some()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the two do not see each other")
    }

    async fn join(&self, conference: ConferenceId) -> Result<(CallId, PublisherId)> {
        let offering = Endpoint::offering(Plan::CONSULTATION)?;
        let (call, opened) = self.open(conference, offering.offer()).await?;
        let endpoint = offering.answered(&opened.answer)?;
        Ok((call, self.generator.add(endpoint).await?))
    }

    async fn open(&self, conference: ConferenceId, offer: &str) -> Result<(CallId, CallOpened)> {
        let call = CallId::generate();
        let asked = OpenCall {
            conference,
            call,
            offer: offer.to_owned(),
            video_slots: 1,
            audio_slots: 1,
            quality: VmrQuality::Hd,
        };
        Ok((call, self.engine.open_call(asked).await?))
    }

    /// Who hears and sees whom.
    fn seat(&self, conference: ConferenceId, pairs: &[(CallId, CallId)]) {
        let mut table = Vec::new();
        for (receiver, source) in pairs {
            for content in [Content::Audio, Content::Main] {
                table.push(Assignment {
                    receiver: *receiver,
                    slot: Slot { content, index: 0 },
                    source: *source,
                    large: true,
                });
            }
        }
        self.engine.assign(conference, table);
    }

    /// The packets that a call which ends was said to have lost.
    fn lost_of(&self, ended: CallId) -> Result<u64> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = self.told.recv_timeout(left).context("no call ended")?;
            if let MediaEvent::Closed {
                call, statistics, ..
            } = event
                && call == ended
            {
                return Ok(statistics.packets_lost_sent);
            }
        }
    }

    /// Attacks, and shows that the two talked on unharmed.
    async fn goes_on_during(&self, attack: impl FnOnce() -> Result<()>) -> Result<()> {
        self.generator.next_window().await?;
        let before = self.engine.counters();
        tokio::task::block_in_place(attack)?;
        // What the attack left in the sockets falls into the window.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let report = self.generator.report().await?;
        let after = self.engine.counters();
        let talking = report.endpoints.get(..2).context("two who talk")?;
        all_well(talking)?;
        ensure!(after.faults == 0, "{after:?}");
        ensure!(after.datagrams_dropped == before.datagrams_dropped);
        for slot in talking.iter().flat_map(|endpoint| &endpoint.slots) {
            ensure!(slot.rtp.received > 50, "nothing comes: {slot:?}");
            ensure!(slot.rtp.missing == 0, "lost on the way out: {slot:?}");
            ensure!(slot.source.missing == 0, "lost on the way in: {slot:?}");
        }
        Ok(())
    }
}

/// How a client reaches the hub.
enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

impl Wire {
    fn udp(hub: SocketAddr) -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(hub)?;
        socket.set_read_timeout(Some(WAIT))?;
        Ok(Self::Udp(socket))
    }

    fn tcp(hub: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(hub)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(WAIT))?;
        Ok(Self::Tcp(stream, Vec::new()))
    }

    fn local(&self) -> Result<SocketAddr> {
        Ok(match self {
            Self::Udp(socket) => socket.local_addr()?,
            Self::Tcp(stream, _) => stream.local_addr()?,
        })
    }

    fn hub(&self) -> Result<SocketAddr> {
        Ok(match self {
            Self::Udp(socket) => socket.peer_addr()?,
            Self::Tcp(stream, _) => stream.peer_addr()?,
        })
    }

    fn candidate(&self) -> Result<Candidate> {
        let local = self.local()?;
        let candidate = Candidate::builder();
        Ok(match self {
            Self::Udp(_) => candidate.udp().host(local).build()?,
            Self::Tcp(..) => candidate
                .tcp()
                .host(local)
                .tcptype(TcpType::Active)
                .build()?,
        })
    }

    fn protocol(&self) -> Protocol {
        match self {
            Self::Udp(_) => Protocol::Udp,
            Self::Tcp(..) => Protocol::Tcp,
        }
    }

    fn send(&mut self, datagram: &[u8]) -> Result<()> {
        match self {
            Self::Udp(socket) => {
                socket.send(datagram)?;
            }
            Self::Tcp(stream, _) => stream.write_all(&framed(datagram)?)?,
        }
        Ok(())
    }

    /// What came, if anything did in a moment.
    fn receive(&mut self) -> Result<Option<Vec<u8>>> {
        let mut chunk = [0; 4096];
        let read = match self {
            Self::Udp(socket) => socket.recv(&mut chunk),
            Self::Tcp(stream, inbound) => {
                if let Some(packet) = unframed(inbound) {
                    return Ok(Some(packet));
                }
                stream.read(&mut chunk)
            }
        };
        match (read, self) {
            (Err(error), _) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            (Err(error), _) => Err(error.into()),
            (Ok(0), _) => bail!("the hub closed the connection"),
            (Ok(length), Self::Udp(_)) => Ok(Some(chunk[..length].to_vec())),
            (Ok(length), Self::Tcp(_, inbound)) => {
                inbound.extend_from_slice(&chunk[..length]);
                Ok(unframed(inbound))
            }
        }
    }
}

/// RFC 4571.
fn framed(packet: &[u8]) -> Result<Vec<u8>> {
    Ok([&u16::try_from(packet.len())?.to_be_bytes()[..], packet].concat())
}

fn unframed(inbound: &mut Vec<u8>) -> Option<Vec<u8>> {
    let [high, low, rest @ ..] = &inbound[..] else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let packet = rest.get(..length)?.to_vec();
    inbound.drain(..2 + length);
    Some(packet)
}

/// A client that is connected, and has its keys in its own hands.
struct Attacker {
    wire: Wire,
    seal: Seal,
    call: CallId,
    /// Of the microphone it offered.
    ssrc: u32,
    payload_type: u8,
    sequence: u16,
    /// The source numbers of the streams it receives.
    receives: Vec<u32>,
}

impl Attacker {
    async fn connect(scene: &Scene, conference: ConferenceId, mut wire: Wire) -> Result<Self> {
        let provider = Arc::new(keys::provider());
        let mut rtc = Rtc::builder()
            .set_rtp_mode(true)
            .set_crypto_provider(Arc::clone(&provider))
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(Instant::now());
        rtc.add_local_candidate(wire.candidate()?);
        let mut change = rtc.sdp_api();
        let both = Direction::SendRecv;
        let sound = change.add_media(MediaKind::Audio, both, None, None, None);
        change.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        let (offer, pending) = change.apply().context("an offer")?;
        let (call, opened) = scene.open(conference, &offer.to_sdp_string()).await?;
        let answer = SdpAnswer::from_sdp_string(&opened.answer)?;
        rtc.sdp_api().accept_answer(pending, answer)?;
        let seal = until_connected(&mut rtc, &mut wire, || {
            let mut told = scene.told.try_iter();
            told.any(|event| matches!(event, MediaEvent::Connected { call: c, .. } if c == call))
        })?;
        let params = rtc.codec_config().params();
        let opus = params.iter().find(|p| p.spec().codec == Codec::Opus);
        let payload_type = *opus.context("no Opus")?.pt();
        let mut api = rtc.direct_api();
        let stream = api.stream_tx_by_mid(sound, None).context("no microphone")?;
        Ok(Self {
            wire,
            seal: Seal::new(&seal, &provider).context("unknown keys")?,
            call,
            ssrc: *stream.ssrc(),
            payload_type,
            sequence: 0,
            receives: sources(&opened.answer),
        })
    }

    /// Sends RTCP that is sealed well, whatever it says.
    fn report(&mut self, plain: &[u8]) -> Result<()> {
        let mut sealed = Vec::new();
        let done = self.seal.rtcp(plain, &mut sealed);
        done.context("cannot be sealed")?;
        self.wire.send(&sealed)
    }

    /// Sends a packet of its microphone.
    fn speak(&mut self, payload: usize) -> Result<()> {
        self.sequence += 1;
        let mut packet = vec![0x80, self.payload_type];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend((u32::from(self.sequence) * 960).to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        packet.resize(12 + payload, 0xf8);
        let (ssrc, index) = (self.ssrc, self.sequence.into());
        let done = self.seal.rtp_of_another(&mut packet, ssrc, index);
        done.context("cannot be sealed")?;
        self.wire.send(&packet)
    }
}

/// Runs a client until it has its keys and the hub says that it is connected; the keys.
fn until_connected(
    rtc: &mut Rtc,
    wire: &mut Wire,
    connected: impl Fn() -> bool,
) -> Result<keys::Exported> {
    let deadline = Instant::now() + PATIENCE;
    let (mut exported, mut is_connected) = (None, false);
    while Instant::now() < deadline {
        loop {
            let output = rtc.poll_output()?;
            exported = keys::take_exported().or(exported);
            match output {
                Output::Timeout(_) => break,
                Output::Transmit(transmit) => wire.send(&transmit.contents)?,
                Output::Event(_) => {}
            }
        }
        // Either side may be there before the other.
        is_connected |= connected();
        if let Some(keys) = exported.take_if(|_| is_connected) {
            return Ok(keys);
        }
        let (now, hub, local) = (Instant::now(), wire.hub()?, wire.local()?);
        match wire.receive()? {
            Some(bytes) => {
                let receive = Receive::new(wire.protocol(), hub, local, &bytes)?;
                rtc.handle_input(Input::Receive(now, receive))?;
            }
            None => rtc.handle_input(Input::Timeout(now))?,
        }
    }
    bail!("never connected")
}

/// The sources that an answer names.
fn sources(answer: &str) -> Vec<u32> {
    let lines = answer.lines().filter_map(|l| l.strip_prefix("a=ssrc:"));
    let numbers = lines.filter_map(|line| line.split(' ').next()?.parse().ok());
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.dedup();
    numbers
}

/// An RTCP packet of feedback (RFC 4585 section 6.1) on a source.
fn feedback(format: u8, kind: u8, source: u32, body: &[u8]) -> Vec<u8> {
    let words = 2 + body.len() / 4;
    let mut packet = vec![0x80 | format, kind, 0, words as u8];
    packet.extend([0, 0, 0, 1]);
    packet.extend(source.to_be_bytes());
    packet.extend(body);
    packet
}

/// A receiver report (RFC 3550 section 6.4.2) on a source.
fn reception(source: u32, lost: u32) -> Vec<u8> {
    let words = [0x81c9_0007, 1, source, lost, 1000, 0, 0, 0];
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// As many of them as a datagram holds.
fn filled(one: &[u8]) -> Vec<u8> {
    one.repeat((MAX_DATAGRAM - 60) / one.len())
}

/// Says the worst that RTCP can, as often as a slow link carries.
fn report_for_seconds(attacker: &mut Attacker, seconds: u64) -> Result<()> {
    // Of 8191 packets from the first on none arrived.
    let nothing = [0, 0, 0x1f, 0xff, 0, 0, 0, 0, 0x1f, 0xff, 0, 0];
    let mut worst = vec![filled(&feedback(15, 205, 0, &nothing))];
    for source in attacker.receives.clone() {
        let missing = [0, 0, 0xff, 0xff].repeat(60);
        worst.push(filled(&feedback(1, 205, source, &missing)));
        worst.push(filled(&feedback(1, 206, source, &[])));
        worst.push(filled(&feedback(
            4,
            206,
            0,
            &[&source.to_be_bytes()[..], &[0; 4]].concat(),
        )));
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let arrivals = worst[0].clone();
    let mut next = worst.iter().cycle();
    while Instant::now() < end {
        attacker.report(&arrivals)?;
        attacker.report(next.next().unwrap_or(&arrivals))?;
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_about_what_never_came_hold_nobody_up() -> Result<()> {
    let scene = Scene::begin().await?;
    let wire = Wire::udp(scene.engine.address())?;
    let conference = ConferenceId::generate();
    let mut attacker = Attacker::connect(&scene, conference, wire).await?;
    scene
        .goes_on_during(|| report_for_seconds(&mut attacker, 3))
        .await?;
    // All of it was read: what comes at the end is believed.
    for source in attacker.receives.clone() {
        attacker.report(&reception(source, LOST))?;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    scene.engine.close_call(conference, attacker.call);
    let lost = scene.lost_of(attacker.call)?;
    ensure!(lost >= LOST.into(), "{lost} lost, as far as the hub knows");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_too_long_for_a_network_reach_nobody() -> Result<()> {
    let scene = Scene::begin().await?;
    let conference = ConferenceId::generate();
    let wire = Wire::udp(scene.engine.address())?;
    let mut attacker = Attacker::connect(&scene, conference, wire).await?;
    let (companion, id) = scene.join(conference).await?;
    scene.seat(conference, &[(companion, attacker.call)]);
    let heard = async || {
        let report = scene.generator.report().await?;
        let companion = report.endpoints.iter().find(|e| e.id == id);
        let slots = companion.into_iter().flat_map(|e| &e.slots);
        Ok::<u64, anyhow::Error>(slots.map(|slot| slot.unstamped).sum())
    };
    let deadline = Instant::now() + PATIENCE;
    while heard().await? == 0 {
        ensure!(
            Instant::now() < deadline,
            "even the longest that fits is lost"
        );
        attacker.speak(MAX_PAYLOAD)?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = scene.engine.counters();
    let mut sent = 0;
    scene
        .goes_on_during(|| {
            for length in [MAX_PAYLOAD + 1, 9_000, 60_000].repeat(100) {
                attacker.speak(length)?;
                sent += 1;
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(())
        })
        .await?;
    let refused = scene.engine.counters().datagrams_invalid - before.datagrams_invalid;
    ensure!(refused == sent, "{refused} of {sent} refused");
    ensure!(heard().await? == 0, "passed on all the same");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_never_stops_talking_is_read_in_turns() -> Result<()> {
    let scene = Scene::begin().await?;
    let wire = Wire::tcp(scene.engine.address())?;
    let mut attacker = Attacker::connect(&scene, ConferenceId::generate(), wire).await?;
    let Wire::Tcp(stream, _) = &mut attacker.wire else {
        bail!("a connection");
    };
    let before = scene.engine.counters();
    scene
        .goes_on_during(|| {
            // The shortest packets there are: nothing, and sound of nobody.
            let flood = [framed(&[0x7f; 12])?, framed(&[0x80; 12])?];
            let flood = flood.concat().repeat(4096);
            let end = Instant::now() + Duration::from_secs(3);
            while Instant::now() < end {
                stream.write_all(&flood)?;
            }
            Ok(())
        })
        .await?;
    let after = scene.engine.counters();
    let read = after.datagrams_invalid - before.datagrams_invalid;
    println!("{read} packets of the flood were read");
    ensure!(read > 1000, "{after:?}");
    Ok(())
}
