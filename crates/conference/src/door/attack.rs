//! A day of guessing from a thousand addresses, at the door itself.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use vdx_domain::Room;

use super::{Answer, Door};
use crate::admission::PinAnswer;
use crate::testing::{at, room};
use crate::token::Signer;
use crate::tries::{Budget, Used, WrongTries};

const ADDRESSES: u32 = 1000;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: i64 = 3600;

fn address(n: u32) -> IpAddr {
    IpAddr::V4((0xc612_0000 + n).into())
}

type Pins = std::ops::Range<u64>;

/// What a template draws from that somebody wrote carelessly.
const NARROW: Pins = 10_000..11_000;

/// Drawn PINs have no leading zero.
fn pins(digits: u32) -> Pins {
    10_u64.pow(digits - 1)..10_u64.pow(digits)
}

/// A room whose two PINs are drawn anew.
fn room_with(pins: &Pins, random: &mut StdRng) -> Room {
    let mut room = room();
    room.pin_choices = Some(u32::try_from(pins.end - pins.start).unwrap());
    let mut draw = || {
        Some(
            random
                .random_range(pins.clone())
                .to_string()
                .parse()
                .unwrap(),
        )
    };
    (room.host_pin, room.guest_pin) = (draw(), draw());
    room
}

/// An attacker who knows the rule, repeats no PIN, and begins anywhere.
struct Attacker {
    pins: Pins,
    next: u64,
    /// PINs that were compared.
    read: u64,
    is_in: bool,
}

impl Attacker {
    fn new(pins: &Pins, random: &mut StdRng) -> Self {
        Self {
            next: random.random_range(pins.clone()),
            pins: pins.clone(),
            read: 0,
            is_in: false,
        }
    }

    /// Tries one PIN from one address; what the hub then keeps of the room.
    fn try_one(&mut self, door: &Door, now: Timestamp, room: &Room, from: IpAddr) -> Option<Used> {
        if self.is_in {
            return None;
        }
        let guess = self.next.to_string();
        let decided = door.admit(now, room, None, PinAnswer::Digits(&guess), from);
        self.is_in = matches!(decided.answer, Answer::Admit(_));
        // What is told of the tries left tells also whether the PIN was read.
        let read = self.is_in || decided.counted.is_some();
        if read {
            self.read += 1;
            self.next += 1;
            if self.next == self.pins.end {
                self.next = self.pins.start;
            }
        }
        decided.counted.map(|counted| counted.room)
    }
}

fn door(tries: WrongTries) -> Door {
    Door::new(Signer::new(&[7; 32]), tries)
}

/// The odds of a day against two of these PINs.
fn odds(pins: &Pins, budget: Budget) -> f64 {
    2.0 * budget.room.most_within(DAY) as f64 / (pins.end - pins.start) as f64
}

#[test]
fn the_odds_of_a_day_are_what_was_asked_for() {
    for (digits, most) in [(5, 1e-3), (6, 1e-3), (7, 1e-3), (8, 1e-6), (9, 1e-6)] {
        let odds = odds(&pins(digits), Budget::USUAL);
        println!("{digits} digits: 1 in {:.0}", 1.0 / odds);
        assert!(odds <= most, "{digits} digits: {odds}");
    }
    for (pins, budget, most) in [
        (pins(4), Budget::SHORT_PIN, 1.0 / 281.0),
        (0..Budget::MANY, Budget::USUAL, 1e-3),
        (0..Budget::FEW, Budget::SHORT_PIN, 1.0 / 250.0),
        (NARROW, Budget::NARROW, 1.0 / 83.0),
    ] {
        let odds = odds(&pins, budget);
        println!("{pins:?}: 1 in {:.0}", 1.0 / odds);
        assert!(odds <= most, "{pins:?}: {odds}");
    }
}

#[test]
fn a_thousand_addresses_that_never_rest_are_read_as_often_as_computed() {
    let mut random = StdRng::seed_from_u64(1);
    for pins in [pins(4), pins(5), pins(8), NARROW] {
        let room = room_with(&pins, &mut random);
        let mut attacker = Attacker::new(&pins, &mut random);
        // Far from both PINs, so that the day is not over early.
        attacker.next = pins.start;
        let door = door(WrongTries::default());
        let mut tried = 0_u64;
        for minute in (0..=24 * 60).step_by(5) {
            for n in 0..ADDRESSES {
                attacker.try_one(&door, at(60 * minute), &room, address(n));
                tried += 1;
            }
        }
        let most = Budget::of(&room).room.most_within(DAY);
        println!("{pins:?}: {tried} tried, {} read", attacker.read);
        assert_eq!(attacker.read, most, "{pins:?}");
    }
}

/// Attacks rooms with new PINs for a day each, every hour from all addresses
/// that are still read. With `restarts` the hub is killed after each hour.
fn attacked_rooms(pins: &Pins, rooms: u32, seed: u64, restarts: bool) -> (u64, u32) {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut read, mut fallen) = (0, 0);
    for _ in 0..rooms {
        let room = room_with(pins, &mut random);
        let mut attacker = Attacker::new(pins, &mut random);
        let (mut door, mut kept) = (door(WrongTries::default()), None);
        for hour in 0..=24 {
            // From a random place, as many in turn as the room may bear and some more.
            let first = random.random_range(0..ADDRESSES);
            let tries = if hour == 0 { 25 } else { 3 };
            for n in 0..tries {
                let from = address((first + n) % ADDRESSES);
                kept = attacker
                    .try_one(&door, at(hour * HOUR), &room, from)
                    .or(kept);
            }
            if restarts {
                let rows = kept.map(|used: Used| (room.key, used));
                door = self::door(WrongTries::restored(rows));
            }
        }
        assert!(attacker.read <= Budget::of(&room).room.most_within(DAY));
        read += attacker.read;
        fallen += u32::from(attacker.is_in);
    }
    (read, fallen)
}

#[test]
fn as_many_rooms_fall_as_computed_and_restarts_change_nothing() {
    const ROOMS: u32 = 4_000;
    for (pins, budget) in [(pins(5), Budget::USUAL), (NARROW, Budget::NARROW)] {
        let expected = f64::from(ROOMS) * odds(&pins, budget);
        // Four standard deviations of a Poisson count: around 3.9, and around 48.
        let spread = 4.0 * expected.sqrt();
        let fewest = (expected - spread).max(1.0) as u32;
        let most = (expected + spread) as u32;
        for restarts in [false, true] {
            let (read, fallen) = attacked_rooms(&pins, ROOMS, 2, restarts);
            println!(
                "{pins:?}, restarts {restarts}: {fallen} of {ROOMS} rooms fell to {read} PINs, {expected:.1} computed"
            );
            assert!((fewest..=most).contains(&fallen), "{fallen} rooms fell");
        }
    }
}
