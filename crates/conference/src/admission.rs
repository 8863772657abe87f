//! Who may enter a room, and as what: a pure rule.

use vdx_domain::{ParticipantRole, Room};

/// What somebody shows at the door.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// As what a valid ticket for this room lets its holder in.
    pub ticket: Option<ParticipantRole>,
    /// What was said when asked for a PIN.
    pub pin: PinAnswer<'a>,
}

/// The answer to "which PIN?".
#[derive(Clone, Copy)]
pub enum PinAnswer<'a> {
    /// Not asked yet.
    Missing,
    /// "I have none, I am a guest."
    Guest,
    /// These digits.
    Digits(&'a str),
}

impl<'a> PinAnswer<'a> {
    /// Reads the `pin` header, where `none` stands for a guest without a PIN.
    #[must_use]
    pub fn from_header(value: Option<&'a str>) -> Self {
        match value.map(str::trim) {
            None | Some("") => Self::Missing,
            Some(word) if word.eq_ignore_ascii_case("none") => Self::Guest,
            Some(digits) => Self::Digits(digits),
        }
    }
}

/// What the door says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Come in.
    Admit(ParticipantRole),
    /// A PIN is needed.
    AskPin(PinsNeeded),
    /// Those digits are no PIN of this room.
    WrongPin,
}

/// Which PINs a room asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinsNeeded {
    /// Hosts need one.
    pub host: bool,
    /// Guests need one, or cannot enter at all.
    pub guest: bool,
}

/// Decides.
///
/// * With a host PIN, its holder is a host. Guests enter with the guest PIN;
///   where there is none and guests are allowed, without.
/// * Without a host PIN everybody is a host, since guests would wait for ever.
///   A guest PIN set alone is then one PIN for all.
/// * A guest's ticket stands for the guest PIN and for nothing more; its holder
///   may still type the host PIN. A host's ticket stands for the host PIN,
///   whatever is typed.
#[must_use]
pub fn decide(room: &Room, shown: Shown<'_>) -> Decision {
    let by_ticket = shown.ticket.is_some();
    match (&room.host_pin, &room.guest_pin) {
        _ if shown.ticket == Some(ParticipantRole::Host) => Decision::Admit(ParticipantRole::Host),
        (None, None) => Decision::Admit(ParticipantRole::Host),
        (None, Some(pin)) => match shown.pin {
            _ if by_ticket => Decision::Admit(ParticipantRole::Host),
            PinAnswer::Digits(digits) if pin.matches(digits) => {
                Decision::Admit(ParticipantRole::Host)
            }
            PinAnswer::Digits(_) => Decision::WrongPin,
            PinAnswer::Missing | PinAnswer::Guest => Decision::AskPin(pins_needed(room)),
        },
        (Some(host_pin), guest_pin) => match shown.pin {
            PinAnswer::Digits(digits) => {
                // Both are compared always, so that the time tells nothing.
                let host = host_pin.matches(digits);
                let guest = guest_pin.as_ref().is_some_and(|pin| pin.matches(digits));
                if host {
                    Decision::Admit(ParticipantRole::Host)
                } else if guest && room.allow_guests {
                    Decision::Admit(ParticipantRole::Guest)
                } else {
                    Decision::WrongPin
                }
            }
            PinAnswer::Missing | PinAnswer::Guest if by_ticket && room.allow_guests => {
                Decision::Admit(ParticipantRole::Guest)
            }
            PinAnswer::Guest if room.allow_guests && guest_pin.is_none() => {
                Decision::Admit(ParticipantRole::Guest)
            }
            PinAnswer::Missing | PinAnswer::Guest => Decision::AskPin(pins_needed(room)),
        },
    }
}

/// Whether [`decide`] compares what was typed with the room's PINs.
#[must_use]
pub fn reads_pin(room: &Room, shown: Shown<'_>) -> bool {
    let undecided = match shown.ticket {
        Some(ParticipantRole::Host) => false,
        Some(ParticipantRole::Guest) => room.host_pin.is_some(),
        None => room.host_pin.is_some() || room.guest_pin.is_some(),
    };
    undecided && matches!(shown.pin, PinAnswer::Digits(_))
}

/// Which PINs the room asks for.
#[must_use]
pub fn pins_needed(room: &Room) -> PinsNeeded {
    PinsNeeded {
        host: room.host_pin.is_some(),
        guest: room.guest_pin.is_some() || (room.host_pin.is_some() && !room.allow_guests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::room;

    const HOST: Decision = Decision::Admit(ParticipantRole::Host);
    const GUEST: Decision = Decision::Admit(ParticipantRole::Guest);
    const WRONG: Decision = Decision::WrongPin;

    fn ask(host: bool, guest: bool) -> Decision {
        Decision::AskPin(PinsNeeded { host, guest })
    }

    /// host PIN, guest PIN, guests allowed → answers to: nothing, `none`, host
    /// PIN, guest PIN, wrong PIN; then the same with a ticket.
    type Row = (bool, bool, bool, [Decision; 5], [Decision; 5]);

    fn table() -> Vec<Row> {
        let (t, f) = (true, false);
        let hg = ask(t, t);
        let h = ask(t, f);
        let g = ask(f, t);
        vec![
            (f, f, t, [HOST; 5], [HOST; 5]),
            (f, f, f, [HOST; 5], [HOST; 5]),
            (f, t, t, [g, g, WRONG, HOST, WRONG], [HOST; 5]),
            (f, t, f, [g, g, WRONG, HOST, WRONG], [HOST; 5]),
            (
                t,
                f,
                t,
                [h, GUEST, HOST, WRONG, WRONG],
                [GUEST, GUEST, HOST, WRONG, WRONG],
            ),
            (
                t,
                f,
                f,
                [hg, hg, HOST, WRONG, WRONG],
                [hg, hg, HOST, WRONG, WRONG],
            ),
            (
                t,
                t,
                t,
                [hg, hg, HOST, GUEST, WRONG],
                [GUEST, GUEST, HOST, GUEST, WRONG],
            ),
            (
                t,
                t,
                f,
                [hg, hg, HOST, WRONG, WRONG],
                [hg, hg, HOST, WRONG, WRONG],
            ),
        ]
    }

    #[test]
    fn every_combination_of_pins_tickets_and_answers() {
        let answers = [
            PinAnswer::Missing,
            PinAnswer::Guest,
            PinAnswer::Digits("1111"),
            PinAnswer::Digits("2222"),
            PinAnswer::Digits("3333"),
        ];
        for (host, guest, allow_guests, without, with) in table() {
            let mut room = room();
            room.host_pin = host.then(|| "1111".parse().unwrap());
            room.guest_pin = guest.then(|| "2222".parse().unwrap());
            room.allow_guests = allow_guests;
            for (ticket, expected) in [
                (None, without),
                (Some(ParticipantRole::Guest), with),
                (Some(ParticipantRole::Host), [HOST; 5]),
            ] {
                for (n, pin) in answers.into_iter().enumerate() {
                    let shown = Shown { ticket, pin };
                    let decision = decide(&room, shown);
                    assert_eq!(
                        decision, expected[n],
                        "host PIN {host}, guest PIN {guest}, guests {allow_guests}, \
                         ticket {ticket:?}, answer {n}"
                    );
                    assert!(decision != WRONG || reads_pin(&room, shown));
                }
            }
        }
    }

    #[test]
    fn the_same_pin_for_both_makes_a_host() {
        let mut room = room();
        room.guest_pin = room.host_pin.clone();
        let pin = PinAnswer::Digits("1111");
        assert_eq!(decide(&room, Shown { ticket: None, pin }), HOST);
    }

    #[test]
    fn the_header_reads_as_missing_guest_or_digits() {
        assert!(matches!(PinAnswer::from_header(None), PinAnswer::Missing));
        assert!(matches!(
            PinAnswer::from_header(Some(" ")),
            PinAnswer::Missing
        ));
        assert!(matches!(
            PinAnswer::from_header(Some("none")),
            PinAnswer::Guest
        ));
        assert!(matches!(
            PinAnswer::from_header(Some("0123")),
            PinAnswer::Digits("0123")
        ));
    }
}
