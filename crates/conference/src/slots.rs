//! Who is in whose slot: a pure function from the state of a conference to a
//! table.
//!
//! The rules, each held by a test below:
//! * nobody receives their own stream, and nobody who waits gives or receives;
//! * a source is in at most one slot of a kind of a receiver;
//! * who is in a slot stays in it while others come and go, so that pictures do
//!   not jump;
//! * where there are fewer camera slots than cameras, the active speaker is in
//!   one, and takes it from whoever spoke longest ago;
//! * microphones: everybody where they fit, else the loudest, with hysteresis;
//! * a single audio slot carries as many microphones as [`MIXED_MICROPHONES`]
//!   slots would: the media engine forwards the one who speaks, and mixes those
//!   who speak at once;
//! * the slides slot holds the presenter's slides and nothing else.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use vdx_domain::ParticipantId;
use vdx_media::{Content, Slot};

/// How much louder a microphone must be to take the slot of another: one that
/// has a slot counts as this much louder.
pub const INCUMBENT: u8 = 10;

/// Microphones that share the slot of a receiver that has one.
pub const MIXED_MICROPHONES: u8 = vdx_media::MAX_VOICES as u8;

/// What the assignment depends on.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Everybody who has a call, in the order they came in.
    pub members: &'a [Member],
    /// The active speaker first, then those who spoke before.
    pub speakers: &'a [ParticipantId],
    /// Who presents.
    pub presenter: Option<ParticipantId>,
}

/// Somebody with a call.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub id: ParticipantId,
    /// Still in the waiting room.
    pub waiting: bool,
    /// Muted by the conference: not heard by anybody.
    pub muted: bool,
    /// How loud, 0 to 127.
    pub level: u8,
    /// The receive slots of the call.
    pub slots: SlotCounts,
}

/// How many slots of each content a call has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotCounts {
    /// Microphones.
    pub audio: u8,
    /// Cameras.
    pub main: u8,
    /// Presentations.
    pub slides: u8,
}

impl SlotCounts {
    /// Places for microphones: those of a single audio slot are all heard in it.
    #[must_use]
    pub fn microphones(self) -> u8 {
        match self.audio {
            1 => MIXED_MICROPHONES,
            slots => slots,
        }
    }

    /// The slot of the call that a place of the table is heard or seen in.
    #[must_use]
    pub fn slot_of(self, place: Slot) -> Slot {
        match place.content {
            Content::Audio if self.audio == 1 => Slot { index: 0, ..place },
            Content::Audio | Content::Main | Content::Slides => place,
        }
    }
}

/// Receiver's place → whose stream is in it. A place is a slot, but for the
/// microphones of a single audio slot ([`SlotCounts::slot_of`]).
pub type SlotTable = BTreeMap<(ParticipantId, Slot), ParticipantId>;

/// The table that follows `previous`.
#[must_use]
pub fn assign(view: View<'_>, previous: &SlotTable) -> SlotTable {
    let inside: Vec<&Member> = view.members.iter().filter(|m| !m.waiting).collect();
    let ranks: HashMap<ParticipantId, usize> = view.speakers.iter().copied().zip(0..).collect();
    let mut table = SlotTable::new();
    for receiver in &inside {
        let sources: Vec<&Member> = inside
            .iter()
            .copied()
            .filter(|member| member.id != receiver.id)
            .collect();
        let had = |content, count| Held::of(previous, receiver.id, content, count);

        let held = had(Content::Main, receiver.slots.main);
        let chosen = cameras(&ranks, &sources, &held);
        held.place(&chosen, &mut table);

        let held = had(Content::Audio, receiver.slots.microphones());
        let chosen = microphones(&ranks, &sources, &held);
        held.place(&chosen, &mut table);

        let held = had(Content::Slides, receiver.slots.slides);
        let presents = |source: &&Member| view.presenter == Some(source.id);
        let chosen: Vec<ParticipantId> = sources.iter().copied().filter(presents).map(id).collect();
        held.place(&chosen, &mut table);
    }
    table
}

fn id(member: &Member) -> ParticipantId {
    member.id
}

/// The one who spoke last.
fn active(ranks: &HashMap<ParticipantId, usize>, among: &[&Member]) -> Option<ParticipantId> {
    let ranked = among
        .iter()
        .filter_map(|source| Some((ranks.get(&source.id)?, source.id)));
    ranked.min().map(|(_, id)| id)
}

/// Whose cameras a receiver gets, at most one a slot.
fn cameras(
    ranks: &HashMap<ParticipantId, usize>,
    sources: &[&Member],
    held: &Held,
) -> Vec<ParticipantId> {
    let count = usize::from(held.count);
    let mut wanted: Vec<ParticipantId> = sources.iter().copied().map(id).collect();
    if wanted.len() > count {
        // The active speaker comes first; after that who has a slot keeps it,
        // and the rest are those who spoke last, then those who came first. Of
        // those with a slot, the one who spoke longest ago is the first to go.
        let active = active(ranks, sources);
        wanted.sort_by_cached_key(|id| {
            let rank = ranks.get(id).copied().unwrap_or(usize::MAX);
            (active != Some(*id), !held.has(*id), rank)
        });
        wanted.truncate(count);
    }
    wanted
}

/// Whose microphones a receiver hears, at most one a slot.
fn microphones(
    ranks: &HashMap<ParticipantId, usize>,
    sources: &[&Member],
    held: &Held,
) -> Vec<ParticipantId> {
    let count = usize::from(held.count);
    let mut heard: Vec<&Member> = sources.iter().copied().filter(|s| !s.muted).collect();
    if heard.len() > count {
        let active = active(ranks, &heard);
        heard.sort_by_cached_key(|source| {
            let bonus = if held.has(source.id) { INCUMBENT } else { 0 };
            let loudness = source.level.saturating_add(bonus);
            (active != Some(source.id), Reverse(loudness))
        });
        heard.truncate(count);
    }
    heard.into_iter().map(id).collect()
}

/// The slots of one content of a receiver, and who had them before.
struct Held {
    receiver: ParticipantId,
    content: Content,
    count: u8,
    before: HashMap<ParticipantId, Slot>,
}

impl Held {
    fn of(previous: &SlotTable, receiver: ParticipantId, content: Content, count: u8) -> Self {
        let before = of_receiver(previous, receiver, content)
            .filter(|(slot, _)| slot.index < count)
            .map(|(slot, source)| (source, slot))
            .collect();
        Self {
            receiver,
            content,
            count,
            before,
        }
    }

    fn has(&self, who: ParticipantId) -> bool {
        self.before.contains_key(&who)
    }

    /// Puts `chosen` (no more than there are slots) into them: each in the one
    /// it had, the others into what is left.
    fn place(&self, chosen: &[ParticipantId], table: &mut SlotTable) {
        let mut newcomers: Vec<ParticipantId> = Vec::new();
        for who in chosen {
            match self.before.get(who) {
                Some(slot) => {
                    table.insert((self.receiver, *slot), *who);
                }
                None => newcomers.push(*who),
            }
        }
        let mut newcomers = newcomers.into_iter();
        for index in 0..self.count {
            let content = self.content;
            if let Entry::Vacant(free) = table.entry((self.receiver, Slot { content, index })) {
                let Some(who) = newcomers.next() else { break };
                free.insert(who);
            }
        }
    }
}

/// The slots of one content of a receiver, by index.
pub(crate) fn of_receiver(
    table: &SlotTable,
    receiver: ParticipantId,
    content: Content,
) -> impl Iterator<Item = (Slot, ParticipantId)> {
    let slot = move |index| (receiver, Slot { content, index });
    table
        .range(slot(0)..=slot(u8::MAX))
        .map(|((_, slot), source)| (*slot, *source))
}

#[cfg(test)]
mod tests;
