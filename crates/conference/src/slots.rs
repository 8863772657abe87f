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
//!   a single audio slot follows the active speaker;
//! * the slides slot holds the presenter's slides and nothing else.

use std::collections::BTreeMap;

use vdx_domain::ParticipantId;
use vdx_media::{Content, Slot};

/// How much louder a microphone must be to take the slot of another: one that
/// has a slot counts as this much louder.
pub const INCUMBENT: u8 = 10;

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

/// Receiver's slot → whose stream is in it.
pub type SlotTable = BTreeMap<(ParticipantId, Slot), ParticipantId>;

/// The table that follows `previous`.
#[must_use]
pub fn assign(view: View<'_>, previous: &SlotTable) -> SlotTable {
    let mut table = SlotTable::new();
    for receiver in view.members.iter().filter(|member| !member.waiting) {
        let sources: Vec<&Member> = view
            .members
            .iter()
            .filter(|member| !member.waiting && member.id != receiver.id)
            .collect();
        let fill = |content, count: u8, chosen: &[ParticipantId], table: &mut SlotTable| {
            place(receiver.id, content, count, chosen, previous, table);
        };

        let main = cameras(view, receiver, &sources, previous);
        fill(Content::Main, receiver.slots.main, &main, &mut table);

        let audio = microphones(view, receiver, &sources, previous);
        fill(Content::Audio, receiver.slots.audio, &audio, &mut table);

        let slides: Vec<ParticipantId> = sources
            .iter()
            .map(|source| source.id)
            .filter(|id| view.presenter == Some(*id))
            .collect();
        fill(Content::Slides, receiver.slots.slides, &slides, &mut table);
    }
    table
}

/// Whose cameras a receiver gets, most wanted first, at most one a slot.
fn cameras(
    view: View<'_>,
    receiver: &Member,
    sources: &[&Member],
    previous: &SlotTable,
) -> Vec<ParticipantId> {
    let count = usize::from(receiver.slots.main);
    if sources.len() <= count {
        return sources.iter().map(|source| source.id).collect();
    }
    // The active speaker comes first; after that who has a slot keeps it, and
    // the rest are those who spoke last, then those who came first. Of those
    // with a slot, the one who spoke longest ago is the first to go.
    let rank = |id: ParticipantId| {
        view.speakers
            .iter()
            .position(|speaker| *speaker == id)
            .unwrap_or(usize::MAX)
    };
    let active = view
        .speakers
        .iter()
        .copied()
        .find(|id| sources.iter().any(|source| source.id == *id));
    let mut wanted: Vec<ParticipantId> = sources.iter().map(|source| source.id).collect();
    wanted.sort_by_key(|id| {
        let has_slot = holds(previous, receiver.id, Content::Main, *id);
        (active != Some(*id), !has_slot, rank(*id))
    });
    wanted.truncate(count);
    wanted
}

/// Whose microphones a receiver hears, at most one a slot.
fn microphones(
    view: View<'_>,
    receiver: &Member,
    sources: &[&Member],
    previous: &SlotTable,
) -> Vec<ParticipantId> {
    let count = usize::from(receiver.slots.audio);
    let mut heard: Vec<&&Member> = sources.iter().filter(|source| !source.muted).collect();
    if heard.len() > count {
        let active = view
            .speakers
            .iter()
            .copied()
            .find(|id| heard.iter().any(|source| source.id == *id));
        heard.sort_by_key(|source| {
            let has_slot = holds(previous, receiver.id, Content::Audio, source.id);
            let bonus = if has_slot { INCUMBENT } else { 0 };
            let loudness = source.level.saturating_add(bonus);
            (active != Some(source.id), std::cmp::Reverse(loudness))
        });
        heard.truncate(count);
    }
    heard.into_iter().map(|source| source.id).collect()
}

fn holds(table: &SlotTable, receiver: ParticipantId, content: Content, who: ParticipantId) -> bool {
    of_receiver(table, receiver, content).any(|(_, source)| source == who)
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

/// Puts `chosen` (no more than `count`) into the slots: each in the one it has,
/// the others into what is left.
fn place(
    receiver: ParticipantId,
    content: Content,
    count: u8,
    chosen: &[ParticipantId],
    previous: &SlotTable,
    table: &mut SlotTable,
) {
    let mut newcomers: Vec<ParticipantId> = Vec::new();
    for who in chosen {
        let held = of_receiver(previous, receiver, content)
            .find(|(slot, source)| source == who && slot.index < count);
        match held {
            Some((slot, _)) => {
                table.insert((receiver, slot), *who);
            }
            None => newcomers.push(*who),
        }
    }
    let mut newcomers = newcomers.into_iter();
    for index in 0..count {
        let key = (receiver, Slot { content, index });
        if let std::collections::btree_map::Entry::Vacant(free) = table.entry(key) {
            let Some(who) = newcomers.next() else { break };
            free.insert(who);
        }
    }
}

#[cfg(test)]
mod tests;
