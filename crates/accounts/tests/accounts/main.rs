//! Accounts on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod clients;
mod issuers;
mod rig;
mod tokens;
