//! The roster, and telling each listener how it changed.
//!
//! What changed is worked out once for all listeners. A listener then costs as
//! much as there are changes, unless its own sight of the others changed.

use std::collections::HashMap;
use std::sync::Arc;

use vdx_domain::ParticipantId;

use super::{Conference, Refused};
use crate::event::{Event, ParticipantView};

/// What became of somebody since the listeners were last told.
#[derive(Debug)]
pub(super) struct Change {
    before: Option<Arc<ParticipantView>>,
    after: Option<Arc<ParticipantView>>,
}

/// All changes since the listeners were last told.
#[derive(Debug, Default)]
pub(super) struct RosterChanges {
    changes: Vec<Change>,
    by_id: HashMap<ParticipantId, usize>,
}

/// Whom a participant sees: oneself always, the others once let in, and those
/// who wait only as a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) of: ParticipantId,
    pub(super) waiting: bool,
    pub(super) host: bool,
}

impl Sight {
    fn of(view: &ParticipantView) -> Self {
        Self {
            of: view.id,
            waiting: view.waiting,
            host: view.is_host(),
        }
    }

    pub(super) fn sees(self, other: ParticipantId, waiting: bool) -> bool {
        self.of == other || (!self.waiting && (!waiting || self.host))
    }
}

impl RosterChanges {
    fn push(&mut self, change: Change) {
        let view = change.after.as_ref().or(change.before.as_ref());
        if let Some(view) = view {
            self.by_id.insert(view.id, self.changes.len());
            self.changes.push(change);
        }
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn of(&self, who: ParticipantId) -> Option<&Change> {
        Some(&self.changes[*self.by_id.get(&who)?])
    }
}

impl Conference {
    /// The roster as `viewer` sees it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn roster(&self, viewer: ParticipantId) -> Result<Vec<Arc<ParticipantView>>, Refused> {
        let viewer = self.participant(viewer)?;
        Ok(self
            .participants
            .iter()
            .filter(|other| viewer.sees(other))
            .filter_map(|other| other.published.clone())
            .collect())
    }

    /// Publishes how everybody is now, and gives what changed.
    pub(super) fn publish_roster(&mut self) -> RosterChanges {
        let mut changes = RosterChanges::default();
        for gone in self.left.drain(..) {
            changes.push(Change {
                before: Some(gone),
                after: None,
            });
        }
        for who in &mut self.participants {
            let lit = self.spotlights.iter().find(|light| light.who == who.id);
            let view = ParticipantView {
                presenting: self.presenter == Some(who.id),
                spotlight_since: lit.map(|light| light.since),
                ..who.view(&self.room)
            };
            if who.published.as_deref() != Some(&view) {
                let view = Arc::new(view);
                changes.push(Change {
                    before: who.published.replace(view.clone()),
                    after: Some(view),
                });
            }
        }
        changes
    }

    /// Tells the whole roster, as the answer to a new subscription.
    pub(super) fn tell_roster_anew(&mut self, who: ParticipantId) -> Result<(), Refused> {
        let roster = self.roster(who)?;
        self.tell(who, Event::SyncBegin);
        for view in roster {
            self.tell(who, Event::ParticipantCreate(view));
        }
        self.tell(who, Event::SyncEnd);
        Ok(())
    }

    pub(super) fn tell_roster(&mut self, viewer: usize, changes: &RosterChanges) {
        if changes.is_empty() {
            return;
        }
        let viewer = &self.participants[viewer];
        let Some(own) = viewer.published.as_deref() else {
            return;
        };
        let now = Sight::of(own);
        let own_before = changes.of(viewer.id).and_then(|own| own.before.as_deref());
        let before = own_before.map_or(now, Sight::of);
        let to = viewer.id;
        let mut events = Vec::new();
        let mut tell = |change: &Change| events.extend(difference(change, before, now));
        changes.changes.iter().for_each(&mut tell);
        if before != now {
            for other in &self.participants {
                if changes.of(other.id).is_none() {
                    let view = other.published.clone();
                    tell(&Change {
                        before: view.clone(),
                        after: view,
                    });
                }
            }
        }
        for event in events {
            self.tell(to, event);
        }
    }
}

/// What a listener has to be told of a change. One that did not change is told
/// of when it comes into sight or goes out of it.
fn difference(change: &Change, before: Sight, now: Sight) -> Option<Event> {
    let seen = |view: &Option<Arc<ParticipantView>>, sight: Sight| {
        view.clone()
            .filter(|view| sight.sees(view.id, view.waiting))
    };
    match (seen(&change.before, before), seen(&change.after, now)) {
        (None, Some(view)) => Some(Event::ParticipantCreate(view)),
        (Some(old), Some(view)) => {
            (!Arc::ptr_eq(&old, &view)).then_some(Event::ParticipantUpdate(view))
        }
        (Some(view), None) => Some(Event::ParticipantDelete(view.id)),
        (None, None) => None,
    }
}
