//! What time does to a conference.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::LegEnd;

use super::participant::{EventStream, Participant, Told};
use super::{
    Conference, Departed, Effect, RECONNECT_GRACE, RECORD_PATIENCE, RESUME_WINDOW, RETURN_GRACE,
};
use crate::event::Ending;

/// How long things may stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// How long somebody may wait for a host to come, or to be let in.
    pub waiting: SignedDuration,
    /// How long guests may stay after the last host left.
    pub only_guests: SignedDuration,
    /// How long the last participant may stay after the others left; `None` is
    /// for ever.
    pub last_participant: Option<SignedDuration>,
}

impl Default for Timers {
    /// An hour for those who wait: rooms open before their meetings, and doctors
    /// are late. A minute for guests without a host. The last one may stay.
    fn default() -> Self {
        Self {
            waiting: SignedDuration::from_hours(1),
            only_guests: SignedDuration::from_secs(60),
            last_participant: None,
        }
    }
}

/// How long before the end of a meeting that ends everybody's stay people are
/// warned, in seconds, the last warning first.
pub const WARNINGS: [i64; 3] = [60, 300, 600];

/// Since when something is so that must not last.
#[derive(Debug, Default)]
pub(super) struct Company {
    only_guests_since: Option<Timestamp>,
    alone_since: Option<Timestamp>,
    /// At least two were inside at once.
    met: bool,
}

impl Conference {
    /// Sets how long things may stay as they are.
    #[must_use]
    pub fn with_timers(mut self, timers: Timers) -> Self {
        self.timers = timers;
        self
    }

    /// Time passes. To be called about once a second.
    pub fn tick(&mut self, now: Timestamp) {
        self.speakers.tick(now);
        self.await_no_longer(now);
        self.forget_lock(now);
        self.note_company(now);
        self.end_in_time(now);
        self.remove_gone(now);
        self.hand_over_records(now);
        self.tell_quality(now);
        self.give_up_silent_paths(now);
        self.settle();
    }

    /// Notes who is there for whom, when somebody came, went, or became
    /// something else.
    pub(super) fn note_company(&mut self, now: Timestamp) {
        let inside = self.participants.iter().filter(|who| !who.waiting);
        let (hosts, all) = inside.fold((0, 0), |(hosts, all), who| {
            (hosts + usize::from(who.is_host()), all + 1)
        });
        let since = |still: bool, before: Option<Timestamp>| still.then(|| before.unwrap_or(now));
        let company = &mut self.company;
        company.met = all > 1 || (company.met && all == 1);
        company.only_guests_since = since(all > 0 && hosts == 0, company.only_guests_since);
        company.alone_since = since(all == 1 && company.met, company.alone_since);
    }

    /// Ends what has lasted too long, and warns before the end of the meeting.
    fn end_in_time(&mut self, now: Timestamp) {
        let lasted = |since: Option<Timestamp>, limit: SignedDuration| {
            since.is_some_and(|since| now.duration_since(since) >= limit)
        };
        let timers = self.timers;
        if lasted(self.company.only_guests_since, timers.only_guests) {
            return self.disconnect_all(now, LegEnd::HostsLeft);
        }
        if timers
            .last_participant
            .is_some_and(|limit| lasted(self.company.alone_since, limit))
        {
            return self.disconnect_all(now, LegEnd::LeftAlone);
        }
        if self.everybody_ends_at().is_some_and(|end| now >= end) {
            return self.disconnect_all(now, LegEnd::MeetingEnded);
        }
        self.warn_of_end(now);
    }

    /// When everybody's stay ends, where it does with the meeting.
    pub(super) fn everybody_ends_at(&self) -> Option<Timestamp> {
        let ends = self.room.settings.end_meeting_on_end_time;
        self.room.ends_at.filter(|_| ends)
    }

    /// Notes which warning of the end is due.
    pub(super) fn warn_of_end(&mut self, now: Timestamp) {
        self.ending = self.everybody_ends_at().and_then(|ends_at| {
            let left = ends_at.duration_since(now);
            let warning = WARNINGS
                .into_iter()
                .find(|seconds| left <= SignedDuration::from_secs(*seconds));
            warning.map(|within| Ending { ends_at, within })
        });
    }

    /// Removes those who are silent, lost, or have waited too long.
    fn remove_gone(&mut self, now: Timestamp) {
        let longest_wait = self.timers.waiting;
        let mut gone = Vec::new();
        for who in &mut self.participants {
            who.note_reachability(now);
            who.forget_lost_stream(now, &mut self.effects);
            who.forget_stepping_out(now);
            if let Some(why) = who.is_gone(now, longest_wait) {
                gone.push((who.id, why));
            }
        }
        for (who, why) in gone {
            self.remove(now, who, why);
        }
    }

    /// Hands over the records that are complete, or have waited long enough for
    /// the media engine's last numbers.
    fn hand_over_records(&mut self, now: Timestamp) {
        let impatient = |leg: &Departed| {
            leg.closing.is_empty() || now.duration_since(leg.record.ended_at) >= RECORD_PATIENCE
        };
        let departed = std::mem::take(&mut self.departed);
        let (done, waiting): (Vec<_>, Vec<_>) = departed.into_iter().partition(impatient);
        self.departed = waiting;
        let records = done.into_iter().map(|leg| Effect::Record(leg.record));
        self.effects.extend(records);
    }
}

impl Participant {
    pub(super) fn note_reachability(&mut self, now: Timestamp) {
        if self.is_reachable() {
            self.unreachable_since = None;
        } else {
            self.unreachable_since.get_or_insert(now);
        }
    }

    /// Why this one cannot stay.
    fn is_gone(&self, now: Timestamp, longest_wait: SignedDuration) -> Option<LegEnd> {
        let lost = |since: Timestamp| now.duration_since(since) >= RECONNECT_GRACE;
        let out = |since: Timestamp| now.duration_since(since) >= RETURN_GRACE;
        if now >= self.token_until {
            Some(LegEnd::TokenExpired)
        } else if self.stepped_out_at.is_some_and(out) && !self.hears() {
            Some(LegEnd::Left)
        } else if self.unreachable_since.is_some_and(lost) {
            Some(LegEnd::ConnectionLost)
        } else if self.waiting && now.duration_since(self.joined_at) >= longest_wait {
            Some(LegEnd::WaitedTooLong)
        } else {
            None
        }
    }

    fn hears(&self) -> bool {
        matches!(self.events, EventStream::Open(_))
    }

    /// Who still listens has not left: the page was quicker back than its farewell.
    fn forget_stepping_out(&mut self, now: Timestamp) {
        let out = |since: Timestamp| now.duration_since(since) >= RETURN_GRACE;
        if self.hears() && self.stepped_out_at.is_some_and(out) {
            self.stepped_out_at = None;
        }
    }

    /// Stops keeping events for a stream that was lost too long ago.
    fn forget_lost_stream(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if let EventStream::Lost(since) = self.events
            && now.duration_since(since) >= RESUME_WINDOW
        {
            self.events = EventStream::Closed;
            self.told = Told::default();
            effects.push(Effect::EndEvents(self.id));
        }
    }
}
