//! From one to many: what came in is looked at once, then copied into the slots of
//! all who receive it.

use std::sync::atomic::Ordering;

use str0m::format::CodecSpec;
use vdx_domain::CallId;

use super::Switchboard;
use crate::call::Call;
use crate::frame::VideoHead;
use crate::packet::RtpPacket;
use crate::types::Content;

/// A packet that can be forwarded.
struct Arrived {
    packet: RtpPacket,
    spec: CodecSpec,
    /// Of a picture.
    head: Option<VideoHead>,
}

impl Switchboard {
    /// Forwards what came in. What one picture's sender sent at once goes to a
    /// receiver at once: going through a large room is most of the work.
    pub(super) fn forward_arrived(&mut self) {
        let mut together: Vec<Arrived> = Vec::new();
        while let Some((from, content, packet)) = self.arrived.pop_front() {
            together.extend(self.take_in(from, content, packet));
            let next = self.arrived.front();
            let goes_on = content != Content::Audio
                && next.is_some_and(|(source, kind, _)| (*source, *kind) == (from, content));
            if !goes_on {
                self.copy((from, content), &together);
                self.keep((from, content), together.drain(..));
            }
        }
    }

    /// Notes what a packet says of its source, before it is forwarded. `None`: it
    /// cannot be.
    fn take_in(&mut self, from: CallId, content: Content, packet: RtpPacket) -> Option<Arrived> {
        let sender = self.calls.get_mut(&from)?;
        let conference = sender.conference;
        let spec = sender.codec_of(&packet)?;
        let mut head = match content {
            Content::Audio => None,
            Content::Main | Content::Slides => Some(VideoHead::read(spec.codec, &packet.payload)?),
        };
        let counted = sender.count_encoding(content, &packet);
        if let Some(head) = &mut head {
            // Who began with it would miss what came of the key frame before it.
            head.starts_key_frame &= counted.in_order;
        }
        if let Some(head) = head.filter(|head| head.starts_key_frame) {
            let ssrc = *packet.header.ssrc;
            sender.encodings(content).got_key_frame(ssrc, head.height);
            if let Some(height) = head.height {
                sender.note_picture_height(ssrc, height);
            }
        }
        if counted.begins {
            self.source_begins((from, content), packet.timestamp);
        }
        if content == Content::Audio {
            self.overhear(conference, from, &spec, &packet);
        }
        Some(Arrived { packet, spec, head })
    }

    /// Copies packets into every slot their sender is in.
    fn copy(&mut self, source: (CallId, Content), packets: &[Arrived]) {
        let conference = self.calls.get(&source.0).map(|call| call.conference);
        let room = conference.and_then(|conference| self.rooms.get_mut(&conference));
        let Some(receivers) = room.and_then(|room| room.fanout.remove(&source)) else {
            return;
        };
        for (receiver, slot) in &receivers {
            let forward = |call: &mut Call| {
                let written = packets.iter().filter(|arrived| {
                    let Arrived { packet, spec, head } = arrived;
                    call.forward(
                        *slot,
                        source.0,
                        spec,
                        head.as_ref(),
                        packet,
                        packet.timestamp,
                    )
                });
                written.count()
            };
            let written = self.enter(*receiver, forward);
            self.written(*receiver, written.unwrap_or_default());
        }
        let room = conference.and_then(|conference| self.rooms.get_mut(&conference));
        if let Some(room) = room {
            room.fanout.entry(source).or_insert(receivers);
        }
    }

    /// Keeps pictures for who comes right after them.
    fn keep(&mut self, (from, content): (CallId, Content), packets: impl Iterator<Item = Arrived>) {
        let Some(sender) = self.calls.get_mut(&from) else {
            return;
        };
        for Arrived { packet, head, .. } in packets {
            if let Some(head) = head {
                sender
                    .encodings(content)
                    .keep(packet, head.starts_key_frame);
            }
        }
    }

    /// Lets what was written to a receiver, if anything was, leave.
    pub(super) fn written(&mut self, receiver: CallId, packets: usize) {
        if packets > 0 {
            let forwarded = &self.counters.packets_forwarded;
            forwarded.fetch_add(packets as u64, Ordering::Relaxed);
            self.line_up(receiver);
        }
    }
}
