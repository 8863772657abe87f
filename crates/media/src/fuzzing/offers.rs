//! Offers one behind the other, with media in between.

use std::collections::HashSet;

use super::{Line, OFFER, RECEIVER, Rig, SENDER, SOURCES, bounded, check, glass, media, ufrag};
use crate::demux::looks_like_rtcp;
use crate::egress::Run;

/// Most offers of one input.
const MAX_OFFERS: usize = 8;
/// Packets of each source between two offers.
const BETWEEN: u16 = 4;

/// Session descriptions: a first offer, and behind zero bytes further ones, of
/// somebody who is sent sound and pictures in between. How many packets.
///
/// # Panics
/// When a number is used twice for what is sent, as well.
pub fn sdp(data: &[u8]) -> usize {
    bounded(|| try_sdp(data))
}

fn try_sdp(data: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(data) else {
        return 0;
    };
    let mut offers = text.split('\0').take(MAX_OFFERS);
    let mut rig = Rig::new();
    let first = offers.next().unwrap_or_default();
    let Some(mut receiver) = rig.try_open(RECEIVER, first) else {
        rig.check();
        return 0;
    };
    let sender = rig.open(SENDER);
    rig.seat(&sender, &receiver);
    let mut sealed = Sealed::default();
    rig.speak(&sender, &receiver, &mut sealed);
    for further in offers.chain([OFFER]) {
        if let Ok(changed) = rig.board.change(receiver.call, further, rig.now) {
            receiver.ufrag = ufrag(&changed);
            rig.datagram(&receiver, &check(&receiver));
        }
        rig.speak(&sender, &receiver, &mut sealed);
    }
    sealed.seen.len()
}

/// The packets that somebody was sent.
#[derive(Default)]
struct Sealed {
    /// Source and sequence number: few enough packets for these not to begin again.
    seen: HashSet<(u32, u16)>,
    /// The next number of who sends them.
    next: u16,
}

impl Sealed {
    fn note(&mut self, datagram: &[u8]) {
        let [kind, _, a, b, _, _, _, _, c, d, e, f, ..] = *datagram else {
            return;
        };
        if kind >> 6 == 2 && !looks_like_rtcp(datagram) {
            let ssrc = u32::from_be_bytes([c, d, e, f]);
            let new = self.seen.insert((ssrc, u16::from_be_bytes([a, b])));
            assert!(new, "two packets were sealed alike");
        }
    }
}

impl Rig {
    /// The sender sends a moment of sound and pictures.
    fn speak(&mut self, sender: &Line, receiver: &Line, sealed: &mut Sealed) {
        for number in sealed.next..sealed.next + BETWEEN {
            for (kind, source) in SOURCES {
                let packet = [media(kind, source, number), vec![0; glass::TAG]].concat();
                self.deliver(sender, &packet);
                self.board.send(|outbox| {
                    let to_receiver = |run: &Run<'_>| run.way.0 == receiver.peer;
                    for run in outbox.runs(usize::MAX).filter(to_receiver) {
                        for datagram in run.bytes.chunks(run.segment) {
                            sealed.note(datagram);
                        }
                    }
                });
            }
        }
        sealed.next += BETWEEN;
    }
}
