//! Booking on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod audit;
mod changes;
mod concurrency;
mod creation;
mod draws;
mod events;
mod lifecycle;
mod links;
mod pool_jobs;
mod pool_rooms;
mod pools;
mod reports;
mod reservations;
mod rig;
mod room_hosts;
mod room_lists;
mod search;
mod template_admin;
mod templates;
mod visibility;
