//! A conference in a made-up network: real clients and the real switchboard, but
//! time and the links towards the clients are the test's.

mod offering;

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;

use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite, Vp8Descriptor};
use str0m::{Candidate, Event, Input, Output, Rtc};

use super::*;
use crate::demux::{Transport, looks_like_rtcp};
use crate::types::{Shown, Slot};

pub(super) use self::offering::Wanted;

/// Time advances in steps of this length.
const STEP: Duration = Duration::from_millis(1);
const FRAME: Duration = Duration::from_millis(33);
const SOUND: Duration = Duration::from_millis(20);
/// Browsers make no key frame within this time of another.
const KEY_FRAME_PAUSE: Duration = Duration::from_millis(300);
/// What a datagram weighs on a link beside its content: IP and UDP.
const HEADERS: usize = 28;
const PAYLOAD: usize = 1100;

/// The layers a browser makes of a camera of 720 rows: name, rows, bits a second.
pub(super) const LAYERS: [(&str, u16, usize); 3] = [
    ("l", 180, 150_000),
    ("m", 360, 500_000),
    ("h", 720, 1_200_000),
];

pub(super) struct World {
    pub(super) board: Switchboard,
    pub(super) now: Instant,
    pub(super) events: Vec<MediaEvent>,
    conference: ConferenceId,
    parties: Vec<Party>,
    /// Source and number of all that was sent to each party: until the numbers
    /// begin again, none comes twice under the same keys.
    sealed: HashSet<(SocketAddr, u32, u16)>,
}

struct Party {
    call: CallId,
    rtc: Rtc,
    address: SocketAddr,
    deadline: Instant,
    sound: Mid,
    camera: Option<Camera>,
    slots: Vec<Mid>,
    connected: Option<Instant>,
    next_sound: Instant,
    sounds: u32,
    link: Link,
    seen: Vec<Seen>,
    heard: Vec<u64>,
}

/// A packet of a picture that arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) at: Instant,
    pub(super) slot: usize,
    pub(super) sequence: u64,
    /// In which layer of [`LAYERS`].
    pub(super) layer: u8,
    /// Whether it begins a key frame.
    pub(super) key: bool,
    pub(super) timestamp: u32,
}

struct Camera {
    mid: Mid,
    next_frame: Instant,
    frames: u32,
    key_frame: Option<Instant>,
    key_wanted: bool,
    layers: Vec<Sent>,
    /// Whether it does what the hub says of needed layers.
    obeys: bool,
    /// Whether the first packet of a key frame comes after the second.
    stumbles: bool,
}

struct Sent {
    rid: Rid,
    height: u16,
    rate: usize,
    active: bool,
    /// What it sends next begins with a key frame.
    fresh: bool,
    sequence: u64,
}

/// The way to a party: so many bits a second, and a queue of a bounded length.
struct Link {
    rate: Option<u64>,
    free_at: Instant,
    queue: VecDeque<(Instant, Vec<u8>)>,
}

impl Link {
    const DELAY: Duration = Duration::from_millis(10);
    const LONGEST_QUEUE: Duration = Duration::from_millis(300);

    fn carry(&mut self, now: Instant, bytes: Vec<u8>) {
        let begin = self.free_at.max(now);
        if begin > now + Self::LONGEST_QUEUE {
            return;
        }
        let bits = (bytes.len() + HEADERS) as u64 * 8;
        let takes = self.rate.map_or(0, |rate| bits * 1_000_000 / rate);
        self.free_at = begin + Duration::from_micros(takes);
        self.queue.push_back((self.free_at + Self::DELAY, bytes));
    }
}

impl World {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            board: board(now),
            now,
            events: Vec::new(),
            conference: ConferenceId::generate(),
            parties: Vec::new(),
            sealed: HashSet::new(),
        }
    }

    /// Somebody calls who sends the first `layers` of [`LAYERS`] and has `slots`
    /// camera slots; its number.
    pub(super) fn join(&mut self, layers: usize, slots: u8) -> usize {
        let now = self.now;
        let number = self.parties.len();
        let port = 20_000 + u16::try_from(number).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut rtc = Rtc::builder()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let mut change = rtc.sdp_api();
        let sound = change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let mut simulcast = Simulcast::new();
        for (name, ..) in LAYERS.iter().take(layers) {
            simulcast.add_send_layer(SimulcastLayer::new(name));
        }
        let camera = (layers > 0).then(|| {
            let sends = Direction::SendOnly;
            change.add_media(MediaKind::Video, sends, None, None, Some(simulcast))
        });
        let receives = Direction::RecvOnly;
        let slot = |_| change.add_media(MediaKind::Video, receives, None, None, None);
        let mids = (0..slots).map(slot).collect();
        let (offer, pending) = change.apply().unwrap();
        let asked = OpenCall {
            conference: self.conference,
            video_slots: slots.max(1),
            ..asked(&offer.to_sdp_string())
        };
        let opened = self.board.open(&asked, now).unwrap();
        let answer = SdpAnswer::from_sdp_string(&opened.answer).unwrap();
        rtc.sdp_api().accept_answer(pending, answer).unwrap();
        self.parties.push(Party {
            call: asked.call,
            rtc,
            address,
            deadline: now,
            sound,
            camera: camera.map(|mid| Camera::new(mid, layers, now)),
            slots: mids,
            connected: None,
            next_sound: now,
            sounds: 0,
            link: Link {
                rate: None,
                free_at: now,
                queue: VecDeque::new(),
            },
            seen: Vec::new(),
            heard: Vec::new(),
        });
        number
    }

    /// Everybody hears the party before, and sees `sources` in their slots.
    pub(super) fn seat(&mut self, pictures: &[(usize, &[(usize, bool)])]) {
        let mut table = Vec::new();
        for (receiver, sources) in pictures {
            for (index, (source, large)) in (0..).zip(*sources) {
                let seat = |content, index| Assignment {
                    receiver: self.parties[*receiver].call,
                    slot: Slot { content, index },
                    source: self.parties[*source].call,
                    large: *large,
                };
                table.push(seat(Content::Main, index));
                if index == 0 {
                    table.push(seat(Content::Audio, 0));
                }
            }
        }
        self.board.assign(self.conference, table, self.now);
    }

    pub(super) fn show(&mut self, receiver: usize, heights: &[Option<u16>]) {
        let content = Content::Main;
        let shown = (0..).zip(heights).map(|(index, height)| Shown {
            slot: Slot { content, index },
            height: *height,
        });
        let shown: Vec<Shown> = shown.collect();
        let call = self.parties[receiver].call;
        self.board.show(call, &shown, self.now);
    }

    /// The way to `party` carries so many bits a second.
    pub(super) fn limit(&mut self, party: usize, rate: Option<u64>) {
        self.parties[party].link.rate = rate;
    }

    /// A client that knows nothing of needed layers.
    pub(super) fn deaf(&mut self, party: usize) {
        self.parties[party].camera.as_mut().unwrap().obeys = false;
    }

    /// Key frames of a party come with their first packet second, or not.
    pub(super) fn stumble(&mut self, party: usize, stumbles: bool) {
        self.parties[party].camera.as_mut().unwrap().stumbles = stumbles;
    }

    /// When a party's media could flow.
    pub(super) fn connected(&self, party: usize) -> Option<Instant> {
        self.parties[party].connected
    }

    /// What a party saw since `from`.
    pub(super) fn seen(&self, party: usize, from: Instant) -> Vec<Seen> {
        let seen = self.parties[party].seen.iter();
        seen.filter(|seen| seen.at >= from).copied().collect()
    }

    /// Forgets what was heard; afterwards [`Self::lost_sound`] begins anew.
    pub(super) fn forget_sound(&mut self, party: usize) {
        self.parties[party].heard.clear();
    }

    /// The share of sound packets that did not reach a party.
    pub(super) fn lost_sound(&self, party: usize) -> f64 {
        let heard = &self.parties[party].heard;
        let (Some(first), Some(last)) = (heard.iter().min(), heard.iter().max()) else {
            return 1.0;
        };
        1.0 - heard.len() as f64 / (last - first + 1) as f64
    }

    /// The layers a party sends now.
    pub(super) fn sends(&self, party: usize) -> String {
        let layers = self.parties[party].camera.as_ref().map(|c| &c.layers);
        let active = layers.into_iter().flatten().filter(|layer| layer.active);
        active.map(|layer| layer.rid.to_string()).collect()
    }

    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += STEP;
            self.step();
        }
    }

    /// Lets time pass until something holds.
    pub(super) fn until(&mut self, what: &str, most: Duration, holds: impl Fn(&Self) -> bool) {
        let end = self.now + most;
        while !holds(self) {
            assert!(self.now < end, "waited in vain for {what}");
            self.now += STEP;
            self.step();
        }
    }

    /// As [`Self::until`], for something that may come and go at first: until it
    /// has been so for a second.
    pub(super) fn until_it_stays(
        &mut self,
        what: &str,
        most: Duration,
        holds: impl Fn(&Self) -> bool,
    ) {
        let end = self.now + most;
        let mut since = self.now;
        while self.now - since < Duration::from_secs(1) {
            assert!(self.now < end, "waited in vain for {what} to stay");
            self.now += STEP;
            self.step();
            if !holds(self) {
                since = self.now;
            }
        }
    }

    fn step(&mut self) {
        let now = self.now;
        for number in 0..self.parties.len() {
            self.deliver(number);
            self.publish(number);
            let party = &mut self.parties[number];
            if party.deadline <= now {
                party.rtc.handle_input(Input::Timeout(now)).unwrap();
                self.drain(number);
            }
        }
        self.board.settle(now);
        if self.board.next_timer().is_some_and(|at| at <= now) {
            self.board.run_timers(now);
        }
        let (parties, sealed) = (&mut self.parties, &mut self.sealed);
        self.board.send(|outbox| {
            for run in outbox.runs(usize::MAX) {
                let (peer, _) = run.way;
                let party = parties.iter_mut().find(|p| p.address == peer.address);
                if let Some(party) = party {
                    for datagram in run.bytes.chunks(run.segment) {
                        if let Some((ssrc, sequence)) = rtp_number(datagram) {
                            let new = sealed.insert((peer.address, ssrc, sequence));
                            assert!(new, "{sequence} of {ssrc} was sealed twice");
                        }
                        party.link.carry(now, datagram.to_vec());
                    }
                }
            }
        });
        for event in std::mem::take(&mut self.board.events) {
            if let MediaEvent::LayersNeeded { call, rids, .. } = &event {
                let party = self.parties.iter_mut().find(|p| p.call == *call);
                if let Some(camera) = party.and_then(|p| p.camera.as_mut()) {
                    camera.obey(rids);
                }
            }
            self.events.push(event);
        }
    }

    fn deliver(&mut self, number: usize) {
        let source = self.board.settings.candidates[0];
        loop {
            let party = &mut self.parties[number];
            let Some((_, bytes)) = party.link.queue.pop_front_if(|(at, _)| *at <= self.now) else {
                return;
            };
            if let Ok(receive) = Receive::new(Protocol::Udp, source, party.address, &bytes) {
                let input = Input::Receive(self.now, receive);
                party.rtc.handle_input(input).unwrap();
            }
            self.drain(number);
        }
    }

    fn drain(&mut self, number: usize) {
        loop {
            let party = &mut self.parties[number];
            match party.rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    party.deadline = at;
                    return;
                }
                Output::Transmit(datagram) => {
                    let peer = Peer {
                        transport: Transport::Udp,
                        address: party.address,
                    };
                    let (call, local) = (party.call, Some(datagram.destination.ip()));
                    self.board
                        .receive(call, peer, local, &datagram.contents, self.now);
                }
                Output::Event(event) => party.note(event, self.now),
            }
        }
    }

    fn publish(&mut self, number: usize) {
        let now = self.now;
        let party = &mut self.parties[number];
        if party.connected.is_none() {
            return;
        }
        if party.next_sound <= now {
            party.next_sound += SOUND;
            party.sounds += 1;
            party.send_sound(now);
            self.drain(number);
        }
        let Some(camera) = &mut self.parties[number].camera else {
            return;
        };
        for (rid, write) in camera.frame(now) {
            let mid = self.parties[number].camera.as_ref().unwrap().mid;
            let mut api = self.parties[number].rtc.direct_api();
            api.stream_tx_by_mid(mid, Some(rid))
                .unwrap()
                .write_rtp(write);
            self.drain(number);
        }
    }
}

/// The source and number of a datagram that is RTP (RFC 3550 section 5.1).
fn rtp_number(datagram: &[u8]) -> Option<(u32, u16)> {
    let header = datagram.first_chunk::<12>()?;
    let is_rtp = header[0] >> 6 == 2 && !looks_like_rtcp(datagram);
    let [.., a, b, c, d] = *header;
    let sequence = u16::from_be_bytes([header[2], header[3]]);
    is_rtp.then_some((u32::from_be_bytes([a, b, c, d]), sequence))
}

impl Party {
    fn note(&mut self, event: Event, now: Instant) {
        match event {
            Event::Connected => {
                self.connected = Some(now);
                self.next_sound = now;
                if let Some(camera) = &mut self.camera {
                    camera.next_frame = now;
                }
            }
            Event::KeyframeRequest(_) => {
                if let Some(camera) = &mut self.camera {
                    camera.key_wanted |= camera.may_make_key_frame(now);
                }
            }
            Event::RtpPacket(packet) => {
                let ssrc = packet.header.ssrc;
                let mid = self.rtc.direct_api().stream_rx(&ssrc).map(|s| s.mid());
                if mid == Some(self.sound) {
                    self.heard.push(*packet.seq_no);
                }
                let slot = self.slots.iter().position(|slot| Some(*slot) == mid);
                // Padding has no payload worth looking at.
                let Some((slot, descriptor)) = slot.zip(Vp8Descriptor::parse(&packet.payload).ok())
                else {
                    return;
                };
                let [.., layer] = packet.payload[..] else {
                    return;
                };
                self.seen.push(Seen {
                    at: now,
                    slot,
                    sequence: *packet.seq_no,
                    layer,
                    key: descriptor.starts_keyframe(&packet.payload),
                    timestamp: packet.header.timestamp,
                });
            }
            _ => {}
        }
    }

    fn send_sound(&mut self, now: Instant) {
        let params = self.rtc.codec_config().params();
        let opus = params
            .iter()
            .find(|p| p.spec().codec == str0m::format::Codec::Opus);
        let pt = opus.unwrap().pt();
        let extensions = ExtensionValues {
            audio_level: Some(-30),
            ..ExtensionValues::default()
        };
        let sequence = u64::from(self.sounds).into();
        let write = RtpWrite::new(pt, sequence, self.sounds * 960, now, vec![0xf8u8; 80])
            .ext_vals(extensions);
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(self.sound, None)
            .unwrap()
            .write_rtp(write);
    }
}

impl Camera {
    fn new(mid: Mid, layers: usize, now: Instant) -> Self {
        let sent = |(name, height, rate): &(&str, u16, usize)| Sent {
            rid: Rid::from(*name),
            height: *height,
            rate: *rate,
            active: true,
            fresh: true,
            sequence: 1,
        };
        Self {
            mid,
            next_frame: now,
            frames: 0,
            key_frame: None,
            key_wanted: false,
            layers: LAYERS.iter().take(layers).map(sent).collect(),
            obeys: true,
            stumbles: false,
        }
    }

    fn obey(&mut self, rids: &[String]) {
        for layer in self.layers.iter_mut().filter(|_| self.obeys) {
            let active = rids.iter().any(|rid| layer.rid == Rid::from(rid.as_str()));
            layer.fresh |= active && !layer.active;
            layer.active = active;
        }
    }

    fn may_make_key_frame(&self, now: Instant) -> bool {
        self.key_frame
            .is_none_or(|at| now.duration_since(at) >= KEY_FRAME_PAUSE)
    }

    /// The packets of the frame that is due; a key frame is one in all layers.
    fn frame(&mut self, now: Instant) -> Vec<(Rid, RtpWrite)> {
        if self.next_frame > now {
            return Vec::new();
        }
        self.next_frame += FRAME;
        self.frames += 1;
        let key =
            std::mem::take(&mut self.key_wanted) || self.layers.iter().any(|l| l.fresh && l.active);
        if key {
            self.key_frame = Some(now);
        }
        let frame = self.frames;
        let mut packets = Vec::new();
        for (index, layer) in (0u8..).zip(&mut self.layers).filter(|(_, l)| l.active) {
            layer.fresh = false;
            let mut of_layer = layer.packets(frame, key, index, now);
            if let [first, second, ..] = &mut of_layer[..]
                && key
                && self.stumbles
            {
                std::mem::swap(first, second);
            }
            packets.extend(of_layer);
        }
        packets
    }
}

impl Sent {
    fn packets(&mut self, frame: u32, key: bool, mark: u8, now: Instant) -> Vec<(Rid, RtpWrite)> {
        let mean = self.rate / 8 / 30;
        let size = if key { mean * 4 } else { mean };
        let count = size.div_ceil(PAYLOAD);
        let packet = |index: usize| {
            let picture = u16::try_from(frame & 0x7fff).unwrap() | 0x8000;
            let start = if index == 0 { 0x10 } else { 0 };
            let mut payload = vec![0x80 | start, 0x80];
            payload.extend(picture.to_be_bytes());
            if index == 0 {
                payload.extend([u8::from(!key) | 0x10, 2, 0]);
                if key {
                    payload.extend([0x9d, 0x01, 0x2a, 0x40, 0x01]);
                    payload.extend(self.height.to_le_bytes());
                }
            }
            payload.resize((size / count).max(payload.len()), 0);
            payload.push(mark);
            payload
        };
        let payloads: Vec<Vec<u8>> = (0..count).map(packet).collect();
        let mut packets = Vec::new();
        for (index, payload) in payloads.into_iter().enumerate() {
            let write = RtpWrite::new(
                96u8.into(),
                self.sequence.into(),
                frame * 2970,
                now,
                payload,
            )
            .marker(index + 1 == count)
            .nackable(true);
            self.sequence += 1;
            packets.push((self.rid, write));
        }
        packets
    }
}
