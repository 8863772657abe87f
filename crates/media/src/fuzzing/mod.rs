//! What a fuzzer may do to the engine: a switchboard without sockets, two calls
//! that see each other, and cryptography one can see through.
//!
//! Compiled with the feature `fuzzing` only, which no program has. Each function
//! panics when the engine had a fault, also one that was caught at a call's edge.

mod glass;
mod offers;

use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use vdx_domain::{CallId, ConferenceId, VmrQuality};
use vdx_mix::MixerThread;

use crate::accounts::Accounts;
use crate::call::CallSettings;
use crate::counters::SharedCounters;
use crate::demux::{Demux, Peer, Transport};
use crate::egress::keys;
use crate::switchboard::Switchboard;
use crate::types::{Assignment, CallOpened, Content, OpenCall, Slot};

pub use offers::sdp;

/// An offer like a browser's: microphone, camera, presentation.
pub const OFFER: &str = include_str!("offer.sdp");

/// Stands in a fuzzed datagram for the user fragment of the call it is for.
pub const UFRAG: &[u8; 16] = b"................";

/// Most datagrams of one input.
const MAX_DATAGRAMS: usize = 64;
/// Processor time that an input may take, also with a compiler's counters and checks
/// inside: many times what the slowest takes. What takes longer holds up a thread.
const MOST_WORK: Duration = Duration::from_secs(1);
/// What goes by between two datagrams.
const PAUSE: Duration = Duration::from_millis(20);

const HUB: &str = "127.0.0.1:9";
const SENDER: &str = "127.0.0.1:1001";
const RECEIVER: &str = "127.0.0.1:1002";

/// The source numbers in [`OFFER`] of microphone and camera.
const SOURCES: [(u8, u32); 2] = [(111, 1001), (96, 1002)];

/// Two calls in one conference, each in the other's slots.
struct Rig {
    board: Switchboard,
    demux: Arc<Demux>,
    counters: Arc<SharedCounters>,
    conference: ConferenceId,
    now: Instant,
}

/// A call of the rig.
struct Line {
    call: CallId,
    peer: Peer,
    ufrag: String,
}

impl Rig {
    fn new() -> Self {
        static GLASS: Once = Once::new();
        GLASS.call_once(glass::install);
        let now = Instant::now();
        let settings = CallSettings {
            candidates: vec![address(HUB)],
            certificate: glass::certificate(),
            consent: Duration::from_secs(20),
            provider: Arc::new(keys::provider()),
            started: now,
        };
        let (demux, counters) = (Arc::<Demux>::default(), Arc::<SharedCounters>::default());
        Self {
            board: Switchboard::new(
                0,
                Arc::new(settings),
                Arc::clone(&demux),
                Arc::clone(&counters),
                MixerThread::absent(),
                now,
            ),
            demux,
            counters,
            conference: ConferenceId::generate(),
            now,
        }
    }

    fn asked(&self, offer: &str) -> OpenCall {
        OpenCall {
            conference: self.conference,
            call: CallId::generate(),
            offer: offer.to_owned(),
            video_slots: 3,
            audio_slots: 2,
            quality: VmrQuality::Hd,
        }
    }

    /// `None`: the offer is no good.
    fn try_open(&mut self, from: &str, offer: &str) -> Option<Line> {
        let asked = self.asked(offer);
        let opened = self.board.open(&asked, self.now).ok()?;
        Some(Line {
            call: asked.call,
            peer: Peer {
                transport: Transport::Udp,
                address: address(from),
            },
            ufrag: ufrag(&opened),
        })
    }

    fn open(&mut self, from: &str) -> Line {
        let line = self.try_open(from, OFFER);
        #[expect(clippy::expect_used, reason = "without it nothing can be tried")]
        line.expect("the offer is good")
    }

    /// Two people who are connected and in each other's slots.
    fn talk() -> (Self, Line, Line) {
        let mut rig = Self::new();
        let (sender, receiver) = (rig.open(SENDER), rig.open(RECEIVER));
        rig.seat(&sender, &receiver);
        (rig, sender, receiver)
    }

    /// Connects two and puts each in the other's slots.
    fn seat(&mut self, sender: &Line, receiver: &Line) {
        for line in [sender, receiver] {
            self.datagram(line, &check(line));
        }
        let seat = |content, receiver: &Line, source: &Line| Assignment {
            receiver: receiver.call,
            slot: Slot { content, index: 0 },
            source: source.call,
            large: true,
        };
        let mut table = Vec::new();
        for content in [Content::Audio, Content::Main, Content::Slides] {
            table.push(seat(content, receiver, sender));
            table.push(seat(content, sender, receiver));
        }
        self.board.assign(self.conference, table, self.now);
    }

    /// A datagram arrives as it would at the port.
    fn datagram(&mut self, from: &Line, bytes: &[u8]) {
        self.deliver(from, bytes);
        self.board.send(|_| {});
    }

    /// The same, but what the hub has to send waits.
    fn deliver(&mut self, from: &Line, bytes: &[u8]) {
        let owner = self.demux.owner(from.peer, bytes);
        let call = owner.map_or(from.call, |owner| owner.call);
        self.board.receive(call, from.peer, None, bytes, self.now);
        self.board.settle(self.now);
        self.now += PAUSE;
        self.board.run_timers(self.now);
        self.board.events.clear();
        self.check();
    }

    fn check(&self) {
        let faults = self.counters.read().faults;
        assert_eq!(faults, 0, "a call was ended by a fault");
    }
}

/// Does the work of one input, which must not be too much.
fn bounded<T>(work: impl FnOnce() -> T) -> T {
    let accounts = Accounts::of_this_thread();
    let used = || accounts.as_ref().and_then(Accounts::read);
    let before = used();
    let result = work();
    if let (Some((before, _)), Some((after, _))) = (before, used()) {
        let took = Duration::from_nanos(after.saturating_sub(before));
        assert!(took < MOST_WORK, "one input took {took:?}");
    }
    result
}

/// The rig's own numbers have to be right for a test to mean anything.
fn address(text: &str) -> SocketAddr {
    #[expect(clippy::expect_used, reason = "constants of this module")]
    text.parse().expect("an address")
}

fn ufrag(opened: &CallOpened) -> String {
    let mut lines = opened.answer.lines();
    lines
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
        .unwrap_or_default()
        .to_owned()
}

/// A connectivity check (RFC 8445) for a call.
fn check(line: &Line) -> Vec<u8> {
    stun_check(line.ufrag.as_bytes())
}

/// A connectivity check that names `ufrag`, as [`stun`] takes it.
#[must_use]
pub fn stun_check(ufrag: &[u8]) -> Vec<u8> {
    let username = [ufrag, b":peer"].concat();
    let mut attributes = Vec::new();
    attribute(&mut attributes, 0x0006, &username);
    attribute(&mut attributes, 0x0024, &[0x6e, 0, 1, 0xff]); // PRIORITY
    attribute(&mut attributes, 0x802a, &[1; 8]); // ICE-CONTROLLING
    attribute(&mut attributes, 0x0025, &[]); // USE-CANDIDATE
    attribute(&mut attributes, 0x0008, &[0; 20]); // MESSAGE-INTEGRITY
    let mut message = vec![0, 1];
    message.extend(u16::try_from(attributes.len()).unwrap_or(0).to_be_bytes());
    message.extend(0x2112_a442_u32.to_be_bytes());
    message.extend([7; 12]);
    message.extend(attributes);
    message
}

fn attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend(u16::try_from(value.len()).unwrap_or(0).to_be_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
}

/// The datagrams of an input: two bytes of length in front of each.
fn datagrams(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = data.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (datagram, rest) = rest.split_at(length);
        data = rest;
        Some(datagram)
    })
    .take(MAX_DATAGRAMS)
}

/// Joins datagrams to an input for [`stun`], [`rtp`] and [`rtcp`].
#[must_use]
pub fn input(datagrams: &[Vec<u8>]) -> Vec<u8> {
    let mut input = Vec::new();
    for datagram in datagrams {
        input.extend(u16::try_from(datagram.len()).unwrap_or(0).to_be_bytes());
        input.extend(datagram);
    }
    input
}

/// Datagrams of whoever, with connectivity checks whose signature is right.
pub fn stun(data: &[u8]) {
    bounded(|| try_stun(data));
}

fn try_stun(data: &[u8]) {
    let mut rig = Rig::new();
    let line = rig.open(SENDER);
    for datagram in datagrams(data) {
        let mut bytes = datagram.to_vec();
        if let Some(at) = bytes.windows(UFRAG.len()).position(|part| part == UFRAG) {
            let ufrag = line.ufrag.bytes().take(UFRAG.len());
            bytes.splice(at..at + UFRAG.len(), ufrag);
        }
        rig.datagram(&line, &bytes);
    }
}

/// RTP (RFC 3550) of a participant, in the clear, forwarded to another. How many
/// packets the other was sent.
pub fn rtp(data: &[u8]) -> u64 {
    bounded(|| try_rtp(data))
}

fn try_rtp(data: &[u8]) -> u64 {
    let (mut rig, sender, _) = Rig::talk();
    for datagram in datagrams(data) {
        let protected = [datagram, &[0; glass::TAG]].concat();
        rig.datagram(&sender, &protected);
    }
    rig.counters.read().packets_forwarded
}

/// RTCP of a participant who sends and receives, in the clear.
pub fn rtcp(data: &[u8]) {
    bounded(|| try_rtcp(data));
}

fn try_rtcp(data: &[u8]) {
    let (mut rig, sender, receiver) = Rig::talk();
    for number in 0..4 {
        for (kind, source) in SOURCES {
            let packet = [media(kind, source, number), vec![0; glass::TAG]].concat();
            rig.datagram(&receiver, &packet);
            rig.datagram(&sender, &packet);
        }
    }
    for (index, datagram) in (0_u32..).zip(datagrams(data)) {
        crate::egress::try_feedback(datagram, rig.now);
        let trailer = (0x8000_0000 | index).to_be_bytes();
        let protected = [datagram, &[0; glass::TAG], &trailer[..]].concat();
        rig.datagram(&sender, &protected);
    }
}

/// An RTP packet of a source in [`OFFER`]: of Opus, or a key frame of VP8.
#[must_use]
pub fn media(payload_type: u8, ssrc: u32, number: u16) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type];
    packet.extend(number.to_be_bytes());
    packet.extend((u32::from(number) * 960).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0x90, 0x80, 0x81, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0, 0, 0, 0]);
    packet
}
