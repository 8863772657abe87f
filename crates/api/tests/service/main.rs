//! What surrounds the APIs and lets callers in: the token service, limits,
//! failures, health.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod apps;
mod browser;
mod callers;
mod documents;
mod health;
mod limits;
mod messages;
mod sign_in;
mod tokens;
