//! Who carries whom: a pure rule.
//!
//! A slot with several voices carries the one who speaks; of several, their
//! mix; and in silence whoever spoke last. Slots that shall carry the same
//! voices share one mix. When the voices of a mix change, its receivers keep it
//! where they can, so that its stream goes on.

use std::collections::BTreeMap;

use vdx_domain::CallId;
use vdx_mix::{MAX_VOICES, Mix};

/// What a slot with several voices carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carries {
    /// The packets of one, as they come.
    One(CallId),
    /// A mix.
    Mix(CallId),
}

/// A slot that has to carry several voices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SharedSlot {
    /// Whose.
    pub(super) receiver: CallId,
    /// Index of the slot in its call.
    pub(super) slot: usize,
    /// Who may be heard in it: at least one.
    pub(super) voices: Vec<CallId>,
    /// What it carries now; nothing at first.
    pub(super) carries: Option<Carries>,
}

/// What follows from who speaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// What each slot shall carry, in the order of the slots.
    pub(super) carries: Vec<Option<Carries>>,
    /// The mixes that are needed.
    pub(super) mixes: Vec<Mix>,
}

/// Everybody in a room whom a shared slot may carry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floor<'a> {
    /// Who spoke last comes first.
    pub(super) order: &'a [CallId],
    /// So many of them speak now.
    pub(super) speaking: usize,
}

/// Decides for all shared slots of a room. `running` are its mixes so far, and
/// there may be `most`; where that is too few, the one who spoke last is heard
/// alone.
pub(super) fn plan(
    slots: &[SharedSlot],
    floor: Floor<'_>,
    running: &[Mix],
    most: usize,
    mut new_id: impl FnMut() -> CallId,
) -> Plan {
    let wishes: Vec<Vec<CallId>> = slots.iter().map(|slot| heard(slot, floor)).collect();
    let mut sets: BTreeMap<&[CallId], Vec<usize>> = BTreeMap::new();
    for (index, wish) in wishes.iter().enumerate().filter(|(_, wish)| wish.len() > 1) {
        sets.entry(wish).or_default().push(index);
    }
    let ids = ids(slots, &sets, running, most, &mut new_id);
    let carries = slots.iter().zip(&wishes).map(|(slot, wish)| {
        let mix = ids.get(wish.as_slice()).copied().map(Carries::Mix);
        mix.or_else(|| alone(slot, wish, floor, running).map(Carries::One))
    });
    let mixes = ids.iter().map(|(voices, id)| Mix {
        id: *id,
        voices: voices.to_vec(),
    });
    Plan {
        carries: carries.collect(),
        mixes: mixes.collect(),
    }
}

/// Those of a slot's voices who speak, in an order that is the same for all.
fn heard(slot: &SharedSlot, floor: Floor<'_>) -> Vec<CallId> {
    let speaking = floor.order.iter().take(floor.speaking);
    let speaking = speaking.filter(|voice| slot.voices.contains(voice));
    let mut heard: Vec<CallId> = speaking.take(MAX_VOICES).copied().collect();
    heard.sort_unstable();
    heard
}

/// The mix of every set: the one that has these voices already, else one that
/// one of its slots carries, else a new one while there may be more.
fn ids<'a>(
    slots: &[SharedSlot],
    sets: &BTreeMap<&'a [CallId], Vec<usize>>,
    running: &[Mix],
    most: usize,
    new_id: &mut impl FnMut() -> CallId,
) -> BTreeMap<&'a [CallId], CallId> {
    let mut ids: BTreeMap<&[CallId], CallId> = BTreeMap::new();
    let mut free: Vec<&Mix> = running.iter().collect();
    for set in sets.keys() {
        if let Some(at) = free.iter().position(|mix| mix.voices == *set) {
            ids.insert(set, free.swap_remove(at).id);
        }
    }
    for (set, members) in sets {
        if ids.contains_key(set) {
            continue;
        }
        let carried = |mix: &&Mix| {
            let mut members = members.iter().filter_map(|index| slots.get(*index));
            members.any(|slot| slot.carries == Some(Carries::Mix(mix.id)))
        };
        if let Some(at) = free.iter().position(carried) {
            ids.insert(set, free.swap_remove(at).id);
        } else if ids.len() < most {
            ids.insert(set, new_id());
        }
    }
    while ids.len() > most {
        ids.pop_last();
    }
    ids
}

/// Whom a slot carries alone: who speaks, else who is in it, else who spoke last.
fn alone(slot: &SharedSlot, wish: &[CallId], floor: Floor<'_>, running: &[Mix]) -> Option<CallId> {
    if let [only] = wish {
        return Some(*only);
    }
    let stays =
        |voice: &CallId| slot.voices.contains(voice) && (wish.is_empty() || wish.contains(voice));
    if let Some(Carries::One(one)) = slot.carries
        && stays(&one)
    {
        return Some(one);
    }
    let mixed = |voice: &CallId| match slot.carries {
        Some(Carries::Mix(id)) => running
            .iter()
            .any(|m| m.id == id && m.voices.contains(voice)),
        _ => false,
    };
    let candidates = || floor.order.iter().copied().filter(stays);
    let mut from_mix = candidates().filter(mixed);
    from_mix.next().or_else(|| candidates().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> CallId {
        CallId(uuid::Uuid::from_u128(n))
    }

    fn ids(range: &[u128]) -> Vec<CallId> {
        range.iter().copied().map(id).collect()
    }

    /// A room in which everybody has one slot for everybody else.
    struct Room {
        slots: Vec<SharedSlot>,
        mixes: Vec<Mix>,
        next: u128,
        most: usize,
    }

    impl Room {
        fn new(people: u128) -> Self {
            let slot = |receiver| SharedSlot {
                receiver: id(receiver),
                slot: 0,
                voices: (0..people).filter(|n| *n != receiver).map(id).collect(),
                carries: None,
            };
            Self {
                slots: (0..people).map(slot).collect(),
                mixes: Vec::new(),
                next: 100,
                most: 100,
            }
        }

        /// Lets those in `order` have the floor, of whom `speaking` speak.
        fn turn(&mut self, order: &[u128], speaking: usize) {
            let order = ids(order);
            let floor = Floor {
                order: &order,
                speaking,
            };
            let next = &mut self.next;
            let plan = plan(&self.slots, floor, &self.mixes, self.most, || {
                *next += 1;
                id(*next)
            });
            for (slot, carries) in self.slots.iter_mut().zip(plan.carries) {
                slot.carries = carries;
            }
            self.mixes = plan.mixes;
            self.check();
        }

        fn check(&self) {
            for slot in &self.slots {
                match slot.carries {
                    Some(Carries::One(one)) => assert!(slot.voices.contains(&one)),
                    Some(Carries::Mix(mix)) => {
                        let mix = self.mixes.iter().find(|m| m.id == mix).unwrap();
                        assert!(mix.voices.iter().all(|voice| slot.voices.contains(voice)));
                        assert!(!mix.voices.contains(&slot.receiver), "hears itself");
                        assert!(mix.voices.len() > 1);
                    }
                    None => {}
                }
            }
            assert!(self.mixes.len() <= self.most);
        }

        fn one(&self, slot: usize) -> Option<CallId> {
            match self.slots[slot].carries {
                Some(Carries::One(one)) => Some(one),
                _ => None,
            }
        }

        fn voices(&self, slot: usize) -> Vec<CallId> {
            match self.slots[slot].carries {
                Some(Carries::Mix(id)) => {
                    let mix = self.mixes.iter().find(|mix| mix.id == id);
                    mix.unwrap().voices.clone()
                }
                _ => Vec::new(),
            }
        }
    }

    #[test]
    fn one_who_speaks_is_forwarded_and_needs_no_mix() {
        let mut room = Room::new(4);
        room.turn(&[2, 0, 1, 3], 1);
        assert_eq!(room.one(0), Some(id(2)));
        assert_eq!(room.one(2), Some(id(0)), "who spoke before");
        assert!(room.mixes.is_empty());
        room.turn(&[2, 0, 1, 3], 0);
        assert_eq!(room.one(0), Some(id(2)), "stays in silence");
    }

    #[test]
    fn two_who_speak_are_mixed_once_for_all_who_listen() {
        let mut room = Room::new(10);
        room.turn(&[1, 2, 0, 3, 4, 5, 6, 7, 8, 9], 2);
        assert_eq!(room.mixes.len(), 1);
        for listener in [0, 3, 4, 5, 6, 7, 8, 9] {
            assert_eq!(room.voices(listener), ids(&[1, 2]));
        }
        assert_eq!(room.one(1), Some(id(2)));
        assert_eq!(room.one(2), Some(id(1)));
    }

    #[test]
    fn three_who_speak_hear_each_other_and_the_listeners_keep_their_mix() {
        let mut room = Room::new(5);
        room.turn(&[0, 1, 2, 3, 4], 2);
        let before = room.slots[4].carries;
        room.turn(&[2, 0, 1, 3, 4], 3);
        assert_eq!(room.mixes.len(), 4);
        assert_eq!(room.voices(0), ids(&[1, 2]));
        assert_eq!(room.voices(1), ids(&[0, 2]));
        assert_eq!(room.voices(2), ids(&[0, 1]));
        assert_eq!(room.voices(3), ids(&[0, 1, 2]));
        assert_eq!(room.slots[3].carries, room.slots[4].carries);
        // The one with the same voices keeps the mix, and that is the new speaker.
        assert_eq!(room.slots[2].carries, before);
        let listeners = room.slots[4].carries;
        room.turn(&[2, 0, 1, 4, 3], 4);
        assert_eq!(room.voices(3), ids(&[0, 1, 2, 4]));
        assert_eq!(room.slots[4].carries, listeners);
    }

    #[test]
    fn a_mix_whose_voices_change_goes_on() {
        let mut room = Room::new(5);
        room.turn(&[0, 1, 2, 3, 4], 2);
        let before = room.slots[4].carries;
        room.turn(&[3, 1, 0, 2, 4], 2);
        assert_eq!(room.voices(4), ids(&[1, 3]));
        assert_eq!(room.slots[4].carries, before);
    }

    #[test]
    fn after_a_mix_the_last_to_have_spoken_in_it_is_carried() {
        let mut room = Room::new(4);
        room.turn(&[1, 2, 3, 0], 2);
        room.turn(&[2, 1, 3, 0], 0);
        assert_eq!(room.one(0), Some(id(2)));
        assert!(room.mixes.is_empty());
    }

    #[test]
    fn where_there_may_be_no_more_mixes_one_is_heard_alone() {
        let mut room = Room::new(5);
        room.most = 0;
        room.turn(&[2, 1, 0, 3, 4], 1);
        room.turn(&[1, 2, 0, 3, 4], 2);
        assert_eq!(room.one(0), Some(id(2)), "who was heard goes on");
        room.most = 2;
        room.turn(&[1, 2, 0, 3, 4], 3);
        assert_eq!(room.mixes.len(), 2);
    }

    #[test]
    fn who_may_not_be_heard_is_in_no_mix() {
        let mut room = Room::new(4);
        room.turn(&[1, 2, 3, 0], 3);
        for slot in &mut room.slots {
            slot.voices.retain(|voice| *voice != id(2));
        }
        room.turn(&[1, 2, 3, 0], 3);
        assert_eq!(room.voices(0), ids(&[1, 3]));
        assert!(room.mixes.iter().all(|mix| !mix.voices.contains(&id(2))));
    }

    #[test]
    fn the_number_of_voices_is_bounded() {
        let mut room = Room::new(20);
        room.turn(&(0..20).collect::<Vec<_>>(), 20);
        assert!(room.mixes.iter().all(|mix| mix.voices.len() <= MAX_VOICES));
    }
}
