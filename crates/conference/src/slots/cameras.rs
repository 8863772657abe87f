//! Whose cameras a receiver sees, and which of them large.

use std::collections::{HashMap, HashSet};

use vdx_domain::{ParticipantId, Pictures};

use super::table::place;
use super::{Layout, Member, Seats, View, is_host};

/// The cameras there are for receivers of one role, best first.
pub(super) struct Cameras {
    /// Those that come before all others: a presenting host, the spotlights.
    pinned: Vec<ParticipantId>,
    /// Cameras that are on: who spoke last first, then who came first.
    on: Vec<ParticipantId>,
    /// The others with a call, likewise.
    off: Vec<ParticipantId>,
    /// Of these, how many spoke at all: the first of `on`.
    spoke: usize,
    /// The place of each in `on`, or behind it in `off`.
    places: HashMap<ParticipantId, usize>,
}

impl Cameras {
    pub(super) fn of(
        view: &View<'_>,
        ranks: &HashMap<ParticipantId, usize>,
        sources: &[&Member],
    ) -> Self {
        let rank = |member: &&&Member| ranks.get(&member.id).copied().unwrap_or(usize::MAX);
        let sorted = |on: bool| {
            let mut those: Vec<&&Member> = sources.iter().filter(|m| m.camera == on).collect();
            those.sort_by_cached_key(rank);
            those
        };
        let (on, off) = (sorted(true), sorted(false));
        let spoke = on.iter().filter(|m| ranks.contains_key(&m.id)).count();
        let hosts = on.iter().filter(|m| is_host(m)).map(|m| m.id);
        let forced: Option<ParticipantId> = view
            .presenter
            .filter(|_| view.settings.force_presenter_into_main)
            .and_then(|presenter| hosts.into_iter().find(|id| *id == presenter));
        let ids = |those: Vec<&&Member>| those.into_iter().map(|m| m.id).collect::<Vec<_>>();
        let (on, off) = (ids(on), ids(off));
        let places: HashMap<_, _> = on.iter().chain(&off).copied().zip(0..).collect();
        let is_on = |id: &ParticipantId| places.get(id).is_some_and(|at| *at < on.len());
        let mut seen = HashSet::new();
        let pinned = forced.into_iter().chain(view.spotlights.iter().copied());
        let pinned = pinned.filter(|id| is_on(id) && seen.insert(*id)).collect();
        Self {
            pinned,
            spoke,
            places,
            on,
            off,
        }
    }

    /// Whether somebody is among those who may be seen.
    pub(super) fn has(&self, who: ParticipantId) -> bool {
        self.places.contains_key(&who)
    }

    /// Fills the camera slots of a receiver.
    pub(super) fn seat(
        &self,
        receiver: &Member,
        most: Pictures,
        before: &Seats,
        seats: &mut Seats,
    ) {
        let all = usize::from(most.large) + usize::from(most.small);
        let count = all.min(usize::from(receiver.slots.main));
        let shown = self.choose(receiver.id, count, before.main.iter().flatten());
        seats.main = place(&shown, &before.main, receiver.slots.main);
        seats.layout = self.arrange(receiver.id, most, before, &seats.main);
    }

    /// At most `count` cameras for a receiver. Those that come first in any case
    /// do; after them who is shown already stays, and the rest are those who
    /// spoke last, then those who came first. Of those who are shown, the one who
    /// spoke longest ago is the first to go.
    fn choose<'a>(
        &self,
        receiver: ParticipantId,
        count: usize,
        shown: impl Iterator<Item = &'a ParticipantId>,
    ) -> Vec<ParticipantId> {
        let mut stay: Vec<(usize, ParticipantId)> = shown
            .filter_map(|id| Some((*self.places.get(id)?, *id)))
            .collect();
        stay.sort_unstable();
        let on = stay.partition_point(|(place, _)| *place < self.on.len());
        let (stay_on, stay_off) = stay.split_at(on);
        let id = |(_, id): &(usize, ParticipantId)| *id;
        let first = self.first(receiver);
        let wanted = first
            .chain(stay_on.iter().map(id))
            .chain(self.on.iter().copied())
            .chain(stay_off.iter().map(id))
            .chain(self.off.iter().copied());
        let mut chosen = Vec::with_capacity(count);
        for who in wanted {
            if chosen.len() == count {
                break;
            }
            if who != receiver && !chosen.contains(&who) {
                chosen.push(who);
            }
        }
        chosen
    }

    /// Those that come first in any case: the pinned ones and the active speaker.
    fn first(&self, receiver: ParticipantId) -> impl Iterator<Item = ParticipantId> {
        let spoke = self.on.iter().take(self.spoke).copied();
        let active = spoke.filter(move |id| *id != receiver).take(1);
        self.pinned.iter().copied().chain(active)
    }

    /// The order of the view: the pinned ones, the other large pictures, the
    /// small ones, each in the order of their slots. Who is large stays large
    /// until somebody who comes first in any case needs the place.
    fn arrange(
        &self,
        receiver: ParticipantId,
        most: Pictures,
        before: &Seats,
        slots: &[Option<ParticipantId>],
    ) -> Layout {
        let shown: Vec<ParticipantId> = slots.iter().copied().flatten().collect();
        let large = usize::from(most.large).min(shown.len());
        let first = self.first(receiver).filter(|id| shown.contains(id));
        let was = &before.layout;
        let mut stay: Vec<ParticipantId> = was.order.iter().take(was.large).copied().collect();
        stay.retain(|id| shown.contains(id));
        let place = |id: &ParticipantId| self.places.get(id).copied().unwrap_or(usize::MAX);
        stay.sort_by_key(place);
        let is_on = |id: &ParticipantId| place(id) < self.on.len();
        let (on, off): (Vec<_>, Vec<_>) = stay.into_iter().partition(is_on);
        let mut rest = shown.clone();
        rest.sort_by_key(|id| !is_on(id));
        let mut chosen: Vec<ParticipantId> = Vec::with_capacity(large);
        for who in first.chain(on).chain(rest).chain(off) {
            if chosen.len() < large && !chosen.contains(&who) {
                chosen.push(who);
            }
        }
        let pinned = |id: &ParticipantId| {
            let at = self.pinned.iter().position(|pinned| pinned == id);
            at.unwrap_or(usize::MAX)
        };
        let mut order = shown;
        // Stable: among equals the order of the slots remains.
        order.sort_by_key(|id| (!chosen.contains(id), pinned(id)));
        Layout { order, large }
    }
}
