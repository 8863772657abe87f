//! Pools: rooms that are made before anybody asks for one, so that a meeting
//! that starts at once finds its room live on every node of the engine.

mod attach;
mod rooms;

pub(crate) use attach::Taker;
