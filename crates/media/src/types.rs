//! What the engine is asked and what it tells.

use std::net::SocketAddr;
use std::time::Duration;

use vdx_domain::{CallId, ConferenceId, VmrQuality};

use crate::quality::CallSample;

/// What a stream carries. Slots are counted per content: a presentation is
/// never in a camera's slot, nor the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// A microphone.
    Audio,
    /// A camera (`a=content:main`, RFC 4796).
    Main,
    /// A presentation (`a=content:slides`).
    Slides,
}

impl Content {
    /// Ticks a second of the RTP clock (RFC 7587, RFC 7741, RFC 6184).
    pub(crate) fn clock_rate(self) -> u32 {
        match self {
            Self::Audio => 48_000,
            Self::Main | Self::Slides => 90_000,
        }
    }
}

/// A video codec the engine forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// RFC 7741; the codec every endpoint has.
    Vp8,
    /// RFC 6184, constrained baseline, packetization mode 1.
    H264,
}

/// One place of a receiver: an unbroken stream whose source may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// What the slot carries.
    pub content: Content,
    /// Counted from 0 within its content, in the order of the offer's sections.
    pub index: u8,
}

/// A slot and the media section (`mid`) of the session description it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotSection {
    /// Which slot.
    pub slot: Slot,
    /// The section's `a=mid`.
    pub mid: String,
}

/// A participant's browser wants to send and receive media.
#[derive(Debug, Clone)]
pub struct OpenCall {
    /// Calls of one conference can be assigned to each other's slots.
    pub conference: ConferenceId,
    /// Chosen by the caller, unique.
    pub call: CallId,
    /// The session description offered (RFC 8866, RFC 9429).
    pub offer: String,
    /// Most camera slots to use, 1 to [`MAX_SLOTS`]; the offer's sections limit it further.
    pub video_slots: u8,
    /// Most audio slots to use, 1 to [`MAX_SLOTS`].
    pub audio_slots: u8,
    /// Ceiling for pictures of cameras. This receiver gets none of a sender's layers
    /// that is taller, where there is a choice, and the answer asks it to send none
    /// that is larger or takes more.
    pub quality: VmrQuality,
}

/// How large a receiver shows the picture in one of its slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Which slot.
    pub slot: Slot,
    /// Rows of the picture on the screen, in device pixels; 0 = not at all. `None`
    /// when it cannot be said, as before anything was.
    pub height: Option<u16>,
}

/// Most slots of one content in one call.
pub const MAX_SLOTS: u8 = 50;

/// The engine's answer to an offer.
#[derive(Debug, Clone)]
pub struct CallOpened {
    /// The session description answered.
    pub answer: String,
    /// The receive slots of this call.
    pub slots: Vec<SlotSection>,
    /// What this receiver can decode.
    pub decodes: Vec<VideoCodec>,
}

/// Why a call could not be opened or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallRefused {
    /// The offer is no session description the engine can answer.
    #[error("the session description cannot be used: {0}")]
    Offer(String),
    /// No such call.
    #[error("no such call")]
    UnknownCall,
    /// The engine takes no more.
    #[error("the media engine is full")]
    Full,
    /// The engine failed and the call is gone.
    #[error("the media engine failed")]
    Failed,
}

/// Who is in a receiver's slot. A conference hands over all its assignments at
/// once; a slot that is not named is empty.
///
/// A slot for sound that is named several times carries whoever of its sources
/// speaks: the packets of one unchanged, and of several the mix. Of several
/// pictures for one slot the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// Whose slot.
    pub receiver: CallId,
    /// Which of its slots.
    pub slot: Slot,
    /// Whose stream of the slot's content.
    pub source: CallId,
    /// Whether the receiver's view shows it large. Large pictures come before
    /// small ones where bandwidth is short.
    pub large: bool,
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The conference closed it.
    Closed,
    /// No connection came about, or it was lost.
    ConnectionLost,
    /// The engine failed inside this call.
    Failed,
}

/// What a call moved, seen from the hub.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallStatistics {
    /// Payload bytes received from the participant.
    pub bytes_received: u64,
    /// Payload bytes sent to the participant.
    pub bytes_sent: u64,
    /// RTP packets received.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Packets that did not reach the hub and were not repaired.
    pub packets_lost_received: u64,
    /// Packets the participant reports lost.
    pub packets_lost_sent: u64,
}

/// What the engine tells, in the order it happened for each call.
#[derive(Debug, Clone)]
pub enum MediaEvent {
    /// Encrypted media can flow.
    Connected {
        /// The call's conference.
        conference: ConferenceId,
        /// Which call.
        call: CallId,
    },
    /// How loud everybody was, told a few times a second while somebody sends sound.
    Loudness {
        /// The conference.
        conference: ConferenceId,
        /// Each sender of sound with its smoothed level: 0 (silence) to 127
        /// (loudest), the inverse of RFC 6464's dBov.
        levels: Vec<(CallId, u8)>,
    },
    /// Which of a sender's simulcast layers of its camera anybody needs, where
    /// that is not all it has announced, or was not once. Told when it changes,
    /// and again every few seconds.
    LayersNeeded {
        /// The call's conference.
        conference: ConferenceId,
        /// The sender's call.
        call: CallId,
        /// The layers' names (RFC 8851).
        rids: Vec<String>,
    },
    /// How a call went in the last [`crate::SAMPLE_INTERVAL`].
    Sampled {
        /// The call's conference.
        conference: ConferenceId,
        /// Which call.
        call: CallId,
        /// How it went.
        sample: CallSample,
    },
    /// The call is gone. The last event of a call, exactly once for each that was opened.
    Closed {
        /// The call's conference.
        conference: ConferenceId,
        /// Which call.
        call: CallId,
        /// Why.
        reason: CloseReason,
        /// What it moved.
        statistics: CallStatistics,
    },
}

/// How often levels are told.
pub const LOUDNESS_INTERVAL: Duration = Duration::from_millis(200);

/// How the engine is started.
#[derive(Debug, Clone)]
pub struct Config {
    /// The one address and port for all media, UDP and TCP.
    pub listen: SocketAddr,
    /// What is put in ICE candidates; empty = the addresses of the machine's
    /// interfaces. A port of 0 means the port listened on.
    pub announce: Vec<SocketAddr>,
    /// Whether loopback addresses are candidates when nothing is announced.
    pub loopback: bool,
    /// Media threads, 1 or more; 0 = one less than the machine's processors.
    pub threads: usize,
    /// Most calls at once.
    pub max_calls: usize,
    /// How long a call may be without a connectivity check of its participant
    /// until it is taken for lost (RFC 7675). Browsers check every few seconds.
    pub consent_timeout: Duration,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The media port could not be opened.
    #[error("the media address {address} cannot be opened: {source}")]
    Listen {
        /// What was to be listened on.
        address: SocketAddr,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Nothing can be announced to browsers.
    #[error("no network address to announce; set media.announce")]
    NoAddress,
    /// The threads could not be started.
    #[error("the media threads cannot be started: {0}")]
    Threads(std::io::Error),
    /// No DTLS certificate could be made.
    #[error("no certificate for DTLS could be made")]
    Certificate,
}

/// What the engine has counted since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls open now.
    pub calls: u64,
    /// RTP packets of participants, decrypted and new.
    pub packets_received: u64,
    /// Copies of them handed to receivers' calls, one for each slot the sender is in.
    pub packets_forwarded: u64,
    /// Frames of 20 ms that were mixed, each encoded once for all who hear it.
    pub frames_mixed: u64,
    /// RTP and RTCP datagrams given to the network.
    pub datagrams_sent: u64,
    /// Their bytes, without the headers of IP and UDP or TCP.
    pub bytes_sent: u64,
    /// Datagrams the network did not take in time.
    pub datagrams_dropped: u64,
    /// Datagrams of nobody: unknown source, garbage, wrong credentials.
    pub datagrams_unknown: u64,
    /// Datagrams of a call that could not be used, or are too long to be passed on.
    pub datagrams_invalid: u64,
    /// Calls lost to a fault in the engine.
    pub faults: u64,
}

/// A sign of life of one media thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadLife {
    /// How long ago it went through its loop. An idle one does so ten times a second.
    pub silent_for: Duration,
    /// The processor time it has used.
    pub cpu: Duration,
    /// How long it has waited for a processor although it had something to do;
    /// zero where the system does not tell.
    pub waited: Duration,
}
