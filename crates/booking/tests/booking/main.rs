//! Booking on both engines.

mod concurrency;
mod creation;
mod lifecycle;
mod rig;
mod templates;
mod visibility;
