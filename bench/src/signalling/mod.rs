//! How clients get into a room: everything that differs between servers.

pub mod hub;
pub mod janus;

use std::time::Instant;

use anyhow::Result;

use crate::endpoint::{Endpoint, Plan};

/// A server whose rooms the load generator can enter.
///
/// The server decides who makes the offer and how many peer connections a
/// client has: one at the hub; with others, one to send and one for each that
/// is received.
pub trait Signalling {
    /// How a room is found.
    type Room;
    /// A participant's stay in a room; ends when dropped, properly with `leave`.
    type Session;

    /// Enters `room` as `person` and negotiates media.
    fn join(
        &self,
        room: &Self::Room,
        person: &Person,
        plan: Plan,
    ) -> impl Future<Output = Result<Joined<Self::Session>>>;

    /// Leaves the room.
    fn leave(&self, session: Self::Session) -> impl Future<Output = Result<()>>;
}

/// Who enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name others read.
    pub name: String,
    /// Host or guest.
    pub role: Role,
}

/// What a person is in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Starts the meeting.
    Host,
    /// Waits for a host.
    Guest,
}

/// A person in a room.
#[derive(Debug)]
pub struct Joined<Session> {
    /// The stay.
    pub session: Session,
    /// The clients to hand to a generator.
    pub endpoints: Vec<Endpoint>,
    /// When the first request was made.
    pub asked: Instant,
}
