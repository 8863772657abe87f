//! What the mixer is given and what it gives.

use std::sync::Arc;
use std::time::Instant;

use vdx_domain::{CallId, ConferenceId};

/// Most voices in one mix: more are no conversation, and each costs a decoder.
pub const MAX_VOICES: usize = 8;

/// A packet of Opus in RTP (RFC 7587).
#[derive(Debug, Clone)]
pub struct Packet {
    /// The extended sequence number.
    pub sequence: u64,
    /// In samples at 48 kHz.
    pub timestamp: u32,
    /// Without the RTP header.
    pub payload: Arc<[u8]>,
}

/// One sum of voices. To a receiver's slot it is a source like a call, so it has
/// an id of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    /// Chosen by the caller, unique in its room.
    pub id: CallId,
    /// Whose voices, at most [`MAX_VOICES`].
    pub voices: Vec<CallId>,
}

/// A voice that was in no mix of its room until now.
#[derive(Debug, Clone)]
pub struct Joining {
    /// Whose.
    pub voice: CallId,
    /// Its last packets, oldest first: they are heard no more, but its decoder
    /// needs them.
    pub before: Vec<Packet>,
    /// Receivers have heard it up to here, so that it must go on without a gap.
    pub going_on: bool,
}

/// All that a room wants mixed from now on. Nothing at all ends its mixing.
#[derive(Debug, Clone)]
pub struct Tune {
    /// Which room.
    pub room: ConferenceId,
    /// Its mixes.
    pub mixes: Vec<Mix>,
    /// Those in the mixes who have been in none.
    pub joining: Vec<Joining>,
    /// When the first frame is due; of no meaning while the room is being mixed.
    pub first_due: Instant,
}

/// What a room's mixes sound like for 20 ms.
#[derive(Debug)]
pub struct Mixed {
    /// Which room.
    pub room: ConferenceId,
    /// The timestamp of the first sample, the same for all mixes of the room.
    pub timestamp: u32,
    /// When the first sample was due.
    pub due: Instant,
    /// Which sample of each voice's own stream is heard first.
    pub played: Vec<(CallId, u32)>,
    /// One for each mix.
    pub frames: Vec<Frame>,
}

/// 20 ms of one mix.
#[derive(Debug)]
pub struct Frame {
    /// Which mix.
    pub mix: CallId,
    /// Counts the frames of this mix.
    pub sequence: u64,
    /// How loud it is, in dBov (RFC 6464): 0 to -127.
    pub level: i8,
    /// Opus.
    pub payload: Arc<[u8]>,
}
