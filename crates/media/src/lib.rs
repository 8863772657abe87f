//! Packets: ICE, DTLS, SRTP and RTP (str0m), and the slots that receivers see.

mod types;

pub use types::{
    Assignment, CallOpened, CallRefused, CallStatistics, CloseReason, Content, LOUDNESS_INTERVAL,
    MAX_SLOTS, MediaEvent, OpenCall, Slot, SlotSection, VideoCodec,
};
