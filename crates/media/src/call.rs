//! One participant's connection: str0m behind the few words the hub needs.
//!
//! str0m wants to be drained after every change ([`Call::poll`] until it
//! answers [`Polled::Idle`]) before the next; the switchboard keeps to it.

mod answer;
mod paths;
mod sending;

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::bwe::{Bitrate, BweKind};
use str0m::config::DtlsCert;
use str0m::format::{CodecSpec, PayloadParams};
use str0m::media::{KeyframeRequestKind, Mid, Pt, Rid};
use str0m::net::{DatagramSend, Protocol, Receive, TcpType};
use str0m::stats::MediaEgressStats;
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};
use vdx_domain::{CallId, ConferenceId};

use crate::climb::Climb;
use crate::demux::{Peer, Transport};
use crate::layers::Encodings;
use crate::packet::RtpPacket;
use crate::quality::{CallSample, Reported, SAMPLE_INTERVAL, sent_sample};
use crate::reception::{Arrival, Loudness, Receptions};
use crate::redundancy::{Arrivals, Protection};
use crate::types::{CallOpened, CallRefused, CallStatistics, Content, MAX_SLOTS, OpenCall, Shown};

use paths::Paths;
pub(crate) use sending::{Granted, KeptPacket, SlotState};

/// How long a call may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// What is assumed to fit towards a receiver until its network was measured.
const FIRST_ESTIMATE: Bitrate = Bitrate::kbps(1500);
/// For receivers that report nothing to measure by.
const UNMEASURED_BITS: u64 = 2_500_000;
/// What all calls share.
pub(crate) struct CallSettings {
    /// The addresses in our candidates.
    pub(crate) candidates: Vec<SocketAddr>,
    /// One certificate for all calls of this process.
    pub(crate) certificate: DtlsCert,
    /// How long a call may be without a connectivity check of its participant.
    pub(crate) consent: Duration,
}

/// What a call has to say.
#[expect(
    clippy::large_enum_variant,
    reason = "packets are most of what is said; boxing each would cost an allocation a packet"
)]
pub(crate) enum Polled {
    /// Nothing until the timer.
    Idle,
    /// A datagram for the participant.
    Transmit(Peer, Option<IpAddr>, DatagramSend),
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
    /// When str0m wants to be woken.
    pub(crate) timer: Instant,
    pub(crate) loudness: Loudness,
    rtc: Rtc,
    settings: Arc<CallSettings>,
    most_video: u8,
    most_audio: u8,
    sources: Vec<(Mid, Content)>,
    encodings: HashMap<Content, Encodings>,
    paths: Paths,
    opened: Instant,
    connected: bool,
    estimate: Option<u64>,
    /// When pictures may become larger again.
    pub(crate) climb: Climb,
    /// Ceiling for the rows of the pictures received.
    pub(crate) tallest: u16,
    /// The budget that layers were last chosen for.
    pub(crate) chosen_for: u64,
    /// Bits a second that are needed and that are welcome, as last told the estimator.
    desired: (u64, u64),
    statistics: CallStatistics,
    receptions: Receptions,
    /// What the participant reports of the slots.
    reported: HashMap<Mid, Reported>,
    rtt: Option<Duration>,
    sampled: Instant,
    arrivals: Arrivals,
    /// Packets of the microphone that wait to be told of.
    sound: VecDeque<RtpPacket>,
    protection: Protection,
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
            .set_dtls_cert(settings.certificate.clone())
            .clear_codecs()
            .enable_opus(true, true)
            // The order is our preference: VP8 is what everybody decodes.
            .enable_vp8(true)
            .enable_h264(true)
            .enable_bwe(Some(FIRST_ESTIMATE))
            .set_stats_interval(Some(SAMPLE_INTERVAL))
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
            loudness: Loudness::default(),
            rtc,
            settings,
            most_video: asked.video_slots.clamp(1, MAX_SLOTS),
            most_audio: asked.audio_slots.clamp(1, MAX_SLOTS),
            sources: Vec::new(),
            encodings: HashMap::new(),
            paths: Paths::new(now),
            opened: now,
            connected: false,
            estimate: None,
            climb: Climb::default(),
            tallest: asked.quality.tallest(),
            chosen_for: 0,
            desired: (0, 0),
            statistics: CallStatistics::default(),
            receptions: Receptions::default(),
            reported: HashMap::new(),
            rtt: None,
            sampled: now,
            arrivals: Arrivals::default(),
            sound: VecDeque::new(),
            protection: Protection::default(),
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
        let check = crate::demux::looks_like_stun(bytes);
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
        }
        self.rtc.handle_input(input).is_ok()
    }

    /// Lets time pass.
    pub(crate) fn timeout(&mut self, now: Instant) {
        // An error here shows itself in the next poll as well.
        let _ = self.rtc.handle_input(Input::Timeout(now));
    }

    /// The next thing the call has to say.
    pub(crate) fn poll(&mut self) -> Polled {
        if let Some(packet) = self.sound.pop_front() {
            return Polled::Packet(Content::Audio, packet);
        }
        match self.rtc.poll_output() {
            Ok(Output::Timeout(at)) => {
                self.timer = at;
                Polled::Idle
            }
            Ok(Output::Transmit(transmit)) => {
                let transport = match transmit.proto {
                    Protocol::Udp => Transport::Udp,
                    _ => Transport::Tcp,
                };
                let mut peer = Peer {
                    transport,
                    address: transmit.destination,
                };
                // str0m keeps to the pair of highest priority that was ever
                // nominated until that one is long silent. A participant whose
                // network or NAT has changed nominates another, and is there now.
                if !crate::demux::looks_like_stun(&transmit.contents) {
                    peer = self.paths.media_to(peer);
                }
                Polled::Transmit(peer, self.paths.local_of(peer), transmit.contents)
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
            // Without a path nothing is sent; a check may still open one until
            // consent ends. Before the first there is nothing to come back to.
            Event::IceConnectionStateChange(IceConnectionState::Disconnected)
                if !self.connected =>
            {
                Polled::Lost
            }
            Event::Closed => Polled::Lost,
            Event::KeyframeRequest(request) => {
                let slot = self.slots.iter().position(|s| s.mid == request.mid);
                slot.map_or(Polled::Noted, Polled::KeyFrameWanted)
            }
            Event::EgressBitrateEstimate(BweKind::Twcc { estimate, .. }) => {
                self.estimate = Some(estimate.as_u64());
                Polled::Noted
            }
            Event::MediaEgressStats(statistics) => {
                self.note_report(&statistics);
                Polled::Noted
            }
            Event::MediaIngressStats(statistics) => {
                // What sends and receives nothing knows it from this alone (RFC 3611).
                self.rtt = self.rtt.or(statistics.rtt);
                Polled::Noted
            }
            Event::PeerStats(statistics) => {
                if let Some(loss) = statistics.egress_loss_fraction {
                    self.protection.report(loss);
                }
                Polled::Noted
            }
            _ => Polled::Noted,
        }
    }

    fn note_report(&mut self, statistics: &MediaEgressStats) {
        self.rtt = statistics.rtt.or(self.rtt);
        let slot = self.slots.iter().find(|slot| slot.mid == statistics.mid);
        if let (Some(slot), Some(remote)) = (slot, &statistics.remote) {
            let reported = self.reported.entry(statistics.mid).or_default();
            reported.note(
                slot.slot.content,
                remote.packets_lost,
                *remote.maximum_sequence_number,
                remote.jitter,
            );
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
        // In a slot that is gone nothing is reported any more.
        let slots = &mut self.slots;
        self.reported
            .retain(|mid, _| slots.iter().any(|slot| slot.mid == *mid));
        let mut reports: HashMap<Mid, &mut Reported> =
            self.reported.iter_mut().map(|(mid, r)| (*mid, r)).collect();
        let windows = slots.iter_mut().map(|slot| {
            let report = reports.remove(&slot.mid);
            (slot.slot.content, &mut slot.sent, report)
        });
        Some(CallSample {
            span,
            rtt: self.rtt.take(),
            sent: sent_sample(windows, span),
            received: self.receptions.sample(span),
        })
    }

    fn packet(&mut self, packet: RtpPacket) -> Polled {
        let mid = self
            .rtc
            .direct_api()
            .stream_rx(&packet.header.ssrc)
            .map(|stream| stream.mid());
        let content = mid.and_then(|mid| {
            let source = self.sources.iter().find(|(source, _)| *source == mid);
            source.map(|(_, content)| *content)
        });
        let Some(content) = content else {
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

    /// Counts a packet for its encoding; `true` when the encoding is new.
    pub(crate) fn count_encoding(&mut self, content: Content, packet: &RtpPacket) -> bool {
        let ssrc = packet.header.ssrc;
        let rid = self
            .rtc
            .direct_api()
            .stream_rx(&ssrc)
            .and_then(|stream| stream.rid());
        let encodings = self.encodings.entry(content).or_default();
        encodings.count(*ssrc, rid, packet.payload.len(), packet.timestamp)
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

    /// Whether so much more or less fits now that layers must be chosen anew.
    pub(crate) fn budget_moved(&self) -> bool {
        self.budget().abs_diff(self.chosen_for) > self.chosen_for / 20
    }

    /// Bits a second that fit towards the receiver.
    pub(crate) fn budget(&self) -> u64 {
        self.estimate.unwrap_or(UNMEASURED_BITS)
    }

    /// Says how many bits a second would be welcome, so that the estimate is
    /// probed up to there, and how many are needed before the next picture can
    /// become larger: where little is sent the estimate has nothing to grow from,
    /// so padding takes the place of the larger layer as the estimate allows.
    /// `true` when that is news.
    pub(crate) fn desire(&mut self, needed: u64, welcome: u64) -> bool {
        let (before_needed, before_welcome) = self.desired;
        let news = before_welcome.abs_diff(welcome) > before_welcome / 10
            || before_needed.abs_diff(needed) > before_needed / 10;
        if news {
            self.desired = (needed, welcome);
            self.rtc.bwe().set_bitrate(needed.into(), welcome.into());
        }
        news
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
        self.paths.forget(unused_for, now)
    }

    /// All proven addresses.
    pub(crate) fn peers(&self) -> Vec<Peer> {
        self.paths.all()
    }

    /// What the call moved.
    pub(crate) fn statistics(&self) -> CallStatistics {
        CallStatistics {
            packets_lost_received: self.receptions.lost(),
            packets_lost_sent: self.reported.values().map(|reported| reported.lost).sum(),
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
