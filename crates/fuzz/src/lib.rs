//! What the fuzz targets do with their bytes. The targets themselves are in
//! `fuzz/`, which needs the compiler's coverage counters; what they found worth
//! keeping is in `fuzz/corpus/`, and the tests of this crate replay it.
//!
//! Each function panics when the hub did what it never may.

#![expect(
    clippy::expect_used,
    reason = "for tests alone, which stop when their rig fails"
)]

mod client;
pub mod seeds;

pub use client::client;
pub use vdx_media::fuzzing::{rtcp, rtp, sdp, stun};

/// What a target does with bytes.
pub type Target = fn(&[u8]);

/// The names of the targets that need no hub, and what they do.
pub const MEDIA: [(&str, Target); 4] = [
    ("sdp", |data| {
        sdp(data);
    }),
    ("stun", stun),
    ("rtp", |data| {
        rtp(data);
    }),
    ("rtcp", rtcp),
];
