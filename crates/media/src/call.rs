//! One participant's connection: str0m behind the few words the hub needs.
//!
//! str0m wants to be drained after every change ([`Call::poll`] until it
//! answers [`Polled::Idle`]) before the next; the switchboard keeps to it.

mod answer;
mod feedback;
mod paths;
mod sending;
mod streams;

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::{CodecSpec, PayloadParams};
use str0m::media::{KeyframeRequestKind, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::stats::PeerStats;
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};
use vdx_domain::{CallId, ConferenceId, VmrQuality};

use crate::climb::Climb;
use crate::demux::{Peer, Transport, looks_like_rtcp, looks_like_stun};
use crate::egress::{Egress, Outbox};
use crate::layers::{Counted, Encodings};
use crate::packet::{MAX_DATAGRAM, RtpPacket};
use crate::quality::{CallSample, SAMPLE_INTERVAL, sent_sample};
use crate::reception::{Arrival, Loudness, Receptions};
use crate::redundancy::{Arrivals, Protection};
use crate::types::{CallOpened, CallRefused, CallStatistics, Content, MAX_SLOTS, OpenCall, Shown};

use paths::Paths;
pub(crate) use sending::{Granted, KeptPacket, SlotState};
use streams::Known;

/// How long a call may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How often str0m tells which path ICE has chosen.
const PATH_INTERVAL: Duration = Duration::from_secs(1);

/// What all calls share.
pub(crate) struct CallSettings {
    /// The addresses in our candidates.
    pub(crate) candidates: Vec<SocketAddr>,
    /// One certificate for all calls of this process.
    pub(crate) certificate: DtlsCert,
    /// How long a call may be without a connectivity check of its participant.
    pub(crate) consent: Duration,
    /// [`crate::egress::keys::provider`].
    pub(crate) provider: Arc<CryptoProvider>,
    /// What the times in sender reports count from.
    pub(crate) started: Instant,
}

/// What a call has to say.
#[expect(
    clippy::large_enum_variant,
    reason = "packets are most of what is said; boxing each would cost an allocation a packet"
)]
pub(crate) enum Polled {
    /// Nothing until the timer.
    Idle,
    /// A packet of the participant.
    Packet(Content, RtpPacket),
    /// The receiver lost the picture of a slot.
    KeyFrameWanted(usize),
    /// Media can flow.
    Connected,
    /// The connection is gone.
    Lost,
    /// Something of no further interest.
    Noted,
}

/// One participant's connection.
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) conference: ConferenceId,
    /// Its local ICE user fragment.
    pub(crate) ufrag: String,
    pub(crate) slots: Vec<SlotState>,
    /// When the call wants to be woken.
    pub(crate) timer: Instant,
    /// When it will be woken.
    pub(crate) wake_at: Option<Instant>,
    pub(crate) loudness: Loudness,
    /// The call's datagrams are in line to be sent.
    pub(crate) in_line: bool,
    rtc: Rtc,
    /// When str0m wants to be woken.
    rtc_timer: Instant,
    egress: Egress,
    /// Slots whose picture the receiver has lost.
    lost_pictures: Vec<usize>,
    settings: Arc<CallSettings>,
    most_video: u8,
    most_audio: u8,
    sources: Vec<(Mid, Content)>,
    known: Vec<Known>,
    encodings: HashMap<Content, Encodings>,
    paths: Paths,
    opened: Instant,
    connected: bool,
    /// When pictures may become larger again.
    pub(crate) climb: Climb,
    /// Ceiling for the pictures received and sent.
    pub(crate) quality: VmrQuality,
    /// The budget that layers were last chosen for.
    pub(crate) chosen_for: u64,
    statistics: CallStatistics,
    receptions: Receptions,
    rtt: Option<Duration>,
    sampled: Instant,
    arrivals: Arrivals,
    /// Packets of the microphone that wait to be told of.
    sound: VecDeque<RtpPacket>,
    protection: Protection,
    /// When to look again at how much of what is sent is lost.
    next_loss: Instant,
}

impl Call {
    /// Answers an offer.
    pub(crate) fn open(
        asked: &OpenCall,
        settings: Arc<CallSettings>,
        now: Instant,
    ) -> Result<(Self, CallOpened), CallRefused> {
        let mut rtc = RtcConfig::new()
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_crypto_provider(Arc::clone(&settings.provider))
            .set_dtls_cert(settings.certificate.clone())
            .clear_codecs()
            .enable_opus(true, true)
            // The order is our preference: VP8 is what everybody decodes.
            .enable_vp8(true)
            .enable_h264(true)
            .set_stats_interval(Some(PATH_INTERVAL))
            .build(now);
        for address in &settings.candidates {
            for candidate in candidates(*address) {
                rtc.add_local_candidate(candidate);
            }
        }
        let mut call = Self {
            id: asked.call,
            conference: asked.conference,
            ufrag: String::new(),
            slots: Vec::new(),
            timer: now,
            wake_at: None,
            loudness: Loudness::default(),
            in_line: false,
            rtc,
            rtc_timer: now,
            egress: Egress::new(settings.started, now),
            lost_pictures: Vec::new(),
            settings,
            most_video: asked.video_slots.clamp(1, MAX_SLOTS),
            most_audio: asked.audio_slots.clamp(1, MAX_SLOTS),
            sources: Vec::new(),
            known: Vec::new(),
            encodings: HashMap::new(),
            paths: Paths::new(now),
            opened: now,
            connected: false,
            climb: Climb::default(),
            quality: asked.quality,
            chosen_for: 0,
            statistics: CallStatistics::default(),
            receptions: Receptions::default(),
            rtt: None,
            sampled: now,
            arrivals: Arrivals::default(),
            sound: VecDeque::new(),
            protection: Protection::default(),
            next_loss: now + feedback::LOSS_INTERVAL,
        };
        let opened = call.answer(&asked.offer)?;
        Ok((call, opened))
    }

    /// Feeds a datagram. `false` when it is not this call's or cannot be used.
    pub(crate) fn receive(
        &mut self,
        peer: Peer,
        local: Option<IpAddr>,
        bytes: &[u8],
        now: Instant,
    ) -> bool {
        if bytes.len() > MAX_DATAGRAM {
            return false;
        }
        let Some(destination) = self.own_address(peer.address, local) else {
            return false;
        };
        let protocol = match peer.transport {
            Transport::Udp => Protocol::Udp,
            Transport::Tcp => Protocol::Tcp,
        };
        let Ok(receive) = Receive::new(protocol, peer.address, destination, bytes) else {
            return false;
        };
        let input = Input::Receive(now, receive);
        // A check proves its sender; everything else must come from one proven.
        let check = looks_like_stun(bytes);
        let trusted = if check {
            self.rtc.accepts(&input)
        } else {
            self.paths.has(peer)
        };
        if !trusted || !self.paths.may_have(peer) {
            return false;
        }
        if check {
            self.paths.check(peer, local, bytes, now);
            // What is nominated counts at once; else this one does until str0m
            // shows which it has chosen.
            let chosen = self.egress.way.unwrap_or((peer, local));
            self.egress.way = Some(self.paths.media_to(chosen));
        } else if looks_like_rtcp(bytes) && self.feedback(bytes, now) == Some(false) {
            return true;
        }
        self.rtc.handle_input(input).is_ok()
    }

    /// Lets time pass.
    pub(crate) fn timeout(&mut self, now: Instant) {
        if now >= self.rtc_timer {
            // An error here shows itself in the next poll as well.
            let _ = self.rtc.handle_input(Input::Timeout(now));
        }
        self.pad(now);
    }

    /// Lets str0m go on at once after something was asked of it.
    pub(crate) fn wake(&mut self, now: Instant) {
        self.rtc_timer = self.rtc_timer.min(now);
        self.timeout(now);
    }

    /// Datagrams for the participant.
    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        &mut self.egress.outbox
    }

    /// The next thing the call has to say.
    pub(crate) fn poll(&mut self) -> Polled {
        if let Some(packet) = self.sound.pop_front() {
            return Polled::Packet(Content::Audio, packet);
        }
        if let Some(slot) = self.lost_pictures.pop() {
            return Polled::KeyFrameWanted(slot);
        }
        let output = self.rtc.poll_output();
        if !self.connected {
            self.egress.take_keys(&self.settings.provider);
        }
        match output {
            Ok(Output::Timeout(at)) => {
                self.rtc_timer = at;
                let padding = self.egress.estimator.due();
                self.timer = padding.map_or(at, |due| due.min(at));
                Polled::Idle
            }
            Ok(Output::Transmit(transmit)) => {
                let mut way = self.paths.way(transmit.proto, transmit.destination);
                if !looks_like_stun(&transmit.contents) {
                    way = self.paths.media_to(way);
                    self.egress.way = Some(way);
                }
                self.egress.outbox.push(way, &transmit.contents);
                Polled::Noted
            }
            Ok(Output::Event(event)) => self.note(event),
            Err(_) => Polled::Lost,
        }
    }

    fn note(&mut self, event: Event) -> Polled {
        match event {
            Event::RtpPacket(packet) => self.packet(packet.into()),
            Event::Connected => {
                self.connected = true;
                Polled::Connected
            }
            // A check may still open another path until consent ends; so long the
            // last one is kept. Before the first there is nothing to come back to.
            Event::IceConnectionStateChange(IceConnectionState::Disconnected)
                if !self.connected =>
            {
                Polled::Lost
            }
            Event::Closed => Polled::Lost,
            Event::MediaIngressStats(statistics) => {
                // What sends and receives nothing knows it from this alone (RFC 3611).
                self.rtt = self.rtt.or(statistics.rtt);
                Polled::Noted
            }
            Event::PeerStats(statistics) => {
                self.note_path(&statistics);
                Polled::Noted
            }
            _ => Polled::Noted,
        }
    }

    /// A participant that sends nothing gets nothing from str0m by which its
    /// choice of a path would show; it tells it every second.
    fn note_path(&mut self, statistics: &PeerStats) {
        if let Some(pair) = &statistics.selected_candidate_pair {
            let chosen = self.paths.way(pair.protocol, pair.remote.addr);
            self.egress.way = Some(self.paths.media_to(chosen));
        }
    }

    /// A key frame says how large the pictures of an encoding are.
    pub(crate) fn note_picture_height(&mut self, ssrc: u32, height: u16) {
        self.receptions.picture_height(ssrc, height);
    }

    /// How the call went since the last sample, once that is long enough ago.
    pub(crate) fn sample(&mut self, now: Instant) -> Option<CallSample> {
        let span = now.saturating_duration_since(self.sampled);
        if !self.connected || span < SAMPLE_INTERVAL {
            return None;
        }
        self.sampled = now;
        let slots = self.slots.iter_mut();
        let sent = slots.map(|slot| (slot.slot.content, &mut slot.sent, &mut slot.reported));
        Some(CallSample {
            span,
            rtt: self.rtt.take(),
            sent: sent_sample(sent, span),
            received: self.receptions.sample(span),
        })
    }

    fn packet(&mut self, packet: RtpPacket) -> Polled {
        let Some(Known { content, .. }) = self.known(*packet.header.ssrc) else {
            return Polled::Noted;
        };
        self.statistics.packets_received += 1;
        self.statistics.bytes_received += packet.payload.len() as u64;
        self.receptions.note(Arrival {
            content,
            ssrc: *packet.header.ssrc,
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            bytes: packet.payload.len(),
            at: packet.timestamp,
        });
        if content != Content::Audio {
            return Polled::Packet(content, packet);
        }
        self.loudness
            .note(packet.header.ext_vals.audio_level, packet.timestamp);
        let red = self.inside_red(packet.header.payload_type);
        self.arrivals.take(packet, red, &mut self.sound);
        Polled::Noted
    }

    /// The payload type of what RED of this payload type carries.
    fn inside_red(&self, red: Pt) -> Option<Pt> {
        let params = self.rtc.codec_config().params().iter();
        let mut carrying = params.filter(|params| params.red() == Some(red));
        carrying.next().map(PayloadParams::pt)
    }

    /// Counts a packet for its encoding.
    pub(crate) fn count_encoding(&mut self, content: Content, packet: &RtpPacket) -> Counted {
        let ssrc = packet.header.ssrc;
        let rid = self.known(*ssrc).and_then(|known| known.rid);
        let encodings = self.encodings.entry(content).or_default();
        let (sequence, bytes) = (*packet.seq_no, packet.payload.len());
        encodings.count(*ssrc, rid, sequence, bytes, packet.timestamp)
    }

    /// The encodings this call sends of a content.
    pub(crate) fn encodings(&mut self, content: Content) -> &mut Encodings {
        self.encodings.entry(content).or_default()
    }

    /// The codec of a packet of this call.
    pub(crate) fn codec_of(&self, packet: &RtpPacket) -> Option<CodecSpec> {
        let params = self.rtc.codec_config().params();
        let pt = packet.header.payload_type;
        params
            .iter()
            .find(|p| p.pt() == pt)
            .map(PayloadParams::spec)
    }

    /// The encodings this call has sent of a content, if any.
    pub(crate) fn known_encodings(&self, content: Content) -> Option<&Encodings> {
        self.encodings.get(&content)
    }

    /// Asks the participant for a key frame of one encoding.
    pub(crate) fn request_key_frame(&mut self, content: Content, rid: Option<Rid>) {
        let mid = self
            .sources
            .iter()
            .find(|(_, c)| *c == content)
            .map(|(mid, _)| *mid);
        let mut api = self.rtc.direct_api();
        if let Some(stream) = mid.and_then(|mid| api.stream_rx_by_mid(mid, rid)) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    /// Notes how large the receiver shows its pictures.
    pub(crate) fn note_shown(&mut self, shown: &[Shown]) {
        for one in shown {
            if let Some(state) = self.slots.iter_mut().find(|s| s.slot == one.slot) {
                state.shown = one.height;
            }
        }
    }

    /// Whether media can flow.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    /// Whether the call has failed to come about.
    pub(crate) fn never_connected(&self, now: Instant) -> bool {
        !self.connected && now.saturating_duration_since(self.opened) > CONNECT_TIMEOUT
    }

    /// Whether the participant has not shown for too long that it wants packets
    /// (RFC 7675): it is gone, or its network is.
    pub(crate) fn consent_is_over(&self, now: Instant) -> bool {
        self.connected && self.paths.unchecked_for(now) > self.settings.consent
    }

    /// Whether the address has proven to be this call's.
    pub(crate) fn has_peer(&self, peer: Peer) -> bool {
        self.paths.has(peer)
    }

    /// Forgets proven addresses that no check came from for long; returns them.
    pub(crate) fn forget_peers(&mut self, unused_for: Duration, now: Instant) -> Vec<Peer> {
        let forgotten = self.paths.forget(unused_for, now);
        // str0m tells within a second where else it sends to.
        let way = self.egress.way;
        self.egress.way = way.filter(|(peer, _)| !forgotten.contains(peer));
        forgotten
    }

    /// All proven addresses.
    pub(crate) fn peers(&self) -> Vec<Peer> {
        self.paths.all()
    }

    /// What the call moved.
    pub(crate) fn statistics(&self) -> CallStatistics {
        let lost_sent = self.slots.iter().map(|slot| slot.reported.lost);
        CallStatistics {
            packets_lost_received: self.receptions.lost(),
            packets_lost_sent: self.statistics.packets_lost_sent + lost_sent.sum::<u64>(),
            ..self.statistics
        }
    }

    /// The address in our candidates that a packet came to. Behind address
    /// translation that is not the one the kernel saw.
    fn own_address(&self, from: SocketAddr, local: Option<IpAddr>) -> Option<SocketAddr> {
        let ours = &self.settings.candidates;
        let exact = ours.iter().find(|address| Some(address.ip()) == local);
        let family = ours
            .iter()
            .find(|address| address.is_ipv4() == from.is_ipv4());
        exact.or(family).copied()
    }
}

/// Our candidates on one address: UDP, and TCP to connect to (RFC 6544).
fn candidates(address: SocketAddr) -> Vec<Candidate> {
    let udp = Candidate::builder().udp().host(address).build();
    let tcp = Candidate::builder()
        .tcp()
        .host(address)
        .tcptype(TcpType::Passive)
        .build();
    [udp, tcp].into_iter().flatten().collect()
}
