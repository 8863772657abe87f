//! VDX API v1 over HTTP, against a whole hub.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod certificate_rig;
mod certificates;
mod dates;
mod end;
mod errors;
mod matrix;
mod pools;
mod rig;
mod search;
mod shapes;
mod text_messages;
