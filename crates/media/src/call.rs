//! One participant's connection: str0m behind the few words the hub needs.
//!
//! str0m wants to be drained after every change ([`Call::poll`] until it
//! answers [`Polled::Idle`]) before the next; the switchboard keeps to it.

mod answer;

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::{Codec, CodecSpec, PayloadParams};
use str0m::ice::StunMessage;
use str0m::media::{KeyframeRequestKind, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::ExtensionValues;
use str0m::stats::PeerStats;
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};
use vdx_domain::{CallId, ConferenceId};
use vdx_mix::{Frame, Mixed};

use crate::climb::Climb;
use crate::demux::{Peer, Transport, looks_like_rtcp, looks_like_stun};
use crate::egress::{Egress, Feedback, Media, Outbox, SlotSender, Way};
use crate::frame::VideoHead;
use crate::layers::Encodings;
use crate::packet::RtpPacket;
use crate::reception::{Loudness, Receptions};
use crate::redundancy::{Arrivals, History, Protection};
use crate::slot_stream::{Incoming, Joint, Layer, SlotStream};
use crate::types::{
    CallOpened, CallRefused, CallStatistics, Content, MAX_SLOTS, OpenCall, Shown, Slot,
};

/// How long a call may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How often str0m tells which path ICE has chosen.
const PATH_INTERVAL: Duration = Duration::from_secs(1);
/// For receivers that report nothing to measure by.
const UNMEASURED_BITS: u64 = 2_500_000;
/// How often the share of lost packets is looked at.
const LOSS_INTERVAL: Duration = Duration::from_secs(5);
/// Where less fits towards a receiver, sound is sent once only.
const ROOM_FOR_REDUNDANCY: u64 = 200_000;
/// Streams of a participant remembered: layers, sound, a presentation, and what changed.
const MAX_KNOWN: usize = 32;
/// Addresses one call may use at once: interfaces of a phone, and then some.
const MAX_PEERS: usize = 16;

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

/// Stands for the payload type of a mix, which no session description named.
const MIX_PAYLOAD_TYPE: u8 = u8::MAX;

/// What a packet carries, whatever its numbers become.
struct Carried<'a> {
    payload: &'a Arc<[u8]>,
    marker: bool,
    extensions: PassedOn,
}

/// The header extensions that mean the same to the receiver, as on the wire.
#[derive(Debug, Clone, Copy)]
struct PassedOn {
    /// RFC 6464.
    audio_level: Option<u8>,
    /// Coordination of video orientation.
    orientation: Option<u8>,
}

impl PassedOn {
    fn of(values: &ExtensionValues) -> Self {
        let voice = values.voice_activity.unwrap_or(false);
        Self {
            audio_level: values.audio_level.map(|level| audio_level(level, voice)),
            orientation: values.video_orientation.map(|turned| turned as u8),
        }
    }
}

/// A packet of sound that may be needed again.
#[derive(Debug, Clone)]
pub(crate) struct KeptPacket {
    pub(crate) ssrc: u32,
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) arrived: Instant,
    pub(crate) payload: Arc<[u8]>,
    payload_type: u8,
    marker: bool,
    extensions: PassedOn,
}

impl KeptPacket {
    pub(crate) fn of(packet: &RtpPacket) -> Self {
        Self {
            ssrc: *packet.header.ssrc,
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            arrived: packet.timestamp,
            payload: Arc::clone(&packet.payload),
            payload_type: *packet.header.payload_type,
            marker: packet.header.marker,
            extensions: PassedOn::of(&packet.header.ext_vals),
        }
    }
}

/// One slot of a receiver.
#[derive(Debug)]
pub(crate) struct SlotState {
    pub(crate) slot: Slot,
    mid: Mid,
    /// Who shall be in it: a call, or a mix of several.
    pub(crate) source: Option<CallId>,
    /// Large pictures come before small ones where bandwidth is short.
    pub(crate) large: bool,
    /// Rows the receiver shows, as far as it has said so.
    pub(crate) shown: Option<u16>,
    /// What the receiver's bandwidth was found to allow.
    pub(crate) granted: Granted,
    pub(crate) stream: SlotStream,
    sender: SlotSender,
    /// The last translation of a source's payload type to this receiver's.
    payload_type: Option<(CallId, u8, Option<PayloadTypes>)>,
    /// For sound: what was sent last.
    history: History,
}

/// What a picture may have of its receiver's bandwidth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Granted {
    /// It was not decided: the picture is new, not shown, or its source sends nothing.
    #[default]
    Undecided,
    /// There is not enough for it: it stands still.
    Nothing,
    /// The encoding with this SSRC, whether it flows yet or not.
    Layer {
        /// Which.
        ssrc: u32,
        /// A larger one would be welcome, should there be one.
        larger: bool,
    },
}

/// A receiver's payload types for a codec, its retransmissions and its redundancy.
#[derive(Debug, Clone, Copy)]
struct PayloadTypes {
    media: u8,
    rtx: Option<u8>,
    /// Of RED that carries it.
    red: Option<u8>,
}

/// A stream of the participant.
#[derive(Debug, Clone, Copy)]
struct Known {
    ssrc: u32,
    content: Content,
    rid: Option<Rid>,
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
    /// Proven addresses, and which address of ours each one talks to.
    peers: HashMap<Peer, (Option<IpAddr>, Instant)>,
    /// The one the participant nominated last, where media goes.
    nominated: Option<Peer>,
    opened: Instant,
    connected: bool,
    /// When pictures may become larger again.
    pub(crate) climb: Climb,
    /// Ceiling for the rows of the pictures received.
    pub(crate) tallest: u16,
    /// The budget that layers were last chosen for.
    pub(crate) chosen_for: u64,
    statistics: CallStatistics,
    receptions: Receptions,
    /// Packets that did not reach the participant, by the slot's SSRC.
    lost_sent: HashMap<u32, u32>,
    /// When a check last proved that the participant wants packets (RFC 7675).
    checked: Instant,
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
            peers: HashMap::new(),
            nominated: None,
            opened: now,
            connected: false,
            climb: Climb::default(),
            tallest: asked.quality.tallest(),
            chosen_for: 0,
            statistics: CallStatistics::default(),
            receptions: Receptions::default(),
            lost_sent: HashMap::new(),
            checked: now,
            arrivals: Arrivals::default(),
            sound: VecDeque::new(),
            protection: Protection::default(),
            next_loss: now + LOSS_INTERVAL,
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
        let check = looks_like_stun(bytes);
        let trusted = if check {
            self.rtc.accepts(&input)
        } else {
            self.peers.contains_key(&peer)
        };
        if !trusted || (!self.peers.contains_key(&peer) && self.peers.len() >= MAX_PEERS) {
            return false;
        }
        if check {
            self.peers.insert(peer, (local, now));
            self.checked = now;
            if nominates(bytes) {
                self.nominated = Some(peer);
                self.egress.way = Some((peer, local));
            }
            // Until str0m shows which path it has chosen.
            let way = self.nominated_or((peer, local));
            self.egress.way.get_or_insert(way);
        } else if looks_like_rtcp(bytes) && self.feedback(bytes, now) == Some(false) {
            return true;
        }
        self.rtc.handle_input(input).is_ok()
    }

    /// Takes what RTCP says of what is sent; `Some(false)` when that is all it says.
    fn feedback(&mut self, datagram: &[u8], now: Instant) -> Option<bool> {
        let mut said = Vec::new();
        let more = self
            .egress
            .feedback(datagram, |estimator, feedback| match feedback {
                Feedback::Arrivals(body) => estimator.arrivals(body, now),
                Feedback::Fits(bits) => estimator.receiver_says(bits),
                Feedback::Reception(report) => said.push(Feedback::Reception(report)),
                Feedback::Missing {
                    ssrc,
                    first,
                    following,
                } => said.push(Feedback::Missing {
                    ssrc,
                    first,
                    following,
                }),
                Feedback::PictureLost { ssrc } => said.push(Feedback::PictureLost { ssrc }),
            })?;
        for feedback in said {
            self.obey(&feedback, now);
        }
        Some(more)
    }

    fn obey(&mut self, feedback: &Feedback<'_>, now: Instant) {
        match feedback {
            Feedback::Reception(report) => {
                if let Some(rtt) = self.egress.round_trip(report, now) {
                    self.egress.estimator.round_trip(rtt);
                }
                for slot in &mut self.slots {
                    let (ssrc, rtx) = slot.sender.sources();
                    if report.ssrc == ssrc || Some(report.ssrc) == rtx {
                        slot.sender.received(report);
                    }
                    if report.ssrc == ssrc {
                        self.lost_sent.insert(ssrc, report.lost);
                    }
                }
            }
            Feedback::Missing {
                ssrc,
                first,
                following,
            } => {
                let slot = self
                    .slots
                    .iter_mut()
                    .find(|s| s.sender.sources().0 == *ssrc);
                if let Some(slot) = slot {
                    self.egress
                        .resend(&mut slot.sender, *first, *following, now);
                }
            }
            Feedback::PictureLost { ssrc } => {
                let mut slots = self.slots.iter();
                let slot = slots.position(|s| s.sender.sources().0 == *ssrc);
                self.lost_pictures.extend(slot);
            }
            Feedback::Arrivals(_) | Feedback::Fits(_) => {}
        }
    }

    /// Lets time pass.
    pub(crate) fn timeout(&mut self, now: Instant) {
        if now >= self.rtc_timer {
            // An error here shows itself in the next poll as well.
            let _ = self.rtc.handle_input(Input::Timeout(now));
        }
        while let Some(padding) = self.egress.estimator.padding(now) {
            let shown = |slot: &&mut SlotState| slot.stream.forwarding().is_some();
            let mut slots = self.slots.iter_mut();
            if let Some(slot) = slots.find(|s| s.sender.can_pad() && shown(s)) {
                self.egress.pad(&mut slot.sender, padding, now);
            }
        }
    }

    /// Lets str0m go on at once after something was asked of it.
    pub(crate) fn wake(&mut self, now: Instant) {
        self.rtc_timer = self.rtc_timer.min(now);
        self.timeout(now);
    }

    /// Sends sender reports when they are due, and looks at what was lost.
    pub(crate) fn report(&mut self, now: Instant) {
        if now >= self.next_loss {
            self.next_loss = now + LOSS_INTERVAL;
            if let Some(loss) = self.egress.estimator.take_loss() {
                self.protection.report(loss);
            }
        }
        let senders = self.slots.iter_mut().map(|slot| &mut slot.sender);
        self.egress.report(senders, now);
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
                let mut way = self.way(transmit.proto, transmit.destination);
                if !looks_like_stun(&transmit.contents) {
                    way = self.nominated_or(way);
                    self.egress.way = Some(way);
                }
                self.egress.outbox.push(way, &transmit.contents);
                Polled::Noted
            }
            Ok(Output::Event(event)) => self.note(event),
            Err(_) => Polled::Lost,
        }
    }

    fn way(&self, protocol: Protocol, address: SocketAddr) -> Way {
        let transport = match protocol {
            Protocol::Udp => Transport::Udp,
            _ => Transport::Tcp,
        };
        let peer = Peer { transport, address };
        let source = self.peers.get(&peer).and_then(|(local, _)| *local);
        (peer, source)
    }

    /// str0m keeps to the pair of highest priority that was ever nominated until
    /// that one is long silent. A participant whose network or NAT has changed
    /// nominates another, and is there now.
    fn nominated_or(&self, chosen: Way) -> Way {
        let nominated = self.nominated.and_then(|peer| {
            let (local, _) = self.peers.get(&peer)?;
            Some((peer, *local))
        });
        nominated.unwrap_or(chosen)
    }

    /// A participant that sends nothing gets nothing from str0m by which its
    /// choice of a path would show; it tells it every second.
    fn note_path(&mut self, statistics: &PeerStats) {
        if let Some(pair) = &statistics.selected_candidate_pair {
            let chosen = self.way(pair.protocol, pair.remote.addr);
            self.egress.way = Some(self.nominated_or(chosen));
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
            Event::PeerStats(statistics) => {
                self.note_path(&statistics);
                Polled::Noted
            }
            _ => Polled::Noted,
        }
    }

    /// Whose stream a packet is of.
    fn known(&mut self, ssrc: u32) -> Option<Known> {
        if let Some(known) = self.known.iter().find(|known| known.ssrc == ssrc) {
            return Some(*known);
        }
        // Looking at a stream makes str0m think that it was changed, which costs.
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc.into())?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let mut sources = self.sources.iter();
        let (_, content) = *sources.find(|(source, _)| *source == mid)?;
        let known = Known { ssrc, content, rid };
        if self.known.len() < MAX_KNOWN {
            self.known.push(known);
        }
        Some(known)
    }

    fn packet(&mut self, packet: RtpPacket) -> Polled {
        let Some(Known { content, .. }) = self.known(*packet.header.ssrc) else {
            return Polled::Noted;
        };
        self.statistics.packets_received += 1;
        self.statistics.bytes_received += packet.payload.len() as u64;
        self.receptions.note(*packet.header.ssrc, *packet.seq_no);
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
        let rid = self.known(*ssrc).and_then(|known| known.rid);
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

    /// Writes a packet of another call into a slot. `false`: it has no place
    /// there.
    pub(crate) fn forward(
        &mut self,
        slot: usize,
        from: CallId,
        spec: &CodecSpec,
        head: Option<&VideoHead>,
        packet: &RtpPacket,
        now: Instant,
    ) -> bool {
        self.connected
            && self
                .try_forward(slot, from, spec, head, packet, now)
                .is_some()
    }

    fn try_forward(
        &mut self,
        slot: usize,
        from: CallId,
        spec: &CodecSpec,
        head: Option<&VideoHead>,
        packet: &RtpPacket,
        now: Instant,
    ) -> Option<()> {
        let types = self.payload_type(slot, from, spec, *packet.header.payload_type)?;
        let incoming = Incoming {
            layer: Layer {
                source: from,
                ssrc: *packet.header.ssrc,
            },
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            head,
            arrived: packet.timestamp,
        };
        let carried = Carried {
            payload: &packet.payload,
            marker: packet.header.marker,
            extensions: PassedOn::of(&packet.header.ext_vals),
        };
        self.write(slot, types, &incoming, carried, now)
    }

    /// Writes a packet that came some time ago, and was not written into this
    /// slot then. `false`: it has no place there.
    pub(crate) fn forward_kept(
        &mut self,
        slot: usize,
        from: CallId,
        spec: &CodecSpec,
        kept: &KeptPacket,
        now: Instant,
    ) -> bool {
        self.connected && self.try_forward_kept(slot, from, spec, kept, now).is_some()
    }

    fn try_forward_kept(
        &mut self,
        slot: usize,
        from: CallId,
        spec: &CodecSpec,
        kept: &KeptPacket,
        now: Instant,
    ) -> Option<()> {
        let types = self.payload_type(slot, from, spec, kept.payload_type)?;
        let incoming = Incoming {
            layer: Layer {
                source: from,
                ssrc: kept.ssrc,
            },
            sequence: kept.sequence,
            timestamp: kept.timestamp,
            head: None,
            arrived: kept.arrived,
        };
        let carried = Carried {
            payload: &kept.payload,
            marker: kept.marker,
            extensions: kept.extensions,
        };
        self.write(slot, types, &incoming, carried, now)
    }

    /// Writes 20 ms of a mix into a slot. `false`: it has no place there.
    pub(crate) fn forward_mix(
        &mut self,
        slot: usize,
        spec: &CodecSpec,
        mixed: &Mixed,
        frame: &Frame,
        now: Instant,
    ) -> bool {
        self.connected
            && self
                .try_forward_mix(slot, spec, mixed, frame, now)
                .is_some()
    }

    fn try_forward_mix(
        &mut self,
        slot: usize,
        spec: &CodecSpec,
        mixed: &Mixed,
        frame: &Frame,
        now: Instant,
    ) -> Option<()> {
        let types = self.payload_type(slot, frame.mix, spec, MIX_PAYLOAD_TYPE)?;
        let stream = &mut self.slots.get_mut(slot)?.stream;
        let before = stream.forwarding().map(|layer| layer.source);
        let voice = before.and_then(|from| mixed.played.iter().find(|(voice, _)| *voice == from));
        if let Some((from, at)) = voice {
            stream.join(Joint {
                from: *from,
                at: *at,
                to: frame.mix,
                is: mixed.timestamp,
            });
        }
        let incoming = Incoming {
            layer: Layer::of_mix(frame.mix),
            sequence: frame.sequence,
            timestamp: mixed.timestamp,
            head: None,
            arrived: mixed.due,
        };
        let extensions = PassedOn {
            audio_level: Some(audio_level(frame.level, false)),
            orientation: None,
        };
        let carried = Carried {
            payload: &frame.payload,
            marker: false,
            extensions,
        };
        self.write(slot, types, &incoming, carried, now)
    }

    fn write(
        &mut self,
        slot: usize,
        types: PayloadTypes,
        incoming: &Incoming<'_>,
        carried: Carried<'_>,
        now: Instant,
    ) -> Option<()> {
        let depth = self.depth();
        let state = self.slots.get_mut(slot)?;
        let rewritten = state.stream.forward(incoming)?;
        // Only sound has a payload type for RED.
        let packed = types.red.and_then(|red| {
            let numbers = (rewritten.sequence, rewritten.timestamp);
            let pt = types.media.into();
            let packed = state.history.pack(depth, pt, numbers, carried.payload)?;
            Some((red, packed.into()))
        });
        let (payload_type, payload) =
            packed.unwrap_or_else(|| (types.media, Arc::clone(carried.payload)));
        let media = Media {
            payload_type,
            rtx_payload_type: types.rtx,
            sequence: rewritten.sequence,
            timestamp: rewritten.timestamp,
            marker: carried.marker,
            audio_level: carried.extensions.audio_level,
            orientation: carried.extensions.orientation,
            payload,
            picture: rewritten.picture,
            arrived: incoming.arrived,
        };
        self.egress.send(&mut state.sender, media, now)?;
        self.statistics.packets_sent += 1;
        self.statistics.bytes_sent += carried.payload.len() as u64;
        Some(())
    }

    /// How many earlier packets of sound to bring along to a receiver that takes
    /// them and whose network loses some.
    fn depth(&self) -> usize {
        match self.budget() < ROOM_FOR_REDUNDANCY {
            true => 0,
            false => self.protection.depth(),
        }
    }

    /// The receiver's payload type for a source's codec.
    fn payload_type(
        &mut self,
        slot: usize,
        from: CallId,
        spec: &CodecSpec,
        theirs: u8,
    ) -> Option<PayloadTypes> {
        let state = self.slots.get(slot)?;
        if let Some((source, pt, ours)) = state.payload_type
            && source == from
            && pt == theirs
        {
            return ours;
        }
        let accepted = self.rtc.media(state.mid)?.remote_pts();
        let params = self.rtc.codec_config().params().iter();
        let ours = params
            .filter(|p| accepted.contains(&p.pt()) && same_codec(&p.spec(), spec))
            .max_by_key(|p| p.spec().format.profile_level_id == spec.format.profile_level_id)
            .map(|params| PayloadTypes {
                media: *params.pt(),
                rtx: params.resend().map(|pt| *pt),
                red: params.red().map(|pt| *pt),
            });
        let state = self.slots.get_mut(slot)?;
        state.payload_type = Some((from, theirs, ours));
        ours
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
        let estimate = self.egress.estimator.estimate();
        estimate.unwrap_or(UNMEASURED_BITS)
    }

    /// Says how many bits a second would be welcome, so that the estimate is
    /// probed up to there. `true` when that changes what is to be sent when.
    pub(crate) fn desire(&mut self, bits_per_second: u64, now: Instant) -> bool {
        let estimator = &mut self.egress.estimator;
        let before = estimator.due();
        estimator.desire(bits_per_second, now);
        estimator.due() != before
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
        self.connected && now.saturating_duration_since(self.checked) > self.settings.consent
    }

    /// Whether the address has proven to be this call's.
    pub(crate) fn has_peer(&self, peer: Peer) -> bool {
        self.peers.contains_key(&peer)
    }

    /// Forgets proven addresses that no check came from for long; returns them.
    pub(crate) fn forget_peers(&mut self, unused_for: Duration, now: Instant) -> Vec<Peer> {
        let old = |at: &Instant| now.saturating_duration_since(*at) > unused_for;
        let forgotten: Vec<Peer> = self
            .peers
            .iter()
            .filter(|(_, (_, at))| old(at))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in &forgotten {
            self.peers.remove(peer);
        }
        self.nominated = self.nominated.filter(|peer| !forgotten.contains(peer));
        // str0m tells within a second where else it sends to.
        let way = self.egress.way;
        self.egress.way = way.filter(|(peer, _)| !forgotten.contains(peer));
        forgotten
    }

    /// All proven addresses.
    pub(crate) fn peers(&self) -> Vec<Peer> {
        self.peers.keys().copied().collect()
    }

    /// What the call moved.
    pub(crate) fn statistics(&self) -> CallStatistics {
        CallStatistics {
            packets_lost_received: self.receptions.lost(),
            packets_lost_sent: self.lost_sent.values().copied().map(u64::from).sum(),
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

/// Whether a check asks that media comes to where it came from (USE-CANDIDATE,
/// RFC 8445 section 7.1.2).
fn nominates(check: &[u8]) -> bool {
    StunMessage::parse(check).is_ok_and(|message| message.use_candidate())
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

fn same_codec(one: &CodecSpec, other: &CodecSpec) -> bool {
    let mode = |spec: &CodecSpec| spec.format.packetization_mode.unwrap_or(0);
    one.codec == other.codec && (one.codec != Codec::H264 || mode(one) == mode(other))
}

/// How loud a packet is, as on the wire (RFC 6464).
fn audio_level(level: i8, voice: bool) -> u8 {
    (level.unsigned_abs() & 0x7f) | u8::from(voice) << 7
}
