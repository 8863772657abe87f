//! SMS API v1 over HTTP, against a whole hub.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod access;
mod limits;
mod reports;
mod rig;
mod sending;
