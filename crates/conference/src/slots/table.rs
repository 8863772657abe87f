//! The table: for each receiver who is in which of its slots.

use std::collections::HashMap;

use vdx_domain::ParticipantId;
use vdx_media::{Content, Slot};

/// Receiver → what is in its slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotTable {
    receivers: HashMap<ParticipantId, Seats>,
}

/// What is in the places of one receiver, by their index. A place is a slot, but
/// for the microphones of a single audio slot ([`super::SlotCounts::slot_of`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seats {
    pub(super) audio: Vec<Option<ParticipantId>>,
    pub(super) main: Vec<Option<ParticipantId>>,
    slides: Vec<Option<ParticipantId>>,
    pub(super) layout: Layout,
}

/// The cameras a receiver sees, in the order of its view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Large ones first.
    pub order: Vec<ParticipantId>,
    /// How many of them are large.
    pub large: usize,
}

impl Layout {
    /// The place of a camera in the view, counted from 0.
    #[must_use]
    pub fn place(&self, who: ParticipantId) -> Option<usize> {
        self.order.iter().position(|id| *id == who)
    }

    /// Whether a camera is shown large.
    #[must_use]
    pub fn is_large(&self, who: ParticipantId) -> bool {
        self.place(who).is_some_and(|place| place < self.large)
    }
}

impl SlotTable {
    /// What is in the slots of a receiver.
    #[must_use]
    pub fn seats(&self, receiver: ParticipantId) -> Option<&Seats> {
        self.receivers.get(&receiver)
    }

    /// Who is in a slot of a receiver.
    #[must_use]
    pub fn source(&self, receiver: ParticipantId, slot: Slot) -> Option<ParticipantId> {
        self.seats(receiver)?.source(slot)
    }

    pub(super) fn put(&mut self, receiver: ParticipantId, seats: Seats) {
        self.receivers.insert(receiver, seats);
    }
}

impl Seats {
    /// The cameras in the order of the receiver's view.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Who is in a slot.
    #[must_use]
    pub fn source(&self, slot: Slot) -> Option<ParticipantId> {
        *self.of(slot.content).get(usize::from(slot.index))?
    }

    /// The slots somebody is in.
    pub fn taken(&self) -> impl Iterator<Item = (Slot, ParticipantId)> {
        [Content::Audio, Content::Main, Content::Slides]
            .into_iter()
            .flat_map(|content| {
                let slots = (0..).zip(self.of(content));
                slots.filter_map(move |(index, who)| Some((Slot { content, index }, (*who)?)))
            })
    }

    fn of(&self, content: Content) -> &[Option<ParticipantId>] {
        match content {
            Content::Audio => &self.audio,
            Content::Main => &self.main,
            Content::Slides => &self.slides,
        }
    }

    pub(super) fn place_slides(&mut self, presenter: Option<ParticipantId>, count: u8) {
        if count > 0 {
            self.slides = vec![presenter];
        }
    }
}

/// Puts `chosen` into `count` slots: each in the one it had before, the others
/// into what is left. No more are chosen than there are slots.
pub(super) fn place(
    chosen: &[ParticipantId],
    before: &[Option<ParticipantId>],
    count: u8,
) -> Vec<Option<ParticipantId>> {
    let kept = |index| before.get(index).copied().flatten();
    let mut slots: Vec<Option<ParticipantId>> = (0..usize::from(count))
        .map(|index| kept(index).filter(|who| chosen.contains(who)))
        .collect();
    let newcomers: Vec<ParticipantId> = chosen
        .iter()
        .copied()
        .filter(|who| !slots.contains(&Some(*who)))
        .collect();
    let free = slots.iter_mut().filter(|slot| slot.is_none());
    for (slot, who) in free.zip(newcomers) {
        *slot = Some(who);
    }
    slots
}
