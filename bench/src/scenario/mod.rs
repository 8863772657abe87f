//! What is measured.

pub mod bookings;
pub mod denmark;
pub mod direct;
pub mod forward;
pub mod joins;
pub mod mix;
pub mod rooms;
pub mod start;
pub mod year;
