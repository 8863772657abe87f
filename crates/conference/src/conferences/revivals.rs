//! Who comes back after a restart: the participants of conferences that went on
//! when the hub went down, as long as the tokens they had then are good.
//!
//! A token lets back in whom it names, once, and only while
//! * its conference was going on when the hub went down, and has not been ended
//!   since;
//! * its participant had not left or been put out, before or after;
//! * it has not expired: all tokens of before the restart have, when
//!   [`TOKEN_LIFETIME`] has gone by, and then nothing is remembered any more.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use vdx_domain::{ConferenceId, ParticipantId, RoomKey};
use vdx_store::live_conferences::{Departure, LiveConference};
use vdx_store::standings::{ParticipantStanding, Standing};

use crate::state::TOKEN_LIFETIME;
use crate::token::Claims;

/// What is remembered of before the restart.
#[derive(Debug)]
pub(super) struct Revivals {
    until: Timestamp,
    conferences: HashMap<ConferenceId, Revival>,
}

#[derive(Debug)]
struct Revival {
    conference: LiveConference,
    /// Who left before, and who is back.
    done: HashSet<ParticipantId>,
    /// How those stand for whom something was changed.
    standings: HashMap<ParticipantId, Standing>,
    /// Somebody is back, or somebody new is in its room.
    is_live: bool,
}

/// Somebody comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// How it stood, where something was changed for it.
    pub(super) standing: Option<Standing>,
}

impl Revivals {
    /// Of a hub that starts at `now`.
    pub(super) fn new(
        now: Timestamp,
        conferences: impl IntoIterator<Item = LiveConference>,
        departures: impl IntoIterator<Item = Departure>,
        standings: impl IntoIterator<Item = ParticipantStanding>,
    ) -> Self {
        let revival = |conference: LiveConference| Revival {
            conference,
            done: HashSet::new(),
            standings: HashMap::new(),
            is_live: false,
        };
        let mut conferences: HashMap<ConferenceId, Revival> = conferences
            .into_iter()
            .map(|conference| (conference.id, revival(conference)))
            .collect();
        for departure in departures {
            if let Some(revival) = conferences.get_mut(&departure.conference) {
                revival.done.insert(departure.participant);
            }
        }
        for whose in standings {
            if let Some(revival) = conferences.get_mut(&whose.conference) {
                revival.standings.insert(whose.participant, whose.standing);
            }
        }
        Self {
            until: now.saturating_add(TOKEN_LIFETIME).unwrap_or(now),
            conferences,
        }
    }

    /// Whether a token of before the restart lets its participant back in.
    pub(super) fn awaits(&self, now: Timestamp, claims: &Claims) -> bool {
        let known = self.conferences.get(&claims.conference);
        now < self.until
            && known.is_some_and(|revival| {
                revival.conference.room == claims.room
                    && !revival.done.contains(&claims.participant)
            })
    }

    /// Lets a participant back in, once. `None` when it may not.
    pub(super) fn take(&mut self, now: Timestamp, claims: &Claims) -> Option<Taken> {
        if !self.awaits(now, claims) {
            return None;
        }
        let revival = self.conferences.get_mut(&claims.conference)?;
        revival.done.insert(claims.participant);
        Some(Taken {
            standing: revival.standings.remove(&claims.participant),
        })
    }

    /// The conference that whoever comes into `room` now continues.
    pub(super) fn continue_in(&mut self, now: Timestamp, room: RoomKey) -> Option<LiveConference> {
        if now >= self.until {
            return None;
        }
        let mut revivals = self.conferences.values_mut();
        let revival = revivals.find(|revival| revival.conference.room == room)?;
        revival.is_live = true;
        Some(revival.conference)
    }

    /// A conference is ended: nobody comes back to it.
    pub(super) fn end(&mut self, id: ConferenceId) {
        self.conferences.remove(&id);
    }

    /// When all tokens of before the restart have ended: the conferences nobody
    /// came back to. Nothing is remembered then.
    pub(super) fn expire(&mut self, now: Timestamp) -> Vec<ConferenceId> {
        if now < self.until {
            return Vec::new();
        }
        let all = std::mem::take(&mut self.conferences);
        let forgotten = all.into_values().filter(|revival| !revival.is_live);
        forgotten.map(|revival| revival.conference.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DisplayName;
    use crate::testing::{at, room};
    use vdx_domain::ParticipantRole;

    fn conference() -> LiveConference {
        LiveConference {
            id: ConferenceId::generate(),
            room: room().key,
            locked: false,
            guest_microphones: None,
        }
    }

    fn claims(of: &LiveConference) -> Claims {
        Claims {
            participant: ParticipantId::generate(),
            conference: of.id,
            room: of.room,
            alias: "12345@rooms.example".parse().unwrap(),
            role: ParticipantRole::Guest,
            name: DisplayName::parse("A").unwrap(),
            direct_chat: false,
            direct_media: false,
            joined_at: at(0),
            waiting: false,
            expires_at: at(120),
        }
    }

    #[test]
    fn somebody_comes_back_once() {
        let before = conference();
        let who = claims(&before);
        let mut revivals = Revivals::new(at(0), [before], [], []);
        assert!(revivals.awaits(at(1), &who));
        assert!(revivals.take(at(1), &who).is_some());
        assert_eq!(
            revivals.take(at(2), &who),
            None,
            "put out after the restart, the token is of no use"
        );
        let other = revivals.take(at(2), &claims(&before));
        assert_eq!(other, Some(Taken { standing: None }), "others still come");
    }

    #[test]
    fn somebody_comes_back_with_its_own_standing_and_no_other() {
        let (before, unknown) = (conference(), conference());
        let who = claims(&before);
        let standing = Standing {
            microphone_off_by_host: true,
            ..Standing::free(ParticipantRole::Guest)
        };
        let of = |conference: &LiveConference, participant| ParticipantStanding {
            participant,
            conference: conference.id,
            standing,
        };
        let stranger = claims(&unknown).participant;
        let standings = [of(&before, who.participant), of(&unknown, stranger)];
        let mut revivals = Revivals::new(at(0), [before], [], standings);
        let standing = Some(standing);
        assert_eq!(revivals.take(at(1), &who), Some(Taken { standing }));
    }

    #[test]
    fn who_left_before_stays_out() {
        let before = conference();
        let who = claims(&before);
        let departure = Departure {
            participant: who.participant,
            conference: before.id,
            token_until: at(100),
        };
        let mut revivals = Revivals::new(at(0), [before], [departure], []);
        assert_eq!(revivals.take(at(1), &who), None);
    }

    #[test]
    fn nobody_comes_back_to_a_conference_that_ended_or_is_unknown_or_of_another_room() {
        let (before, unknown) = (conference(), conference());
        let mut revivals = Revivals::new(at(0), [before], [], []);
        assert_eq!(revivals.take(at(1), &claims(&unknown)), None);
        let elsewhere = LiveConference {
            room: unknown.room,
            ..before
        };
        assert_eq!(revivals.take(at(1), &claims(&elsewhere)), None);
        revivals.end(before.id);
        assert_eq!(revivals.take(at(1), &claims(&before)), None);
        assert_eq!(revivals.continue_in(at(1), before.room), None);
    }

    #[test]
    fn all_is_over_when_the_tokens_of_before_are() {
        let (back, gone) = (conference(), conference());
        let mut revivals = Revivals::new(at(0), [back, gone], [], []);
        assert_eq!(revivals.continue_in(at(1), back.room), Some(back));
        assert_eq!(revivals.expire(at(119)), []);
        assert!(revivals.awaits(at(119), &claims(&gone)));
        assert!(!revivals.awaits(at(120), &claims(&gone)));
        assert_eq!(revivals.continue_in(at(120), gone.room), None);
        assert_eq!(revivals.expire(at(120)), [gone.id], "the other one is live");
        assert_eq!(revivals.expire(at(121)), []);
    }
}
