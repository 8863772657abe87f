//! The door of a node's rooms: what somebody shows, weighed against the room
//! and against how often wrong PINs were tried.

#[cfg(test)]
mod attack;

use std::net::IpAddr;

use jiff::Timestamp;
use parking_lot::Mutex;
use vdx_domain::{ParticipantRole, Pin, Room};

use crate::admission::{self, Decision, PinAnswer, PinsNeeded, Shown};
use crate::token::Signer;
use crate::tries::{Counted, TriesLeft, WrongTries};

/// The door. Everybody comes through this one.
#[derive(Debug)]
pub struct Door {
    signer: Signer,
    tries: Mutex<WrongTries>,
}

/// What the door says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Come in.
    Admit(ParticipantRole),
    /// A PIN is needed.
    AskPin(PinsNeeded),
    /// Those digits are no PIN of this room, or were not looked at, because too
    /// many wrong ones were tried.
    WrongPin(TriesLeft),
}

/// What the door says, and what is to be remembered of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// The answer.
    pub answer: Answer,
    /// A wrong PIN was counted.
    pub counted: Option<Counted>,
}

impl Door {
    /// A door that checks tickets of `signer` and continues with `tries`.
    #[must_use]
    pub fn new(signer: Signer, tries: WrongTries) -> Self {
        Self {
            signer,
            tries: Mutex::new(tries),
        }
    }

    /// Whether somebody may enter, and as what.
    #[must_use]
    pub fn admit(
        &self,
        now: Timestamp,
        room: &Room,
        ticket: Option<&str>,
        pin: PinAnswer<'_>,
        address: IpAddr,
    ) -> Decided {
        let ticket = ticket.and_then(|text| self.signer.read_ticket(now, room, text));
        let shown = Shown { ticket, pin };
        // Held from the question to the count, so that PINs tried at the same
        // time count one after the other.
        let mut tries = self.tries.lock();
        let left = tries.left(now, room, address);
        if admission::reads_pin(room, shown) && !left.any() {
            return Decided {
                answer: Answer::WrongPin(left),
                counted: None,
            };
        }
        let mut counted = None;
        let answer = match admission::decide(room, shown) {
            Decision::Admit(role) => Answer::Admit(role),
            Decision::AskPin(needed) => Answer::AskPin(needed),
            Decision::WrongPin => {
                counted = is_a_guess(pin).then(|| tries.count(now, room, address));
                Answer::WrongPin(tries.left(now, room, address))
            }
        };
        Decided { answer, counted }
    }
}

/// What can be no PIN of any room tells nobody anything about one.
fn is_a_guess(pin: PinAnswer<'_>) -> bool {
    matches!(pin, PinAnswer::Digits(digits) if digits.parse::<Pin>().is_ok())
}
