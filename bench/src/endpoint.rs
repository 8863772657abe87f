//! One WebRTC client: ICE, DTLS, SRTP and RTCP by str0m, media by [`crate::source`].

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use mio::net::UdpSocket;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

use crate::report::{EndpointReport, Gauge};
use crate::slot::SlotWatch;
use crate::source::{Audio, Packet, SendPlan, Video, VideoPlan};
use crate::stamp::{PublisherId, Stamp};
use crate::voice::{Tape, Voice};

/// What a client sends and how many streams of others it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What it sends.
    pub send: SendPlan,
    /// Sections in which it can receive a camera, up to [`Plan::MAX_SLOTS`].
    pub video_slots: u8,
    /// Sections in which it can receive sound, up to [`Plan::MAX_SLOTS`].
    pub audio_slots: u8,
}

impl Plan {
    /// Most sections of one kind.
    pub const MAX_SLOTS: u8 = 50;

    /// Two people talking: each sends, and receives the other.
    pub const CONSULTATION: Self = Self {
        send: SendPlan::CONSULTATION,
        video_slots: 1,
        audio_slots: 1,
    };
}

/// A client that offered and waits for the answer.
pub struct Offering {
    endpoint: Endpoint,
    pending: SdpPendingOffer,
    offer: String,
}

impl Offering {
    /// The session description to hand to the other side.
    #[must_use]
    pub fn offer(&self) -> &str {
        &self.offer
    }

    /// Lets the client send this voice instead of packets that carry stamps and
    /// no sound.
    #[must_use]
    pub fn with_voice(mut self, voice: Voice) -> Self {
        self.endpoint.voice = Some(voice);
        self
    }

    /// Lets the client keep the sound it receives.
    #[must_use]
    pub fn with_tape(mut self, tape: Tape) -> Self {
        self.endpoint.tape = Some(tape);
        self
    }

    /// Takes the other side's answer.
    ///
    /// # Errors
    /// When the answer is no session description, or does not fit the offer.
    pub fn answered(mut self, answer: &str) -> Result<Endpoint> {
        let answer = SdpAnswer::from_sdp_string(answer).context("reading the answer")?;
        self.endpoint
            .rtc
            .sdp_api()
            .accept_answer(self.pending, answer)
            .context("applying the answer")?;
        Ok(self.endpoint)
    }
}

/// A client ready to be run by a [`crate::Generator`].
pub struct Endpoint {
    rtc: Rtc,
    pub(crate) socket: UdpSocket,
    local: SocketAddr,
    remote: Option<SocketAddr>,
    deadline: Instant,
    plan: Plan,
    sections: Vec<Mid>,
    publisher: Option<Publisher>,
    voice: Option<Voice>,
    tape: Option<Tape>,
    paused: bool,
    key_frame_wanted: bool,
    slots: Vec<SlotWatch>,
    slot_of: HashMap<Ssrc, usize>,
    restarting: Option<SdpPendingOffer>,
    connected: Option<Instant>,
    failure: Option<String>,
}

struct Publisher {
    id: PublisherId,
    /// One for each encoding, the largest first.
    video: Vec<(Track, Video)>,
    audio: Option<(Track, Audio)>,
}

/// Names of the two encodings of a simulcast.
const LARGE: &str = "h";
const SMALL: &str = "l";

struct Track {
    mid: Mid,
    rid: Option<Rid>,
    payload_type: Pt,
    next: u32,
}

impl Endpoint {
    /// A client on the loopback interface that makes the offer.
    ///
    /// # Errors
    /// When no socket can be had.
    pub fn offering(plan: Plan) -> Result<Offering> {
        Self::offering_from(Ipv4Addr::LOCALHOST.into(), plan)
    }

    /// The same from one of the machine's addresses.
    ///
    /// # Errors
    /// When no socket can be had there.
    pub fn offering_from(ip: IpAddr, plan: Plan) -> Result<Offering> {
        let mut endpoint = Self::bind(ip, plan)?;
        let mut change = endpoint.rtc.sdp_api();
        let mut sections = Vec::new();
        // Of a section with encodings the library takes in nothing that has none.
        let both = plan.send.video.is_some_and(|video| video.small.is_some());
        if both {
            let encodings = Simulcast {
                send: [LARGE, SMALL].map(SimulcastLayer::new).to_vec(),
                recv: Vec::new(),
            };
            let (kind, direction) = (MediaKind::Video, Direction::SendOnly);
            sections.push(change.add_media(kind, direction, None, None, Some(encodings)));
        }
        let camera = plan.send.video.is_some() && !both;
        for (kind, sends, slots) in [
            (MediaKind::Audio, plan.send.audio, plan.audio_slots),
            (MediaKind::Video, camera, plan.video_slots),
        ] {
            for index in 0..slots.clamp(u8::from(sends), Plan::MAX_SLOTS) {
                let direction = if sends && index == 0 {
                    Direction::SendRecv
                } else {
                    Direction::RecvOnly
                };
                sections.push(change.add_media(kind, direction, None, None, None));
            }
        }
        let (offer, pending) = change.apply().context("an offer without sections")?;
        endpoint.sections = sections;
        Ok(Offering {
            endpoint,
            pending,
            offer: offer.to_sdp_string(),
        })
    }

    /// A client on the loopback interface that answers `offer`; also gives the answer.
    ///
    /// # Errors
    /// When no socket can be had or the offer cannot be answered.
    pub fn answering(plan: Plan, offer: &str) -> Result<(Self, String)> {
        Self::answering_from(Ipv4Addr::LOCALHOST.into(), plan, offer)
    }

    /// The same from one of the machine's addresses: answers `offer`; also gives the answer.
    ///
    /// # Errors
    /// When no socket can be had or the offer cannot be answered.
    pub fn answering_from(ip: IpAddr, plan: Plan, offer: &str) -> Result<(Self, String)> {
        let mut endpoint = Self::bind(ip, plan)?;
        let offer = SdpOffer::from_sdp_string(offer).context("reading the offer")?;
        let answer = endpoint
            .rtc
            .sdp_api()
            .accept_offer(offer)
            .context("answering the offer")?;
        Ok((endpoint, answer.to_sdp_string()))
    }

    fn bind(ip: IpAddr, plan: Plan) -> Result<Self> {
        let socket = std::net::UdpSocket::bind((ip, 0))?;
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        let now = Instant::now();
        let mut rtc = Rtc::builder()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(now);
        rtc.add_local_candidate(Candidate::host(local, "udp")?)
            .context("the socket's address is no candidate")?;
        Ok(Self {
            rtc,
            socket: UdpSocket::from_std(socket),
            local,
            remote: None,
            deadline: now,
            plan,
            sections: Vec::new(),
            publisher: None,
            voice: None,
            tape: None,
            paused: false,
            key_frame_wanted: false,
            slots: Vec::new(),
            slot_of: HashMap::new(),
            restarting: None,
            connected: None,
            failure: None,
        })
    }

    /// Offers to look for another path (an ICE restart, RFC 8445 section 9);
    /// media goes on over the one there is.
    pub(crate) fn restart(&mut self) -> Result<String> {
        let mut change = self.rtc.sdp_api();
        change.ice_restart(true);
        let (offer, pending) = change.apply().context("nothing to restart")?;
        self.restarting = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// Takes the answer to [`Endpoint::restart`].
    pub(crate) fn restarted(&mut self, answer: &str) -> Result<()> {
        let answer = SdpAnswer::from_sdp_string(answer).context("reading the answer")?;
        let pending = self.restarting.take().context("no restart was offered")?;
        let applied = self.rtc.sdp_api().accept_answer(pending, answer);
        applied.context("applying the answer")
    }

    /// The local address.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// When [`Endpoint::tick`] is due. `None` once the client is gone.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.failure.is_some() {
            return None;
        }
        let publisher = self.publisher.as_ref().filter(|_| !self.paused);
        let video = publisher.into_iter().flat_map(|p| &p.video);
        let audio = publisher.into_iter().flat_map(|p| &p.audio);
        video
            .map(|(_, source)| source.due())
            .chain(audio.map(|(_, source)| source.due()))
            .chain([self.deadline])
            .min()
    }

    /// Takes one datagram.
    pub(crate) fn receive(&mut self, gauge: &mut Gauge, source: SocketAddr, datagram: &[u8]) {
        let now = Instant::now();
        if let Ok(receive) = Receive::new(Protocol::Udp, source, self.local, datagram) {
            self.input(gauge, Input::Receive(now, receive));
        }
    }

    /// Sends what is due.
    pub(crate) fn tick(&mut self, gauge: &mut Gauge, id: PublisherId) {
        let now = Instant::now();
        if self.connected.is_some() && !self.paused {
            self.begin_publishing(id, now);
            self.publish(gauge, now);
        }
        // Written packets leave with the next timeout, so this comes last.
        if self.deadline <= now {
            self.input(gauge, Input::Timeout(now));
        }
    }

    /// Lets what was changed have its effect.
    pub(crate) fn wake(&mut self, gauge: &mut Gauge) {
        self.input(gauge, Input::Timeout(Instant::now()));
    }

    /// Sends `datagrams` as they are to where media goes.
    pub(crate) fn garble(&mut self, datagrams: &[Vec<u8>]) {
        let Some(remote) = self.remote else { return };
        for datagram in datagrams {
            // Garbage may get lost.
            let _ = self.socket.send_to(datagram, remote);
        }
    }

    /// Stops sending media, or goes on with it: from now, with a key frame.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
        if let Some(publisher) = self.publisher.as_mut().filter(|_| !paused) {
            let now = Instant::now();
            for (_, video) in &mut publisher.video {
                video.skip_to(now);
                video.want_key_frame();
            }
            if let Some((_, audio)) = &mut publisher.audio {
                audio.skip_to(now);
            }
        }
    }

    /// Says goodbye to the other side.
    pub(crate) fn close(&mut self, gauge: &mut Gauge) {
        if let Err(error) = self.rtc.close() {
            self.failure = Some(error.to_string());
        }
        self.drain(gauge);
    }

    pub(crate) fn report(&self, id: PublisherId) -> EndpointReport {
        let track = |track: Option<&Track>| track.map_or(0, |track| u64::from(track.next));
        let publisher = self.publisher.as_ref();
        EndpointReport {
            id,
            connected: self.connected,
            failure: self.failure.clone(),
            audio_sent: track(publisher.and_then(|p| p.audio.as_ref()).map(|(t, _)| t)),
            video_sent: publisher
                .into_iter()
                .flat_map(|p| &p.video)
                .map(|(t, _)| u64::from(t.next))
                .sum(),
            slots: self.slots.iter().map(SlotWatch::report).collect(),
        }
    }

    pub(crate) fn begin_window(&mut self) {
        for slot in &mut self.slots {
            slot.begin_window();
        }
    }

    fn input(&mut self, gauge: &mut Gauge, input: Input<'_>) {
        if self.failure.is_some() {
            return;
        }
        if let Err(error) = self.rtc.handle_input(input) {
            self.failure = Some(error.to_string());
        }
        self.drain(gauge);
    }

    /// str0m wants to be emptied after every single change.
    fn drain(&mut self, gauge: &mut Gauge) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(deadline)) => {
                    self.deadline = deadline;
                    return;
                }
                Ok(Output::Transmit(transmit)) => {
                    let sent = self
                        .socket
                        .send_to(&transmit.contents, transmit.destination);
                    gauge.unsent += u64::from(sent.is_err());
                    self.remote = Some(transmit.destination);
                }
                Ok(Output::Event(event)) => self.event(gauge, event),
                Err(error) => {
                    self.failure = Some(error.to_string());
                    return;
                }
            }
        }
    }

    fn event(&mut self, gauge: &mut Gauge, event: Event) {
        match event {
            Event::Connected => self.connected = Some(Instant::now()),
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                self.failure = Some("the connection was lost".to_owned());
            }
            Event::Closed => self.failure = Some("the other side said goodbye".to_owned()),
            Event::MediaAdded(added) => self.sections.push(added.mid),
            Event::KeyframeRequest(_) => {
                gauge.key_frames_asked += 1;
                self.key_frame_wanted = true;
            }
            Event::RtpPacket(packet) => self.packet(gauge, &packet),
            _ => {}
        }
    }

    fn packet(&mut self, gauge: &mut Gauge, packet: &RtpPacket) {
        let Some(slot) = self.slot(packet.header.ssrc) else {
            return;
        };
        gauge.received += 1;
        let stamp = slot.note(packet);
        if let Some(stamp) = stamp {
            gauge.note_latency(packet.timestamp, &stamp);
        }
        let sound = slot.kind() == MediaKind::Audio;
        if let Some(tape) = self.tape.as_ref().filter(|_| sound) {
            tape.note(packet);
        }
    }

    fn slot(&mut self, ssrc: Ssrc) -> Option<&mut SlotWatch> {
        let index = match self.slot_of.get(&ssrc) {
            Some(index) => *index,
            None => {
                let mid = self.rtc.direct_api().stream_rx(&ssrc)?.mid();
                let kind = self.rtc.media(mid)?.kind();
                // A slot keeps its place when its SSRC changes.
                let known = self.slots.iter().position(|slot| slot.mid() == mid);
                let index = known.unwrap_or_else(|| {
                    self.slots.push(SlotWatch::new(mid, kind));
                    self.slots.len() - 1
                });
                self.slot_of.insert(ssrc, index);
                index
            }
        };
        self.slots.get_mut(index)
    }

    fn begin_publishing(&mut self, id: PublisherId, now: Instant) {
        if self.publisher.is_some() {
            return;
        }
        // Spread over the frame interval by the golden ratio, so that clients
        // which connect together do not all send together.
        let spread = f64::from(id.0) * 0.618_033_988_75 % 1.0;
        let audio = self.plan.send.audio;
        let audio = audio.then(|| self.track(MediaKind::Audio, None)).flatten();
        let video = self.encodings();
        let first = now + Duration::from_millis(33).mul_f64(spread);
        self.publisher = Some(Publisher {
            id,
            audio: audio.map(|track| (track, Audio::every(self.plan.send.audio_interval, first))),
            video: video
                .into_iter()
                .map(|(plan, track)| (track, Video::new(plan, first, id.0)))
                .collect(),
        });
    }

    /// What the camera is sent as.
    fn encodings(&self) -> Vec<(VideoPlan, Track)> {
        let Some(plan) = self.plan.send.video else {
            return Vec::new();
        };
        let small = plan.small.map(|bitrate| VideoPlan { bitrate, ..plan });
        let name = |name: &str| small.map(|_| Rid::from(name));
        [(Some(plan), name(LARGE)), (small, name(SMALL))]
            .into_iter()
            .filter_map(|(plan, rid)| Some((plan?, self.track(MediaKind::Video, rid)?)))
            .collect()
    }

    /// The first section of `kind` in which this side may send.
    fn track(&self, kind: MediaKind, rid: Option<Rid>) -> Option<Track> {
        let codec = match kind {
            MediaKind::Audio => Codec::Opus,
            MediaKind::Video => Codec::Vp8,
        };
        let mid = self.sections.iter().copied().find(|mid| {
            self.rtc
                .media(*mid)
                .is_some_and(|media| media.kind() == kind && media.direction().is_sending())
        })?;
        let params = self.rtc.codec_config().params();
        let payload_type = params.iter().find(|p| p.spec().codec == codec)?.pt();
        Some(Track {
            mid,
            rid,
            payload_type,
            next: 0,
        })
    }

    fn publish(&mut self, gauge: &mut Gauge, now: Instant) {
        let Some(mut publisher) = self.publisher.take() else {
            return;
        };
        if let Some((track, source)) = &mut publisher.audio
            && let Some(mut packet) = source.packet(now)
        {
            let mut level = -30;
            match self.voice.as_mut().map(Voice::packet) {
                Some(Ok((payload, loud))) => (packet.payload, level) = (payload, loud),
                Some(Err(error)) => self.failure = Some(error.to_string()),
                None => stamp(gauge, publisher.id, track, &mut packet),
            }
            let extensions = ExtensionValues {
                audio_level: Some(level),
                voice_activity: Some(true),
                ..ExtensionValues::default()
            };
            self.write(gauge, track, packet, extensions);
        }
        let key_frame_wanted = std::mem::take(&mut self.key_frame_wanted);
        for (track, source) in &mut publisher.video {
            if key_frame_wanted {
                source.want_key_frame();
            }
            for mut packet in source.frame(now) {
                let extensions = ExtensionValues::default();
                stamp(gauge, publisher.id, track, &mut packet);
                self.write(gauge, track, packet, extensions);
            }
        }
        self.publisher = Some(publisher);
    }

    fn write(
        &mut self,
        gauge: &mut Gauge,
        track: &mut Track,
        packet: Packet,
        extensions: ExtensionValues,
    ) {
        let now = Instant::now();
        let sequence = u64::from(track.next) + 1;
        let write = RtpWrite::new(
            track.payload_type,
            sequence.into(),
            packet.timestamp,
            now,
            packet.payload,
        )
        .marker(packet.marker)
        .ext_vals(extensions)
        .nackable(true);
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx_by_mid(track.mid, track.rid) else {
            self.failure = Some(format!("no stream to send in section {}", track.mid));
            return;
        };
        stream.write_rtp(write);
        track.next = track.next.wrapping_add(1);
        gauge.sent += 1;
        self.drain(gauge);
    }
}

fn stamp(gauge: &Gauge, id: PublisherId, track: &Track, packet: &mut Packet) {
    Stamp::new(id, track.next, gauge.start(), Instant::now()).write(&mut packet.payload);
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}

/// Names the first failure among `reports`.
///
/// # Errors
/// When a client failed.
pub fn all_well(reports: &[EndpointReport]) -> Result<()> {
    match reports
        .iter()
        .find_map(|r| Some((r.id, r.failure.as_ref()?)))
    {
        Some((id, failure)) => Err(anyhow!("client {} failed: {failure}", id.0)),
        None => Ok(()),
    }
}
