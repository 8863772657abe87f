//! The program as its users start it.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod admin;
mod audit;
mod calls;
mod demo;
mod process;
mod tls;
