//! The rule at its boundaries.

use std::net::IpAddr;
use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{FixedRoomId, Room, RoomKey};

use super::*;
use crate::testing::{at, room};

const HOUR: i64 = 3600;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn host(n: u32) -> IpAddr {
    IpAddr::V4((0x0a00_0000 + n).into())
}

fn five_digits() -> Room {
    let mut room = room();
    room.host_pin = Some("11111".parse().unwrap());
    room.guest_pin = Some("22222222".parse().unwrap());
    room
}

/// Tries from `address` until PINs are not read any more; how often that was.
fn exhaust(tries: &mut WrongTries, now: Timestamp, room: &Room, address: IpAddr) -> usize {
    (0..)
        .take_while(|_| {
            let may = tries.left(now, room, address).any();
            if may {
                tries.count(now, room, address);
            }
            may
        })
        .count()
}

#[test]
fn out_of_how_many_numbers_pins_are_drawn_decides_the_budget() {
    let mut room = five_digits();
    for (choices, budget) in [
        (90_000, Budget::USUAL),
        (88_000, Budget::USUAL),
        (87_999, Budget::SHORT_PIN),
        (8_000, Budget::SHORT_PIN),
        (7_999, Budget::NARROW),
        (1, Budget::NARROW),
    ] {
        room.pin_choices = Some(choices);
        assert_eq!(Budget::of(&room), budget, "{choices}");
    }
    // A chosen PIN may be the easier one.
    room.pin_choices = Some(u32::MAX);
    room.host_pin = Some("1111".parse().unwrap());
    assert_eq!(Budget::of(&room), Budget::SHORT_PIN);
    room.host_pin = Some("1".repeat(20).parse().unwrap());
    assert_eq!(Budget::of(&room), Budget::USUAL);
}

#[test]
fn the_shortest_pin_decides_the_budget() {
    let mut room = five_digits();
    assert_eq!(Budget::of(&room), Budget::USUAL);
    room.guest_pin = Some("2222".parse().unwrap());
    assert_eq!(Budget::of(&room), Budget::SHORT_PIN);
    room.guest_pin = None;
    assert_eq!(Budget::of(&room), Budget::USUAL);
}

#[test]
fn what_is_left_is_what_the_scarcest_allowance_bears() {
    let room = five_digits();
    let mut tries = WrongTries::default();
    let some = |count| TriesLeft::More(NonZeroU32::new(count).unwrap());
    let none = |seconds| TriesLeft::NoneFor(SignedDuration::from_secs(seconds));
    for left in (1..=5).rev() {
        assert_eq!(tries.left(at(0), &room, host(1)), some(left));
        tries.count(at(0), &room, host(1));
    }
    assert_eq!(
        tries.left(at(0), &room, host(1)),
        none(HOUR),
        "the address's here"
    );
    assert_eq!(tries.left(at(HOUR - 1), &room, host(1)), none(1));
    assert_eq!(tries.left(at(HOUR), &room, host(1)), some(1));
    for n in 2..=4 {
        exhaust(&mut tries, at(0), &room, host(n));
    }
    // All 20 of the room, at the same instant.
    assert_eq!(tries.left(at(0), &room, host(5)), none(HOUR), "the room's");
    assert_eq!(tries.left(at(HOUR), &room, host(5)), some(1));
    for _ in 0..195 {
        tries.count(at(0), &five_digits(), host(1));
    }
    let other = five_digits();
    assert_eq!(
        tries.left(at(0), &other, host(1)),
        none(60),
        "the address's everywhere"
    );
    assert_eq!(tries.left(at(60), &other, host(1)), some(1));
    assert_eq!(tries.left(at(0), &room, host(1)), none(HOUR), "the longest");
}

#[test]
fn one_address_has_five_tries_in_a_room_and_one_more_each_hour() {
    let (room, other_room) = (five_digits(), five_digits());
    let mut tries = WrongTries::default();
    assert_eq!(exhaust(&mut tries, at(0), &room, host(1)), 5);
    assert!(tries.left(at(0), &room, host(2)).any());
    assert!(tries.left(at(0), &other_room, host(1)).any());
    assert!(!tries.left(at(HOUR - 1), &room, host(1)).any());
    assert_eq!(exhaust(&mut tries, at(HOUR), &room, host(1)), 1);
}

#[test]
fn one_address_alone_never_uses_up_a_room() {
    let room = five_digits();
    let mut tries = WrongTries::default();
    for minute in 0..3 * 24 * 60 {
        exhaust(&mut tries, at(60 * minute), &room, host(1));
        assert!(
            tries.left(at(60 * minute), &room, host(2)).any(),
            "{minute}"
        );
    }
}

#[test]
fn many_addresses_use_a_room_up_and_it_grows_back_by_one_an_hour() {
    let room = five_digits();
    let mut tries = WrongTries::default();
    let wave = |tries: &mut WrongTries, now| -> usize {
        (0..1000).map(|n| exhaust(tries, now, &room, host(n))).sum()
    };
    assert_eq!(wave(&mut tries, at(0)), 20);
    assert_eq!(wave(&mut tries, at(HOUR - 1)), 0);
    assert_eq!(wave(&mut tries, at(HOUR)), 1);
    assert_eq!(wave(&mut tries, at(5 * HOUR)), 4);
}

#[test]
fn the_try_that_uses_a_room_up_is_told_once() {
    let room = five_digits();
    let mut tries = WrongTries::default();
    let told: Vec<bool> = (0..20)
        .map(|n| tries.count(at(0), &room, host(n)).used_up)
        .collect();
    assert_eq!(told.iter().filter(|used_up| **used_up).count(), 1);
    assert_eq!(told.last(), Some(&true));
}

#[test]
fn an_address_has_an_end_over_all_rooms_too() {
    let mut tries = WrongTries::default();
    let total: usize = (0..100)
        .map(|_| exhaust(&mut tries, at(0), &five_digits(), host(1)))
        .sum();
    assert_eq!(total, 200);
    assert!(tries.left(at(0), &five_digits(), host(2)).any());
    assert_eq!(exhaust(&mut tries, at(60), &five_digits(), host(1)), 1);
}

#[test]
fn one_ipv6_line_counts_once_and_mapped_ipv4_as_itself() {
    let room = five_digits();
    let mut tries = WrongTries::default();
    for n in 1..=5 {
        tries.count(at(0), &room, ip(&format!("2001:db8:0:1::{n}")));
        tries.count(at(0), &room, ip("::ffff:192.0.2.9"));
    }
    assert!(!tries.left(at(0), &room, ip("2001:db8:0:1::99")).any());
    assert!(tries.left(at(0), &room, ip("2001:db8:0:2::99")).any());
    assert!(!tries.left(at(0), &room, ip("192.0.2.9")).any());
    assert!(tries.left(at(0), &room, ip("192.0.2.10")).any());
}

#[test]
fn a_restart_forgets_nothing_of_a_room() {
    let room = five_digits();
    let mut tries = WrongTries::default();
    let mut kept = Used::NOTHING;
    for n in 0..20 {
        kept = tries.count(at(0), &room, host(n)).room;
    }
    let restored = WrongTries::restored([(room.key, kept)]);
    assert!(!restored.left(at(HOUR - 1), &room, host(99)).any());
    assert!(restored.left(at(HOUR), &room, host(99)).any());
}

#[test]
fn a_flood_of_other_rooms_and_addresses_makes_nothing_forgotten_that_counts() {
    let target = five_digits();
    let mut tries = WrongTries::default();
    for n in 0..20 {
        tries.count(at(0), &target, host(n));
    }
    let mut other = five_digits();
    for n in 0..u32::try_from(MAX_ROOMS + MAX_ADDRESSES).unwrap() {
        other.key = RoomKey::Fixed(FixedRoomId::generate());
        if tries.left(at(1), &other, host(n)).any() {
            tries.count(at(1), &other, host(n));
        }
    }
    assert_eq!(tries.rooms.len(), MAX_ROOMS);
    assert!(tries.addresses.len() <= MAX_ADDRESSES);
    assert!(!tries.left(at(1), &target, host(1_000_000)).any());
    other.key = RoomKey::Fixed(FixedRoomId::generate());
    assert!(
        !tries.left(at(1), &other, host(1_000_000)).any(),
        "no room for another room"
    );
    assert!(tries.left(at(HOUR), &target, host(1_000_000)).any());
}

#[test]
fn who_tries_from_everywhere_fills_no_memory_of_one_room() {
    let room = five_digits();
    let mut tries = WrongTries::default();
    for minute in 0..7 * 24 * 60 {
        for n in 0..3 {
            let address = host(3 * minute + n);
            let now = at(60 * i64::from(minute));
            if tries.left(now, &room, address).any() {
                tries.count(now, &room, address);
            }
        }
    }
    assert!(tries.rooms[&room.key].by_address.len() <= 25);
}

#[test]
fn rooms_whose_allowance_is_whole_again_are_forgotten() {
    let mut tries = WrongTries::default();
    for n in 0..FIRST_SWEEP {
        tries.count(at(0), &five_digits(), host(u32::try_from(n).unwrap()));
    }
    tries.count(at(2 * HOUR), &five_digits(), host(1));
    assert_eq!(tries.rooms.len(), 1);
}
