//! Further offers of a call whose streams exist.

use proptest::prelude::*;

use super::world::{Wanted, World};
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const RECEIVED: Wanted = Wanted {
    received: true,
    slides: false,
};
const LEFT_OUT: Wanted = Wanted {
    received: false,
    slides: false,
};

/// Two people, and one who sees them in turns in so many slots.
fn watched(slots: u8) -> (World, usize) {
    let mut world = World::new();
    let people = [world.join(1, 1), world.join(1, 1)];
    let viewer = world.join(0, slots);
    let pictures: Vec<(usize, bool)> = people
        .into_iter()
        .cycle()
        .map(|person| (person, true))
        .take(slots.into())
        .collect();
    world.seat(&[(viewer, &pictures)]);
    until_seen(&mut world, viewer, slots);
    (world, viewer)
}

/// Lets time pass until a picture has come in each slot.
fn until_seen(world: &mut World, viewer: usize, slots: u8) {
    let from = world.now;
    world.until("all pictures", 20 * SECOND, |world| {
        let seen = world.seen(viewer, from);
        (0..usize::from(slots)).all(|slot| seen.iter().any(|one| one.slot == slot))
    });
}

#[test]
fn a_picture_that_was_left_out_comes_back_and_the_next_goes_on() {
    let (mut world, viewer) = watched(2);
    // The second moves up meanwhile.
    world.offer_again(viewer, &[LEFT_OUT, RECEIVED]);
    world.pass(SECOND);
    world.offer_again(viewer, &[RECEIVED, RECEIVED]);
    until_seen(&mut world, viewer, 2);
    let seen = world.seen(viewer, world.connected(viewer).unwrap());
    let second = seen.iter().filter(|seen| seen.slot == 1);
    let numbers: Vec<u64> = second.map(|seen| seen.sequence).collect();
    assert!(numbers.is_sorted(), "one unbroken stream: {numbers:?}");
}

#[test]
fn the_answer_asks_the_camera_for_no_more_than_the_room_is_for() {
    let now = Instant::now();
    let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
    for (quality, bits) in [
        (VmrQuality::Sd, 1_000_000),
        (VmrQuality::Hd, 2_500_000),
        (VmrQuality::Fullhd, 4_000_000),
    ] {
        let asked = OpenCall {
            quality,
            ..asked(offering.offer())
        };
        let mut board = board(now);
        let first = board.open(&asked, now).unwrap().answer;
        let again = board.change(asked.call, &asked.offer, now).unwrap().answer;
        for answer in [first, again] {
            let lines: Vec<&str> = answer.lines().filter(|l| l.starts_with("b=")).collect();
            assert_eq!(lines, [format!("b=TIAS:{bits}")], "{answer}");
        }
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let weighted = prop::bool::weighted;
    (weighted(0.6), weighted(0.3)).prop_map(|(received, slides)| Wanted { received, slides })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    // The world sees to it that nothing is.
    #[test]
    fn whatever_is_offered_again_nothing_is_sealed_twice(
        offers in prop::collection::vec(prop::collection::vec(wanted(), 4), 1..8),
    ) {
        let (mut world, viewer) = watched(4);
        for offer in &offers {
            world.offer_again(viewer, offer);
            world.pass(SECOND / 2);
        }
        world.offer_again(viewer, &[LEFT_OUT; 4]);
        world.offer_again(viewer, &[RECEIVED; 4]);
        until_seen(&mut world, viewer, 4);
    }
}
