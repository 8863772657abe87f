//! What is measured.

pub mod direct;
pub mod forward;
pub mod start;
