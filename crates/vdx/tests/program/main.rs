//! The program as its users start it.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod admin;
mod audit;
mod caller;
mod calls;
mod client_certificates;
mod demo;
mod events;
mod health_check;
mod process;
mod server;
mod sms;
mod tls;
