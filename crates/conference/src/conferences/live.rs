//! One conference with those who listen to it.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{mpsc, oneshot};
use vdx_domain::{CallId, ConferenceId, ParticipantId};
use vdx_store::live_conferences::{Departure, LiveConference};
use vdx_store::standings::ParticipantStanding;

use super::Inner;
use super::journal::Entry;
use super::records::Job;
use crate::event::Event;
use crate::state::{Conference, Effect, MAX_PARTICIPANTS, PeerAnswer, Refused};

/// Events that may wait for a listener. Who lets more pile up is dropped, and
/// gets the whole state anew when it comes back. A full roster fits.
pub(super) const QUEUE: usize = 4 * MAX_PARTICIPANTS;

/// Events kept of each listener, so that one whose stream breaks can go on
/// where it was. Who missed more gets the whole state anew.
pub const REPLAY: usize = 256;

pub(super) struct Live {
    pub(super) id: ConferenceId,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) conference: Conference,
    /// What the journal knows of it.
    remembered: Option<LiveConference>,
    listeners: HashMap<ParticipantId, Listener>,
    /// Who waits for the answer to an offer that was relayed, by call: at most
    /// one a participant.
    pub(super) askers: HashMap<CallId, oneshot::Sender<PeerAnswer>>,
    /// Participants, as the meter knows them.
    metered: u32,
}

/// An event's place in what a listener is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventId {
    /// Begun whenever a listener is told everything anew: the time it was, in
    /// milliseconds since the epoch.
    series: i64,
    /// Counted from 0 in the series.
    number: u64,
}

/// The text is no event's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event's id")]
pub struct InvalidEventId;

/// Something told, with its place.
#[derive(Debug, Clone)]
pub struct ToldEvent {
    /// What to give back as the last event heard.
    pub id: EventId,
    /// What was told.
    pub event: Arc<Event>,
}

struct Listener {
    subscription: u64,
    series: i64,
    /// The number of the next event.
    next: u64,
    /// The last events told, at most [`REPLAY`].
    kept: VecDeque<ToldEvent>,
    /// Nothing while the stream is broken.
    events: Option<mpsc::Sender<ToldEvent>>,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.series, self.number)
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (series, number) = text.split_once('-').ok_or(InvalidEventId)?;
        Ok(Self {
            series: series.parse().map_err(|_| InvalidEventId)?,
            number: number.parse().map_err(|_| InvalidEventId)?,
        })
    }
}

impl Live {
    pub(super) fn new(conference: Conference) -> Self {
        Self {
            id: conference.id(),
            state: Mutex::new(State {
                conference,
                remembered: None,
                listeners: HashMap::new(),
                askers: HashMap::new(),
                metered: 0,
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Listener {
    /// Keeps an event and hands it over; `false` when it is not read.
    fn tell(&mut self, event: Event) -> bool {
        let told = ToldEvent {
            id: EventId {
                series: self.series,
                number: self.next,
            },
            event: Arc::new(event),
        };
        self.next += 1;
        if self.kept.len() == REPLAY {
            self.kept.pop_front();
        }
        self.kept.push_back(told.clone());
        self.events
            .as_ref()
            .is_none_or(|events| events.try_send(told).is_ok())
    }

    /// What was told after `last`; `None` when it is not all there.
    fn since(&self, last: EventId) -> Option<Vec<ToldEvent>> {
        let kept = u64::try_from(self.kept.len()).ok()?;
        let oldest = self.next - kept;
        let complete = last.number < self.next && last.number + 1 >= oldest;
        (last.series == self.series && complete).then(|| {
            let told = self.kept.iter();
            told.filter(|told| told.id.number > last.number)
                .cloned()
                .collect()
        })
    }
}

impl State {
    /// Hands `who`'s events to a new queue from now on: those after `last`, or
    /// else everything anew.
    pub(super) fn listen(
        &mut self,
        now: Timestamp,
        who: ParticipantId,
        last: Option<EventId>,
    ) -> Result<(u64, mpsc::Receiver<ToldEvent>), Refused> {
        let (events, received) = mpsc::channel(QUEUE);
        if let Some(listener) = self.listeners.get_mut(&who)
            && let Some(missed) = last.and_then(|last| listener.since(last))
            && let Some(subscription) = self.conference.resume(who)?
        {
            for told in missed {
                // It holds more than is kept.
                events.try_send(told).unwrap_or(());
            }
            listener.subscription = subscription;
            listener.events = Some(events);
            return Ok((subscription, received));
        }
        let subscription = self.conference.attach(who)?;
        let listener = Listener {
            subscription,
            series: now.as_millisecond(),
            next: 0,
            kept: VecDeque::new(),
            events: Some(events),
        };
        self.listeners.insert(who, listener);
        Ok((subscription, received))
    }

    /// A listener went away by itself. It may come back.
    pub(super) fn unlisten(&mut self, now: Timestamp, who: ParticipantId, subscription: u64) {
        if let Some(listener) = self.listeners.get_mut(&who)
            && listener.subscription == subscription
        {
            listener.events = None;
        }
        self.conference.detach(now, who, subscription);
    }

    /// Ends all event streams, whatever else the state may be.
    pub(super) fn end_all_events(&mut self) {
        self.listeners.clear();
    }

    fn tell(&mut self, now: Timestamp, to: ParticipantId, event: Event) {
        let Some(listener) = self.listeners.get_mut(&to) else {
            return;
        };
        if !listener.tell(event) {
            let subscription = listener.subscription;
            tracing::debug!(participant = %to, "a listener does not read its events");
            self.unlisten(now, to, subscription);
        }
    }
}

impl Inner {
    /// Counts who came and went since this was last done.
    fn meter(&self, state: &mut State, now: Timestamp) {
        let there = u32::try_from(state.conference.participant_count()).unwrap_or(u32::MAX);
        let before = std::mem::replace(&mut state.metered, there);
        if before == there {
            return;
        }
        let room = state.conference.room();
        let mut meter = self.meter.lock();
        if room.key.is_test() {
            meter.change_tests(before, there);
        } else {
            meter.change(now, &room.organisation, before, there);
        }
    }

    /// Does what a conference wants done. Nothing here blocks.
    pub(super) fn carry_out(&self, state: &mut State, now: Timestamp) {
        let id = state.conference.id();
        self.meter(state, now);
        // Nobody comes back to a test, and nothing is kept of who was in it.
        let is_test = state.conference.room().key.is_test();
        let memory = state.conference.memory();
        if state.remembered.replace(memory) != Some(memory) && !is_test {
            self.journal.put(now, Entry::Conference(memory));
        }
        for effect in state.conference.take_effects() {
            match effect {
                Effect::Tell { to, event } => state.tell(now, to, event),
                Effect::EndEvents(who) => {
                    state.listeners.remove(&who);
                }
                Effect::Assign(table) => self.engine.assign(id, table),
                Effect::CloseCall(call) => self.engine.close_call(id, call),
                Effect::Answer { call, answer } => {
                    if let Some(asker) = state.askers.remove(&call) {
                        // One that waits no more has said so itself.
                        drop(asker.send(answer));
                    }
                }
                Effect::Departed(..) | Effect::Stands(..) | Effect::Record(_) if is_test => {}
                Effect::Departed(participant, token_until) => {
                    let departure = Departure {
                        participant,
                        conference: id,
                        token_until,
                    };
                    self.journal.put(now, Entry::Departed(departure));
                }
                Effect::Stands(participant, standing) => {
                    let whose = ParticipantStanding {
                        participant,
                        conference: id,
                        standing,
                    };
                    self.journal.put(now, Entry::Stands(whose));
                }
                Effect::Ended => self.revivals.lock().end(id),
                Effect::Record(record) => {
                    if self.records.try_send(Job::Write(record)).is_err() {
                        tracing::error!(conference = %id, "a call record is lost: the database does not keep up");
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener() -> Listener {
        Listener {
            subscription: 1,
            series: 7,
            next: 0,
            kept: VecDeque::new(),
            events: None,
        }
    }

    fn numbers(listener: &Listener, last: &str) -> Option<Vec<u64>> {
        let told = listener.since(last.parse().unwrap())?;
        Some(told.iter().map(|told| told.id.number).collect())
    }

    #[test]
    fn what_was_missed_is_told_and_nothing_twice() {
        let mut listener = listener();
        for _ in 0..3 {
            assert!(listener.tell(Event::PresentationStop));
        }
        assert_eq!(numbers(&listener, "7-0"), Some(vec![1, 2]));
        assert_eq!(numbers(&listener, "7-2"), Some(vec![]));
        assert_eq!(numbers(&listener, "7-3"), None, "never told");
        assert_eq!(numbers(&listener, "6-0"), None, "another series");
    }

    #[test]
    fn who_missed_more_than_is_kept_starts_anew() {
        let mut listener = listener();
        let kept = u64::try_from(REPLAY).unwrap();
        for _ in 0..kept + 2 {
            listener.tell(Event::PresentationStop);
        }
        assert_eq!(numbers(&listener, "7-0"), None);
        let all = numbers(&listener, "7-1").unwrap();
        assert_eq!((all.len(), all[0]), (REPLAY, 2));
    }

    #[test]
    fn ids_read_back_and_garbage_does_not() {
        let id: EventId = "1800000000000-12".parse().unwrap();
        assert_eq!(id.to_string(), "1800000000000-12");
        for text in ["", "1", "-", "a-1", "1-a", "1-18446744073709551616"] {
            assert_eq!(text.parse::<EventId>(), Err(InvalidEventId), "{text}");
        }
    }
}
