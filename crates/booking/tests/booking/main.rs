//! Booking on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod concurrency;
mod creation;
mod lifecycle;
mod rig;
mod templates;
mod visibility;
