//! Packets: ICE, DTLS, SRTP and RTP (str0m), and the slots that receivers see.

mod accounts;
mod allocation;
mod beginning;
mod call;
mod ceiling;
mod climb;
mod counters;
mod demux;
mod egress;
mod engine;
mod estimate;
mod frame;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod hash;
mod layers;
mod packet;
mod quality;
mod reception;
mod redundancy;
mod sdp;
mod slot_stream;
mod sps;
mod switchboard;
mod tcp;
mod types;
mod udp;
mod worker;

pub use engine::Engine;
pub use quality::{CallSample, DirectionSample, SAMPLE_INTERVAL};
pub use sdp::{MAX_RELAYED_BYTES, RelayedDescription};
pub use vdx_mix::MAX_VOICES;

pub use types::{
    Assignment, CallOpened, CallRefused, CallStatistics, CloseReason, Config, Content, Counters,
    LOUDNESS_INTERVAL, MAX_SLOTS, MediaEvent, OpenCall, Shown, Slot, SlotSection, StartError,
    ThreadLife, VideoCodec,
};
