//! One conference with those who listen to it.

use std::collections::HashMap;

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::mpsc;
use vdx_domain::{ConferenceId, ParticipantId};

use super::Inner;
use super::records::Job;
use crate::event::Event;
use crate::state::{Conference, Effect, MAX_PARTICIPANTS};

/// Events that may wait for a listener. Who lets more pile up is dropped, and
/// gets the whole state anew when it comes back. A full roster fits.
pub(super) const QUEUE: usize = 4 * MAX_PARTICIPANTS;

pub(super) struct Live {
    pub(super) id: ConferenceId,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) conference: Conference,
    listeners: HashMap<ParticipantId, Listener>,
}

struct Listener {
    subscription: u64,
    events: mpsc::Sender<Event>,
}

impl Live {
    pub(super) fn new(conference: Conference) -> Self {
        Self {
            id: conference.id(),
            state: Mutex::new(State {
                conference,
                listeners: HashMap::new(),
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    /// Hands `who`'s events to a new queue from now on.
    pub(super) fn listen(
        &mut self,
        who: ParticipantId,
        subscription: u64,
    ) -> mpsc::Receiver<Event> {
        let (events, received) = mpsc::channel(QUEUE);
        let listener = Listener {
            subscription,
            events,
        };
        self.listeners.insert(who, listener);
        received
    }

    /// A listener went away by itself.
    pub(super) fn unlisten(&mut self, now: Timestamp, who: ParticipantId, subscription: u64) {
        if self
            .listeners
            .get(&who)
            .is_some_and(|listener| listener.subscription == subscription)
        {
            self.listeners.remove(&who);
        }
        self.conference.detach(now, who, subscription);
    }

    fn tell(&mut self, now: Timestamp, to: ParticipantId, event: Event) {
        let Some(listener) = self.listeners.get(&to) else {
            return;
        };
        if listener.events.try_send(event).is_err() {
            let subscription = listener.subscription;
            tracing::debug!(participant = %to, "a listener does not read its events");
            self.unlisten(now, to, subscription);
        }
    }
}

impl Inner {
    /// Does what a conference wants done. Nothing here blocks.
    pub(super) fn carry_out(&self, state: &mut State, now: Timestamp) {
        let id = state.conference.id();
        for effect in state.conference.take_effects() {
            match effect {
                Effect::Tell { to, event } => state.tell(now, to, event),
                Effect::EndEvents(who) => {
                    state.listeners.remove(&who);
                }
                Effect::Assign(table) => self.engine.assign(id, table),
                Effect::CloseCall(call) => self.engine.close_call(id, call),
                Effect::Record(record) => {
                    if self.records.try_send(Job::Write(record)).is_err() {
                        tracing::error!(conference = %id, "a call record is lost: the database does not keep up");
                    }
                }
            }
        }
    }
}
