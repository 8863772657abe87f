//! Which layers receivers get, in networks of all kinds.

use super::world::{Seen, World};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Two people; the second sees the first in a large picture.
fn talk() -> (World, usize, usize) {
    let mut world = World::new();
    let (speaker, viewer) = (world.join(3, 1), world.join(0, 1));
    world.seat(&[(viewer, &[(speaker, true)])]);
    world.until("both to connect", 5 * SECOND, |world| {
        world.connected(speaker).is_some() && world.connected(viewer).is_some()
    });
    (world, speaker, viewer)
}

/// The layer that arrived last.
fn layer(world: &World, viewer: usize, slot: usize) -> Option<u8> {
    let seen = world.seen(viewer, world.now - Duration::from_millis(200));
    seen.iter()
        .rev()
        .find(|seen| seen.slot == slot)
        .map(|seen| seen.layer)
}

/// How often the layer changed.
fn switches(seen: &[Seen]) -> usize {
    seen.windows(2)
        .filter(|pair| pair[0].layer != pair[1].layer)
        .count()
}

/// The longest time in which nothing arrived.
fn longest_gap(seen: &[Seen]) -> Duration {
    let gaps = seen.windows(2).map(|pair| pair[1].at - pair[0].at);
    gaps.max().unwrap_or(Duration::MAX)
}

/// An unbroken stream: no sequence number is missing or comes twice.
fn assert_unbroken(seen: &[Seen]) {
    let mut numbers: Vec<u64> = seen.iter().map(|seen| seen.sequence).collect();
    numbers.sort_unstable();
    let gaps: Vec<_> = numbers
        .windows(2)
        .filter(|pair| pair[0] + 1 != pair[1])
        .collect();
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn who_has_the_bandwidth_gets_what_it_shows() {
    let (mut world, _, viewer) = talk();
    let begun = world.now;
    for (height, expected) in [(720, 2), (360, 1), (150, 0), (2000, 2), (225, 0), (300, 1)] {
        world.show(viewer, &[Some(height)]);
        // A first estimate of what fits may be corrected once more.
        let what = format!("the layer of {height} rows");
        world.until_it_stays(&what, 20 * SECOND, |world| {
            layer(world, viewer, 0) == Some(expected)
        });
    }
    let seen = world.seen(viewer, begun);
    assert_unbroken(&seen);
    let gap = longest_gap(&seen);
    assert!(gap < Duration::from_millis(150), "frozen for {gap:?}");
}

#[test]
fn each_change_of_layer_begins_with_a_key_frame() {
    let (mut world, _, viewer) = talk();
    for height in [720, 150, 360, 720] {
        world.show(viewer, &[Some(height)]);
        world.pass(3 * SECOND);
    }
    let seen = world.seen(viewer, world.connected(viewer).unwrap());
    assert!(seen[0].key);
    assert!(switches(&seen) >= 3);
    for pair in seen
        .windows(2)
        .filter(|pair| pair[0].layer != pair[1].layer)
    {
        assert!(pair[1].key, "{pair:?}");
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!(step < 90_000 / 5, "time jumped by {step}");
    }
}

#[test]
fn what_is_hidden_is_not_received_and_comes_back_at_once() {
    let (mut world, _, viewer) = talk();
    world.pass(2 * SECOND);
    world.show(viewer, &[Some(0)]);
    let hidden = world.now;
    world.pass(3 * SECOND);
    let seen = world.seen(viewer, hidden + Duration::from_millis(50));
    assert!(
        seen.is_empty(),
        "{} packets of a hidden picture",
        seen.len()
    );
    world.show(viewer, &[Some(720)]);
    let shown = world.now;
    world.until("the picture", SECOND, |world| {
        !world.seen(viewer, shown).is_empty()
    });
    let wait = world.now - shown;
    assert!(wait < Duration::from_millis(100), "waited {wait:?}");
}

#[test]
fn a_key_frame_that_comes_in_disorder_is_not_begun_with() {
    let (mut world, speaker, viewer) = talk();
    world.show(viewer, &[Some(0)]);
    world.pass(SECOND);
    world.stumble(speaker, true);
    world.show(viewer, &[Some(720)]);
    let shown = world.now;
    world.pass(SECOND);
    assert!(world.seen(viewer, shown).is_empty(), "a part of one");
    world.stumble(speaker, false);
    world.until("a whole one", 5 * SECOND, |world| {
        !world.seen(viewer, shown).is_empty()
    });
    world.pass(SECOND);
    let seen = world.seen(viewer, shown);
    assert!(seen[0].key);
    assert_unbroken(&seen);
}

#[test]
fn a_narrow_way_gets_what_fits_and_does_not_swing() {
    let (mut world, _, viewer) = talk();
    world.limit(viewer, Some(800_000));
    world.pass(15 * SECOND);
    // The estimate may need a while to find what fits; the picture goes on.
    let settled = (1..=6).find(|window| {
        let begin = world.now;
        world.forget_sound(viewer);
        world.pass(45 * SECOND);
        let seen = world.seen(viewer, begin);
        let middle = seen.iter().filter(|seen| seen.layer == 1).count();
        println!(
            "at 800 kbit/s, window {window}: {} % middle layer, {} switches in 45 s, {:.1} % of sound lost",
            middle * 100 / seen.len().max(1),
            switches(&seen),
            world.lost_sound(viewer) * 100.0
        );
        assert!(longest_gap(&seen) < 5 * SECOND, "{:?}", longest_gap(&seen));
        assert!(
            seen.iter().all(|seen| seen.layer < 2),
            "the large one does not fit"
        );
        assert!(switches(&seen) <= 6, "{} switches", switches(&seen));
        let lost = world.lost_sound(viewer);
        assert!(lost < 0.02, "{lost}");
        middle * 10 > seen.len() * 7
    });
    assert!(
        settled.is_some(),
        "the middle layer fits and never came to stay"
    );
}

#[test]
fn sound_goes_on_where_no_picture_fits_and_the_picture_returns_with_the_bandwidth() {
    let (mut world, _, viewer) = talk();
    world.pass(3 * SECOND);
    world.limit(viewer, Some(100_000));
    world.pass(10 * SECOND);
    let narrow = world.now;
    world.forget_sound(viewer);
    world.pass(20 * SECOND);
    let lost = world.lost_sound(viewer);
    let seen = world.seen(viewer, narrow);
    println!(
        "at 100 kbit/s: {} packets of pictures in 20 s, {:.1} % of sound lost",
        seen.len(),
        lost * 100.0
    );
    assert!(lost < 0.05, "{lost} of the sound lost");
    world.limit(viewer, None);
    let wide = world.now;
    world.until("the picture", 40 * SECOND, |world| {
        !world.seen(viewer, wide).is_empty()
    });
    println!("picture back after {:?}", world.now - wide);
    world.until("the best layer", 90 * SECOND, |world| {
        layer(world, viewer, 0) == Some(2)
    });
    println!("best layer after {:?}", world.now - wide);
}

#[test]
fn large_pictures_come_before_small_ones() {
    let mut world = World::new();
    let speakers = [world.join(3, 0), world.join(3, 0), world.join(3, 0)];
    let viewer = world.join(0, 3);
    let [one, two, three] = speakers;
    world.seat(&[(viewer, &[(one, false), (two, true), (three, false)])]);
    world.until("all to connect", 5 * SECOND, |world| {
        (0..=viewer).all(|party| world.connected(party).is_some())
    });
    world.until("the layers", 20 * SECOND, |world| {
        let layers = [0, 1, 2].map(|slot| layer(world, viewer, slot));
        layers == [Some(0), Some(2), Some(0)]
    });
    world.limit(viewer, Some(1_600_000));
    world.pass(15 * SECOND);
    let settled = world.now;
    world.pass(20 * SECOND);
    let seen = world.seen(viewer, settled);
    let of = |slot, layer| {
        let those = seen
            .iter()
            .filter(|seen| seen.slot == slot && seen.layer == layer);
        those.count()
    };
    assert_eq!(of(1, 2), 0, "the large layer does not fit");
    assert!(of(0, 0) > 0 && of(2, 0) > 0, "everybody is seen");
    assert!(
        of(1, 1) > of(1, 0),
        "{} in the middle layer, {} in the smallest",
        of(1, 1),
        of(1, 0)
    );
}

#[test]
fn a_layer_that_nobody_needs_is_not_sent() {
    let (mut world, speaker, viewer) = talk();
    world.until("the best layer", 20 * SECOND, |world| {
        layer(world, viewer, 0) == Some(2)
    });
    world.until("the middle one to rest", 10 * SECOND, |world| {
        world.sends(speaker) == "lh"
    });
    world.show(viewer, &[Some(150)]);
    world.until("the large ones to rest", 10 * SECOND, |world| {
        world.sends(speaker) == "l"
    });
    assert_eq!(layer(&world, viewer, 0), Some(0));
    world.show(viewer, &[Some(360)]);
    let asked = world.now;
    world.until("the middle one", SECOND, |world| {
        layer(world, viewer, 0) == Some(1)
    });
    println!("a resting layer came after {:?}", world.now - asked);
    assert!(world.now - asked < Duration::from_millis(300));
    world.show(viewer, &[Some(0)]);
    world.until("all to rest", 10 * SECOND, |world| {
        world.sends(speaker).is_empty()
    });
    world.pass(10 * SECOND);
    world.show(viewer, &[None]);
    let asked = world.now;
    world.until("a picture", SECOND, |world| {
        !world.seen(viewer, asked).is_empty()
    });
    println!("a resting camera came after {:?}", world.now - asked);
    assert!(world.now - asked < Duration::from_millis(200));
    world.until("the best layer", 20 * SECOND, |world| {
        layer(world, viewer, 0) == Some(2)
    });
    assert_unbroken(&world.seen(viewer, world.connected(viewer).unwrap()));
}

#[test]
fn who_is_not_told_or_does_not_listen_goes_on_and_is_forwarded_all_the_same() {
    let (mut world, speaker, viewer) = talk();
    world.deaf(speaker);
    for (height, expected) in [(150, 0), (720, 2), (360, 1)] {
        world.show(viewer, &[Some(height)]);
        world.until("the layer", 20 * SECOND, |world| {
            layer(world, viewer, 0) == Some(expected)
        });
        world.pass(8 * SECOND);
    }
    let told = world
        .events
        .iter()
        .filter(|event| matches!(event, MediaEvent::LayersNeeded { .. }));
    assert!(told.count() < 12, "told again and again");
}

#[test]
fn who_comes_right_after_a_key_frame_does_not_wait_for_the_next() {
    let mut waits = Vec::new();
    for delay in (0..600).step_by(50) {
        let mut world = World::new();
        let (speaker, first) = (world.join(3, 1), world.join(0, 1));
        world.seat(&[(first, &[(speaker, true)])]);
        world.until("the first picture", 5 * SECOND, |world| {
            world.seen(first, world.now).iter().any(|seen| seen.key)
        });
        world.pass(Duration::from_millis(delay));
        let late = world.join(0, 1);
        let seats: [(usize, &[(usize, bool)]); 2] =
            [(first, &[(speaker, true)]), (late, &[(speaker, true)])];
        world.seat(&seats);
        world.until("the late one to connect", 5 * SECOND, |world| {
            world.connected(late).is_some()
        });
        let connected = world.now;
        world.until("its picture", 5 * SECOND, |world| {
            world.seen(late, connected).iter().any(|seen| seen.key)
        });
        waits.push(world.now - connected);
        world.pass(SECOND);
        assert_unbroken(&world.seen(late, connected));
    }
    println!("from connection to first key frame: {waits:?}");
    let longest = waits.iter().max().unwrap();
    assert!(*longest < Duration::from_millis(150), "waited {longest:?}");
}
