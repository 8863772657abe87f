//! One sound out of several voices, for clients that have one place for sound:
//! Opus is decoded, added up without the receiver's own voice, and encoded.
//! Packets come and go as payloads; this crate knows no network.

mod codec;
mod mixer;
mod source;
#[cfg(test)]
mod testing;
mod thread;
mod types;

pub use codec::{CodecError, FRAME, LONGEST, MAX_PAYLOAD, SAMPLE_RATE, duration};
pub use mixer::{Mixer, TICK};
pub use thread::{MixerThread, Overrun};
pub use types::{Frame, Joining, MAX_VOICES, Mix, Mixed, Packet, Tune};
