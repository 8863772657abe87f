//! Whose microphones a receiver hears.

use std::cmp::Reverse;
use std::collections::HashMap;

use vdx_domain::ParticipantId;

use super::table::place;
use super::{Member, Seats, View};

/// How much louder a microphone must be to take the slot of another: one that
/// has a slot counts as this much louder.
pub const INCUMBENT: u8 = 10;

/// The microphones that may be heard.
pub(super) struct Microphones {
    /// In the order they came in.
    arrived: Vec<ParticipantId>,
    /// Loudest first.
    loudest: Vec<(u8, ParticipantId)>,
    levels: HashMap<ParticipantId, u8>,
    /// Those who spoke, the last one first; two, as one may be the receiver.
    spoke: Vec<ParticipantId>,
}

impl Microphones {
    pub(super) fn of(view: &View<'_>, sources: &[&Member]) -> Self {
        let open = || sources.iter().filter(|member| !member.muted);
        let mut loudest: Vec<_> = open().map(|member| (member.level, member.id)).collect();
        loudest.sort_by_key(|(level, _)| Reverse(*level));
        let levels: HashMap<_, _> = open().map(|member| (member.id, member.level)).collect();
        let spoke = view.speakers.iter().filter(|id| levels.contains_key(id));
        Self {
            arrived: open().map(|member| member.id).collect(),
            spoke: spoke.take(2).copied().collect(),
            loudest,
            levels,
        }
    }

    /// Fills the places for microphones of a receiver.
    pub(super) fn seat(&self, receiver: &Member, before: &Seats, seats: &mut Seats) {
        let chosen = self.choose(receiver, &before.audio);
        seats.audio = place(&chosen, &before.audio, receiver.slots.microphones());
    }

    fn choose(&self, receiver: &Member, before: &[Option<ParticipantId>]) -> Vec<ParticipantId> {
        let count = usize::from(receiver.slots.microphones());
        let others = |id: &ParticipantId| *id != receiver.id;
        let all = self.arrived.iter().copied().filter(others);
        if count == 0 || all.clone().nth(count).is_none() {
            return all.take(count).collect();
        }
        let active = self.spoke.iter().copied().find(others);
        let level = |id: &ParticipantId| Some((*self.levels.get(id)?, *id));
        let held: Vec<(u8, ParticipantId)> = before.iter().flatten().filter_map(level).collect();
        let has = |id: ParticipantId| held.iter().any(|(_, held)| *held == id);
        // Those who hold a slot can push down the others only, so the first few
        // of the loudest are enough to look at.
        let newcomers = self.loudest.iter().copied();
        let newcomers = newcomers
            .filter(|(_, id)| others(id) && !has(*id))
            .take(count);
        let active_level = active.filter(|id| !has(*id)).and_then(|id| level(&id));
        let mut heard: Vec<(u8, ParticipantId)> = held
            .iter()
            .filter(|(_, id)| others(id))
            .map(|(level, id)| (level.saturating_add(INCUMBENT), *id))
            .chain(active_level)
            .chain(newcomers.filter(|(_, id)| active_level.is_none_or(|(_, a)| a != *id)))
            .collect();
        heard.sort_by_key(|(level, id)| (active != Some(*id), Reverse(*level)));
        heard.truncate(count);
        heard.into_iter().map(|(_, id)| id).collect()
    }
}
