//! What a call writes into its slots: packets of others, forwarded or kept for a
//! moment, and mixes; each with the receiver's numbers, payload types and, where
//! its network loses packets, the sound before it.

use std::sync::Arc;
use std::time::Instant;

use str0m::format::{Codec, CodecSpec};
use str0m::media::Mid;
use str0m::rtp::ExtensionValues;
use vdx_domain::CallId;
use vdx_mix::{Frame, Mixed};

use super::Call;
use crate::egress::{Media, SlotSender};
use crate::frame::VideoHead;
use crate::packet::RtpPacket;
use crate::quality::{Reported, SentWindow};
use crate::redundancy::History;
use crate::slot_stream::{Incoming, Joint, Layer, SlotStream};
use crate::types::Slot;

/// Where less fits towards a receiver, sound is sent once only.
const ROOM_FOR_REDUNDANCY: u64 = 200_000;
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

/// A receiver's payload types for a codec, its retransmissions and its redundancy.
#[derive(Debug, Clone, Copy)]
pub(super) struct PayloadTypes {
    media: u8,
    rtx: Option<u8>,
    /// Of RED that carries it.
    red: Option<u8>,
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
    pub(super) mid: Mid,
    /// Who shall be in it: a call, or a mix of several.
    pub(crate) source: Option<CallId>,
    /// Large pictures come before small ones where bandwidth is short.
    pub(crate) large: bool,
    /// Rows the receiver shows, as far as it has said so.
    pub(crate) shown: Option<u16>,
    /// What the receiver's bandwidth was found to allow.
    pub(crate) granted: Granted,
    pub(crate) stream: SlotStream,
    pub(super) sender: SlotSender,
    /// The last translation of a source's payload type to this receiver's.
    pub(super) payload_type: Option<(CallId, u8, Option<PayloadTypes>)>,
    /// For sound: what was sent last.
    pub(super) history: History,
    /// What was written since the last sample.
    pub(super) sent: SentWindow,
    /// What the participant reports of it.
    pub(super) reported: Reported,
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

impl Call {
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
        self.write(slot, types, &incoming, &carried, now)
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
        self.write(slot, types, &incoming, &carried, now)
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
        self.write(slot, types, &incoming, &carried, now)
    }

    fn write(
        &mut self,
        slot: usize,
        types: PayloadTypes,
        incoming: &Incoming<'_>,
        carried: &Carried<'_>,
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
        state.sent.note(carried.payload.len(), carried.marker);
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
}

fn same_codec(one: &CodecSpec, other: &CodecSpec) -> bool {
    let mode = |spec: &CodecSpec| spec.format.packetization_mode.unwrap_or(0);
    one.codec == other.codec && (one.codec != Codec::H264 || mode(one) == mode(other))
}

/// How loud a packet is, as on the wire (RFC 6464).
fn audio_level(level: i8, voice: bool) -> u8 {
    (level.unsigned_abs() & 0x7f) | u8::from(voice) << 7
}
