//! What is measured.

pub mod forward;
pub mod start;
