//! Text messages with everything real but the gateways: those are small
//! servers that speak what the gateways' documentation says.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod callbacks;
mod gateways;
mod limits;
mod once;
mod rig;
mod sending;
