//! VDX API v2 over HTTP, against a whole hub.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod access;
mod audited;
mod booking;
mod boundaries;
mod changes;
mod documents;
mod meeting_matrix;
mod polling;
mod pools;
mod rig;
mod room_matrix;
mod rooms;
mod search;
mod templates;
