//! Counting wrong PINs, so that nobody finds one by trying.
//!
//! Three allowances are used up by a wrong PIN, and while one of them is, PINs
//! are refused unread: what somebody typed is then no longer compared, and a
//! right PIN gets the answer of a wrong one.
//!
//! * The **room's** decides the odds. It depends on how many PINs there could be
//!   ([`Budget::of`]) and counts tries at the host's and the guests' PIN
//!   together, from all addresses. It survives a restart, and is never dropped
//!   from memory while anything of it is used.
//! * The **address's in this room** keeps one caller from using up the room's: it
//!   grows back no faster than the room's, and begins smaller.
//! * The **address's in all rooms** slows down who tries one PIN in many rooms.
//!
//! Only the first is needed for the odds, so the other two may forget.

mod allowance;
mod left;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{Pin, Room, RoomKey};

pub use allowance::{Allowance, Used};
pub use left::TriesLeft;

/// Wrong PINs one address may type in all rooms together: a hospital is behind
/// one address.
pub const IN_ALL_ROOMS: Allowance = Allowance::new(200, SignedDuration::from_mins(1));

/// Most rooms remembered. Rooms are made by those who book, so nobody outside
/// can fill this; when it is full, PINs of further rooms are refused unread.
pub const MAX_ROOMS: usize = 100_000;

/// Most addresses remembered for all rooms together; then the half with the
/// least used is forgotten.
pub const MAX_ADDRESSES: usize = 50_000;

/// Rooms remembered before it is first looked which may be forgotten.
const FIRST_SWEEP: usize = 1000;

/// How many wrong PINs a room bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// From all addresses together.
    pub room: Allowance,
    /// From one address.
    pub address: Allowance,
}

impl Budget {
    /// For PINs of five digits and more, or out of [`Budget::MANY`] numbers: at
    /// most 44 wrong PINs a day. Against two PINs out of 90,000 (drawn ones have no
    /// leading zero) that is 1 in 1,022; with eight digits, 1 in 1,022,000.
    pub const USUAL: Self = Self {
        room: Allowance::new(20, SignedDuration::from_hours(1)),
        address: Allowance::new(5, SignedDuration::from_hours(1)),
    };

    /// For PINs of four digits, or out of [`Budget::FEW`] numbers: 16 a day, which
    /// is as few as people who mistype can live with; 1 in 281 against two PINs out
    /// of 9,000, 1 in 562 against one.
    pub const SHORT_PIN: Self = Self {
        room: Allowance::new(8, SignedDuration::from_hours(3)),
        address: Allowance::new(3, SignedDuration::from_hours(3)),
    };

    /// For PINs out of fewer numbers, whatever their length, as a template with a
    /// narrow range draws them: 6 a day; 1 in 83 against two PINs out of 1,000.
    pub const NARROW: Self = Self {
        room: Allowance::new(4, SignedDuration::from_hours(12)),
        address: Allowance::new(2, SignedDuration::from_hours(12)),
    };

    /// Out of so many numbers a day of guessing two PINs by the usual budget has
    /// odds of 1 in 1,000.
    pub const MANY: u64 = 88_000;

    /// Out of so many, by the budget of short PINs, 1 in 250.
    pub const FEW: u64 = 8_000;

    /// The budget of a room, by how many PINs there could be.
    #[must_use]
    pub fn of(room: &Room) -> Self {
        match choices(room) {
            Self::MANY.. => Self::USUAL,
            Self::FEW.. => Self::SHORT_PIN,
            _ => Self::NARROW,
        }
    }
}

/// Out of how many numbers the PIN is that is easiest to guess: all numbers of its
/// length, unless it is known to be one of fewer.
fn choices(room: &Room) -> u64 {
    let pins = [&room.host_pin, &room.guest_pin].into_iter().flatten();
    let of_length = |pin: &Pin| {
        let digits = u32::try_from(pin.reveal().len()).unwrap_or(u32::MAX);
        10_u64.saturating_pow(digits - 1).saturating_mul(9)
    };
    let by_length = pins.map(of_length).min().unwrap_or(u64::MAX);
    let drawn = room.pin_choices.map_or(u64::MAX, u64::from);
    by_length.min(drawn)
}

/// Wrong PINs by room and address.
#[derive(Debug)]
pub struct WrongTries {
    rooms: HashMap<RoomKey, RoomTries>,
    addresses: HashMap<IpAddr, Used>,
    sweep_at: usize,
}

#[derive(Debug)]
struct RoomTries {
    used: Used,
    /// Not more than the room's allowance lets in before they are over.
    by_address: Vec<(IpAddr, Used)>,
}

/// What a wrong PIN did to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// What is used of the room's allowance now: to be remembered.
    pub room: Used,
    /// The room's allowance is used up: from now on its PINs are not read.
    pub used_up: bool,
}

impl Default for WrongTries {
    fn default() -> Self {
        Self {
            rooms: HashMap::new(),
            addresses: HashMap::new(),
            sweep_at: FIRST_SWEEP,
        }
    }
}

impl WrongTries {
    /// Continues with what was used before a restart.
    #[must_use]
    pub fn restored(rooms: impl IntoIterator<Item = (RoomKey, Used)>) -> Self {
        let tries = |used| RoomTries {
            used,
            by_address: Vec::new(),
        };
        Self {
            rooms: rooms
                .into_iter()
                .map(|(room, used)| (room, tries(used)))
                .collect(),
            ..Self::default()
        }
    }

    /// How many wrong PINs from `address` for `room` may be looked at.
    #[must_use]
    pub fn left(&self, now: Timestamp, room: &Room, address: IpAddr) -> TriesLeft {
        let (budget, address) = (Budget::of(room), subscriber(address));
        let everywhere = self.addresses.get(&address).copied();
        let everywhere = TriesLeft::of(IN_ALL_ROOMS, now, everywhere.unwrap_or(Used::NOTHING));
        let (used, here) = match self.rooms.get(&room.key) {
            Some(tries) => (tries.used, tries.of(address)),
            None if self.rooms.len() < MAX_ROOMS => (Used::NOTHING, Used::NOTHING),
            // When another room is forgotten nobody knows; that is soon enough.
            None => return TriesLeft::NoneFor(budget.room.pause()),
        };
        everywhere
            .and(TriesLeft::of(budget.room, now, used))
            .and(TriesLeft::of(budget.address, now, here))
    }

    /// Counts a wrong PIN.
    pub fn count(&mut self, now: Timestamp, room: &Room, address: IpAddr) -> Counted {
        let (budget, address) = (Budget::of(room), subscriber(address));
        self.make_room(now);
        let everywhere = self.addresses.entry(address).or_insert(Used::NOTHING);
        *everywhere = IN_ALL_ROOMS.use_one(now, *everywhere);
        let tries = self.rooms.entry(room.key).or_insert(RoomTries {
            used: Used::NOTHING,
            by_address: Vec::new(),
        });
        tries.used = budget.room.use_one(now, tries.used);
        let here = budget.address.use_one(now, tries.of(address));
        tries
            .by_address
            .retain(|(other, used)| *other != address && !used.is_over(now));
        tries.by_address.push((address, here));
        Counted {
            room: tries.used,
            used_up: !budget.room.has_left(now, tries.used),
        }
    }

    /// Keeps the memory bounded. A room is forgotten only when its allowance is
    /// whole again.
    fn make_room(&mut self, now: Timestamp) {
        if self.rooms.len() >= self.sweep_at {
            self.rooms.retain(|_, tries| !tries.used.is_over(now));
            self.sweep_at = (2 * self.rooms.len()).max(FIRST_SWEEP);
        }
        if self.addresses.len() >= MAX_ADDRESSES {
            self.addresses.retain(|_, used| !used.is_over(now));
        }
        if self.addresses.len() >= MAX_ADDRESSES {
            let mut used: Vec<Used> = self.addresses.values().copied().collect();
            let middle = used.len() / 2;
            let (_, median, _) = used.select_nth_unstable(middle);
            let median = *median;
            self.addresses.retain(|_, used| *used > median);
        }
    }
}

impl RoomTries {
    fn of(&self, address: IpAddr) -> Used {
        let mut known = self.by_address.iter();
        known
            .find(|(other, _)| *other == address)
            .map_or(Used::NOTHING, |(_, used)| *used)
    }
}

/// The part of an address that stands for one subscriber: an IPv6 line gets 64
/// bits to choose its addresses from (RFC 7421).
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}
