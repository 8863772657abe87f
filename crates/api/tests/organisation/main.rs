//! The organisation API over HTTP, against a whole hub on either engine.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod boundaries;
mod concurrency;
mod keys;
mod matrix;
mod older;
mod owners;
mod rig;
mod themes;
mod trees;
