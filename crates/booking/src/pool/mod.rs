//! Pools: rooms that are made before anybody asks for one, so that a meeting
//! that starts at once finds its room live on every node of the engine.

mod attach;
mod filler;
mod reservation;
mod rooms;
mod state;
mod upkeep;

pub(crate) use attach::Taker;
pub use state::PoolState;
