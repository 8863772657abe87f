use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};

use super::*;

fn member(main: u8, audio: u8) -> Member {
    Member {
        id: ParticipantId::generate(),
        waiting: false,
        muted: false,
        level: 0,
        slots: SlotCounts {
            audio,
            main,
            slides: 1,
        },
    }
}

fn room(members: &[Member]) -> View<'_> {
    View {
        members,
        speakers: &[],
        presenter: None,
    }
}

fn seen(table: &SlotTable, by: &Member, content: Content) -> Vec<Option<ParticipantId>> {
    let count = match content {
        Content::Audio => by.slots.audio,
        Content::Main => by.slots.main,
        Content::Slides => by.slots.slides,
    };
    (0..count)
        .map(|index| table.get(&(by.id, Slot { content, index })).copied())
        .collect()
}

#[test]
fn two_people_get_each_other() {
    let members = [member(1, 1), member(1, 1)];
    let [a, b] = &members;
    let table = assign(room(&members), &SlotTable::new());
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id)]);
    assert_eq!(seen(&table, a, Content::Audio), [Some(b.id)]);
    assert_eq!(seen(&table, b, Content::Main), [Some(a.id)]);
    assert_eq!(seen(&table, b, Content::Slides), [None]);
}

#[test]
fn a_single_picture_follows_the_active_speaker_who_sees_the_one_before() {
    let members = [member(1, 1), member(1, 1), member(1, 1)];
    let [a, b, c] = &members;
    let speakers = [b.id];
    let view = View {
        speakers: &speakers,
        ..room(&members)
    };
    let table = assign(view, &SlotTable::new());
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id)]);
    assert_eq!(seen(&table, c, Content::Main), [Some(b.id)]);
    assert_eq!(seen(&table, b, Content::Main), [Some(a.id)]);

    let speakers = [c.id, b.id];
    let view = View {
        speakers: &speakers,
        ..room(&members)
    };
    let table = assign(view, &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(c.id)]);
    assert_eq!(seen(&table, b, Content::Main), [Some(c.id)]);
    assert_eq!(seen(&table, c, Content::Main), [Some(b.id)]);
}

#[test]
fn pictures_do_not_jump_when_somebody_leaves_or_comes() {
    let mut members = vec![member(4, 3), member(4, 3), member(4, 3), member(4, 3)];
    let a = members[0].clone();
    let (b, c, d) = (members[1].id, members[2].id, members[3].id);
    let table = assign(room(&members), &SlotTable::new());
    assert_eq!(
        seen(&table, &a, Content::Main),
        [Some(b), Some(c), Some(d), None]
    );
    members.remove(1);
    let table = assign(room(&members), &table);
    assert_eq!(
        seen(&table, &a, Content::Main),
        [None, Some(c), Some(d), None]
    );
    members.push(member(4, 3));
    let e = members[3].id;
    let table = assign(room(&members), &table);
    assert_eq!(
        seen(&table, &a, Content::Main),
        [Some(e), Some(c), Some(d), None]
    );
}

#[test]
fn a_speaker_without_a_slot_takes_it_from_whoever_spoke_longest_ago() {
    let members = [
        member(2, 3),
        member(2, 3),
        member(2, 3),
        member(2, 3),
        member(2, 3),
    ];
    let [a, b, c, d, e] = &members;
    let table = assign(room(&members), &SlotTable::new());
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id), Some(c.id)]);
    let after = |speakers: &[ParticipantId], table: &SlotTable| {
        assign(
            View {
                speakers,
                ..room(&members)
            },
            table,
        )
    };
    let table = after(&[b.id], &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id), Some(c.id)]);
    let table = after(&[d.id, b.id], &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id), Some(d.id)]);
    let table = after(&[e.id, d.id, b.id], &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(e.id), Some(d.id)]);
}

#[test]
fn with_too_few_audio_slots_the_loudest_are_heard_and_small_differences_change_nothing() {
    let mut members = vec![
        member(1, 2),
        member(1, 2),
        member(1, 2),
        member(1, 2),
        member(1, 2),
    ];
    let a = members[0].clone();
    for (n, level) in [(1, 20), (2, 90), (3, 80), (4, 30)] {
        members[n].level = level;
    }
    let (c, d, e) = (members[2].id, members[3].id, members[4].id);
    let table = assign(room(&members), &SlotTable::new());
    assert_eq!(seen(&table, &a, Content::Audio), [Some(c), Some(d)]);
    members[4].level = 85;
    let table = assign(room(&members), &table);
    assert_eq!(seen(&table, &a, Content::Audio), [Some(c), Some(d)]);
    members[4].level = 100;
    let table = assign(room(&members), &table);
    assert_eq!(seen(&table, &a, Content::Audio), [Some(c), Some(e)]);
    members[2].muted = true;
    let table = assign(room(&members), &table);
    assert_eq!(seen(&table, &a, Content::Audio), [Some(d), Some(e)]);
}

/// Whom a single audio slot carries.
fn heard(table: &SlotTable, by: &Member) -> BTreeSet<ParticipantId> {
    let places = of_receiver(table, by.id, Content::Audio);
    places
        .inspect(|(place, _)| assert_eq!(by.slots.slot_of(*place).index, 0))
        .map(|(_, source)| source)
        .collect()
}

#[test]
fn a_single_audio_slot_carries_everybody_else_who_may_be_heard() {
    let mut members = [member(1, 1), member(1, 1), member(1, 1), member(1, 2)];
    let ids = members.clone().map(|member| member.id);
    let table = assign(room(&members), &SlotTable::new());
    for receiver in &members[..3] {
        let others = ids.into_iter().filter(|other| *other != receiver.id);
        assert_eq!(heard(&table, receiver), others.collect());
    }
    assert_eq!(of_receiver(&table, ids[3], Content::Audio).count(), 2);

    members[1].muted = true;
    members[2].waiting = true;
    let table = assign(room(&members), &table);
    assert_eq!(heard(&table, &members[0]), BTreeSet::from([ids[3]]));
    assert_eq!(heard(&table, &members[1]), BTreeSet::from([ids[0], ids[3]]));
    assert!(heard(&table, &members[2]).is_empty());
}

#[test]
fn a_single_audio_slot_carries_the_loudest_of_many() {
    let mut members: Vec<Member> = (0..12).map(|_| member(1, 1)).collect();
    for (level, member) in (50..).zip(&mut members) {
        member.level = level;
    }
    let table = assign(room(&members), &SlotTable::new());
    let loudest: BTreeSet<_> = members[4..].iter().map(|member| member.id).collect();
    assert_eq!(heard(&table, &members[0]), loudest);
    assert_eq!(loudest.len(), usize::from(MIXED_MICROPHONES));
}

#[test]
fn slides_are_the_presenters_and_only_slides() {
    let members = [member(1, 1), member(1, 1), member(1, 1)];
    let [a, b, c] = &members;
    let view = View {
        presenter: Some(b.id),
        ..room(&members)
    };
    let table = assign(view, &SlotTable::new());
    assert_eq!(seen(&table, a, Content::Slides), [Some(b.id)]);
    assert_eq!(seen(&table, c, Content::Slides), [Some(b.id)]);
    assert_eq!(seen(&table, b, Content::Slides), [None]);
    let table = assign(room(&members), &table);
    assert_eq!(seen(&table, a, Content::Slides), [None]);
}

/// A random conference that lives through random changes.
struct Story {
    rng: StdRng,
    members: Vec<Member>,
    speakers: Vec<ParticipantId>,
    presenter: Option<ParticipantId>,
}

impl Story {
    fn step(&mut self) {
        match self.rng.random_range(0..8) {
            0..=2 => {
                let mut new = member(self.rng.random_range(0..=6), self.rng.random_range(0..=4));
                new.waiting = self.rng.random_bool(0.2);
                new.slots.slides = self.rng.random_range(0..=1);
                self.members.push(new);
            }
            3 => {
                if !self.members.is_empty() {
                    let at = self.rng.random_range(0..self.members.len());
                    let gone = self.members.remove(at).id;
                    self.speakers.retain(|id| *id != gone);
                }
            }
            4 => {
                for member in &mut self.members {
                    member.level = self.rng.random_range(0..128);
                }
            }
            5 => {
                if let Some(member) = self.members.iter().choose(&mut self.rng) {
                    let id = member.id;
                    self.speakers.retain(|other| *other != id);
                    self.speakers.insert(0, id);
                }
            }
            6 => {
                if let Some(member) = self.members.iter_mut().choose(&mut self.rng) {
                    member.waiting = self.rng.random_bool(0.3);
                    member.muted = self.rng.random_bool(0.3);
                    member.slots.main = self.rng.random_range(0..=6);
                }
            }
            _ => {
                self.presenter = self
                    .members
                    .iter()
                    .choose(&mut self.rng)
                    .map(|member| member.id);
            }
        }
    }

    fn view(&self) -> View<'_> {
        View {
            members: &self.members,
            speakers: &self.speakers,
            presenter: self.presenter,
        }
    }

    fn check(&self, before: &SlotTable, table: &SlotTable) {
        let of = |id| self.members.iter().find(|member| member.id == id);
        for ((receiver, slot), source) in table {
            assert_ne!(receiver, source, "own stream");
            let receiver = of(*receiver).expect("receiver is there");
            let source = of(*source).expect("source is there");
            assert!(!receiver.waiting && !source.waiting, "waiting");
            let (count, allowed) = match slot.content {
                Content::Audio => (receiver.slots.microphones(), !source.muted),
                Content::Main => (receiver.slots.main, true),
                Content::Slides => (receiver.slots.slides, self.presenter == Some(source.id)),
            };
            assert!(slot.index < count, "no such slot");
            assert!(allowed, "{:?}", slot.content);
        }
        for receiver in &self.members {
            for content in [Content::Audio, Content::Main, Content::Slides] {
                let sources: Vec<_> = of_receiver(table, receiver.id, content)
                    .map(|(_, source)| source)
                    .collect();
                let distinct: BTreeSet<_> = sources.iter().collect();
                assert_eq!(distinct.len(), sources.len(), "twice in {content:?}");
                self.check_stability(receiver, content, before, table);
            }
            self.check_use(receiver, table);
        }
    }

    /// Who was in a slot of this receiver and still is, is in the same.
    fn check_stability(
        &self,
        receiver: &Member,
        content: Content,
        before: &SlotTable,
        table: &SlotTable,
    ) {
        let count = match content {
            Content::Audio => receiver.slots.microphones(),
            Content::Main => receiver.slots.main,
            Content::Slides => receiver.slots.slides,
        };
        for (slot, source) in of_receiver(before, receiver.id, content) {
            let now = of_receiver(table, receiver.id, content).find(|(_, who)| *who == source);
            if let Some((new, _)) = now
                && slot.index < count
            {
                assert_eq!(new, slot, "jumped");
            }
        }
    }

    /// No camera slot is empty while somebody is left who could be in it, and
    /// the active speaker is seen by all who have a slot.
    fn check_use(&self, receiver: &Member, table: &SlotTable) {
        if receiver.waiting {
            return;
        }
        let others: Vec<_> = self
            .members
            .iter()
            .filter(|member| !member.waiting && member.id != receiver.id)
            .collect();
        let seen: Vec<_> = of_receiver(table, receiver.id, Content::Main)
            .map(|(_, source)| source)
            .collect();
        assert_eq!(
            seen.len(),
            others.len().min(usize::from(receiver.slots.main)),
            "an empty slot"
        );
        let active = self
            .speakers
            .iter()
            .find(|id| others.iter().any(|other| other.id == **id));
        if let (Some(active), true) = (active, receiver.slots.main > 0) {
            assert!(seen.contains(active), "the active speaker is not seen");
        }
    }
}

#[test]
fn the_rules_hold_in_random_conferences() {
    for seed in 0..60 {
        let mut story = Story {
            rng: StdRng::seed_from_u64(seed),
            members: Vec::new(),
            speakers: Vec::new(),
            presenter: None,
        };
        let mut table = SlotTable::new();
        for _ in 0..60 {
            story.step();
            let next = assign(story.view(), &table);
            story.check(&table, &next);
            assert_eq!(
                assign(story.view(), &next),
                next,
                "not at rest, seed {seed}"
            );
            table = next;
        }
    }
}
