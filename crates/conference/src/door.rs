//! The door of a node's rooms: what somebody shows, weighed against the room
//! and against how often wrong PINs were tried.

#[cfg(test)]
mod attack;

use std::net::IpAddr;

use jiff::Timestamp;
use parking_lot::Mutex;
use vdx_domain::{Pin, Room};

use crate::admission::{self, Decision, PinAnswer, Shown};
use crate::token::Signer;
use crate::tries::{Counted, WrongTries};

/// The door. Everybody comes through this one.
#[derive(Debug)]
pub struct Door {
    signer: Signer,
    tries: Mutex<WrongTries>,
}

/// What the door says, and what is to be remembered of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The decision. After too many wrong PINs the answer to any PIN is
    /// [`Decision::WrongPin`].
    pub decision: Decision,
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
    ) -> Answer {
        let ticket = ticket.and_then(|text| self.signer.read_ticket(now, room, text));
        let shown = Shown { ticket, pin };
        if !admission::reads_pin(room, shown) {
            return Answer {
                decision: admission::decide(room, shown),
                counted: None,
            };
        }
        // Held from the question to the count, so that PINs tried at the same
        // time count one after the other.
        let mut tries = self.tries.lock();
        if !tries.may_try(now, room, address) {
            return Answer {
                decision: Decision::WrongPin,
                counted: None,
            };
        }
        let decision = admission::decide(room, shown);
        let wrong = decision == Decision::WrongPin && is_a_guess(pin);
        Answer {
            decision,
            counted: wrong.then(|| tries.count(now, room, address)),
        }
    }
}

/// What can be no PIN of any room tells nobody anything about one.
fn is_a_guess(pin: PinAnswer<'_>) -> bool {
    matches!(pin, PinAnswer::Digits(digits) if digits.parse::<Pin>().is_ok())
}
