//! What conferences have decided and a worker has not carried out yet.
//!
//! Nothing of it may be lost: a guest who was sent away would go on to be seen,
//! a voice that was muted to be heard. So there is no queue that could be full:
//! of each matter the last word counts, and there are no more matters than
//! conferences and calls.

use std::collections::{BTreeMap, BTreeSet};

use vdx_domain::{CallId, ConferenceId};

use crate::types::{Assignment, Shown};

/// Something that must come about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The worker ends.
    Stop,
    CloseConference(ConferenceId),
    Close(CallId),
    Assign(ConferenceId, Vec<Assignment>),
    Show(CallId, Vec<Shown>),
}

/// What is yet to be carried out.
///
/// It need not be carried out in the order it was decided in: a table is complete,
/// and what is said of a call that is over is passed over. Only a call that is
/// being opened could miss its end; who then gets the answer closes it.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    stop: bool,
    conferences: BTreeSet<ConferenceId>,
    calls: BTreeSet<CallId>,
    tables: BTreeMap<ConferenceId, Vec<Assignment>>,
    shown: BTreeMap<CallId, Vec<Shown>>,
}

impl Decisions {
    /// Notes what was decided, in the place of what was decided before on the
    /// same matter.
    pub(crate) fn note(&mut self, decision: Decision) {
        match decision {
            Decision::Stop => self.stop = true,
            Decision::CloseConference(conference) => {
                self.tables.remove(&conference);
                self.conferences.insert(conference);
            }
            Decision::Close(call) => {
                self.shown.remove(&call);
                self.calls.insert(call);
            }
            Decision::Assign(conference, table) => {
                self.tables.insert(conference, table);
            }
            Decision::Show(call, shown) => {
                let known = self.shown.entry(call).or_default();
                known.retain(|old| shown.iter().all(|new| new.slot != old.slot));
                known.extend(shown);
            }
        }
    }

    /// Takes what is to be carried out next; ends before anything else, because
    /// they leave less to do.
    pub(crate) fn next(&mut self) -> Option<Decision> {
        if std::mem::take(&mut self.stop) {
            return Some(Decision::Stop);
        }
        let conference = self.conferences.pop_first().map(Decision::CloseConference);
        conference
            .or_else(|| self.calls.pop_first().map(Decision::Close))
            .or_else(|| {
                let (conference, table) = self.tables.pop_first()?;
                Some(Decision::Assign(conference, table))
            })
            .or_else(|| {
                let (call, shown) = self.shown.pop_first()?;
                Some(Decision::Show(call, shown))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Content, Slot};

    fn all(decisions: &mut Decisions) -> Vec<Decision> {
        std::iter::from_fn(|| decisions.next()).collect()
    }

    fn shown(index: u8, height: u16) -> Shown {
        let content = Content::Main;
        Shown {
            slot: Slot { content, index },
            height: Some(height),
        }
    }

    #[test]
    fn the_last_word_on_each_matter_is_carried_out_once() {
        let (conference, call) = (ConferenceId::generate(), CallId::generate());
        let seat = |source| Assignment {
            receiver: call,
            slot: shown(0, 0).slot,
            source,
            large: true,
        };
        let mut decisions = Decisions::default();
        let last = vec![seat(CallId::generate())];
        for _ in 0..10_000 {
            let before = vec![seat(CallId::generate())];
            decisions.note(Decision::Assign(conference, before));
            decisions.note(Decision::Show(call, vec![shown(0, 1), shown(1, 1)]));
        }
        decisions.note(Decision::Show(call, vec![shown(1, 2)]));
        decisions.note(Decision::Assign(conference, last.clone()));
        let expected = vec![
            Decision::Assign(conference, last),
            Decision::Show(call, vec![shown(0, 1), shown(1, 2)]),
        ];
        assert_eq!(all(&mut decisions), expected);
        assert!(all(&mut decisions).is_empty());
    }

    #[test]
    fn ends_come_first_and_make_the_rest_needless() {
        let (conference, call) = (ConferenceId::generate(), CallId::generate());
        let mut decisions = Decisions::default();
        decisions.note(Decision::Assign(conference, Vec::new()));
        decisions.note(Decision::Show(call, vec![shown(0, 1)]));
        decisions.note(Decision::Close(call));
        decisions.note(Decision::CloseConference(conference));
        decisions.note(Decision::Stop);
        let expected = vec![
            Decision::Stop,
            Decision::CloseConference(conference),
            Decision::Close(call),
        ];
        assert_eq!(all(&mut decisions), expected);
    }
}
