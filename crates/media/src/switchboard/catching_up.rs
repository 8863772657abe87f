//! Key frames: asked for once for all who need one, and not at all by who can be
//! given one that was just made.

use std::time::Instant;

use vdx_domain::CallId;

use super::Switchboard;
use crate::frame::VideoHead;
use crate::slot_stream::Layer;
use crate::types::Content;

impl Switchboard {
    /// A slot needs a key frame of what it waits for, else of what it shows.
    /// Before its receiver is connected the key frame would be lost, and the
    /// throttle hold back the next.
    pub(super) fn ask_key_frame(&mut self, id: CallId, slot: usize, now: Instant) {
        let call = self.calls.get(&id).filter(|call| call.is_connected());
        let state = call.and_then(|call| call.slots.get(slot));
        let Some(state) = state.filter(|state| state.slot.content != Content::Audio) else {
            return;
        };
        let content = state.slot.content;
        let (awaiting, shows) = (state.stream.awaiting(), state.stream.forwarding());
        let Some(layer) = awaiting.or(shows) else {
            return;
        };
        if shows.is_none() && self.catch_up(id, slot, content, layer, now) {
            return;
        }
        let rid = self
            .calls
            .get_mut(&layer.source)
            .and_then(|sender| sender.encodings(content).need_key_frame(layer.ssrc, now));
        if let Some(rid) = rid {
            self.enter(layer.source, |sender| {
                sender.request_key_frame(content, rid);
            });
            self.drain(layer.source);
            self.touched.insert(layer.source);
        }
    }

    /// Gives an empty slot the last key frame and what came since, when both are
    /// a moment old. `false`: there is none, or it has no place in the slot.
    fn catch_up(
        &mut self,
        id: CallId,
        slot: usize,
        content: Content,
        layer: Layer,
        now: Instant,
    ) -> bool {
        let Some(sender) = self.calls.get_mut(&layer.source) else {
            return false;
        };
        let Some(beginning) = sender.encodings(content).take_beginning(layer.ssrc, now) else {
            return false;
        };
        let first = beginning.packets().first();
        let spec = first.and_then(|packet| sender.codec_of(packet));
        let mut begun = false;
        if let Some(spec) = spec {
            for packet in beginning.packets() {
                let head = VideoHead::read(spec.codec, &packet.payload);
                let written = self.enter(id, |call| {
                    call.forward(slot, layer.source, &spec, head.as_ref(), packet, now)
                });
                begun |= written == Some(true);
                self.written(id, usize::from(written == Some(true)));
            }
        }
        if let Some(sender) = self.calls.get_mut(&layer.source) {
            let encodings = sender.encodings(content);
            encodings.give_beginning(layer.ssrc, beginning);
        }
        begun
    }
}
