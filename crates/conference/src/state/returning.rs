//! Coming back after a restart of the hub.

use jiff::Timestamp;
use vdx_domain::{ConferenceId, ParticipantId, ParticipantRole, Room};
use vdx_store::live_conferences::LiveConference;
use vdx_store::standings::Standing;

use super::{
    Conference, Joined, MAX_PARTICIPANTS, Newcomer, Participant, Refused, TOKEN_LIFETIME, muting,
};
use crate::token::Claims;

impl Conference {
    /// The conference that goes on in `room` after a restart at `now`, or a new
    /// one where none did. Nobody is in it yet.
    #[must_use]
    pub fn continued(now: Timestamp, before: Option<LiveConference>, room: Room) -> Self {
        let id = before.map_or_else(ConferenceId::generate, |before| before.id);
        let mut conference = Self::new(id, room);
        if let Some(before) = before {
            conference.locked_at = before.locked.then_some(now);
            if let Some(said) = before.guest_microphones {
                conference.guest_microphones = said;
            }
            conference.awaits_until = now.checked_add(TOKEN_LIFETIME).ok();
        }
        conference
    }

    /// What of it must outlive a restart.
    #[must_use]
    pub fn memory(&self) -> LiveConference {
        LiveConference {
            id: self.id,
            room: self.room.key,
            locked: self.is_locked(),
            guest_microphones: Some(self.guest_microphones)
                .filter(|said| *said != muting::by_room(&self.room.settings)),
        }
    }

    /// Lets somebody back in who was in before a restart, as whom the token says,
    /// and standing as is remembered; without that as a newcomer stands, for
    /// whom nothing was switched off or on. Who was inside is inside again, and that the doors were open then opens
    /// them now; who waited waits until they are, or a lock is taken off. A seat
    /// that was had is had again, whatever the room's limit.
    ///
    /// # Errors
    /// [`Refused::Full`] at the limit of all conferences.
    pub fn come_back(
        &mut self,
        now: Timestamp,
        room: Room,
        claims: &Claims,
        standing: Option<Standing>,
    ) -> Result<Joined, Refused> {
        self.take_over(room);
        if self.participants.len() >= MAX_PARTICIPANTS {
            return Err(Refused::Full);
        }
        let newcomer = Newcomer {
            name: claims.name.clone(),
            role: claims.role,
            direct_chat: claims.direct_chat,
            direct_media: claims.direct_media,
        };
        let microphone = self.microphone_of_newcomer(claims.role);
        let mut back = Participant::new(claims.joined_at, newcomer, microphone);
        back.id = claims.participant;
        back.token_until = now + TOKEN_LIFETIME;
        if let Some(standing) = standing {
            back.take_up(standing);
        }
        back.knocks = back.role == ParticipantRole::Guest || self.room.host_pin.is_none();
        back.waiting = claims.waiting;
        self.started |= !claims.waiting;
        self.participants.push(back);
        self.settle();
        self.note_company(now);
        Ok(Joined {
            participant: claims.participant,
            waiting: self.waits(claims.participant),
        })
    }

    /// Whether somebody is in the waiting room.
    #[must_use]
    pub fn waits(&self, who: ParticipantId) -> bool {
        self.participant(who).is_ok_and(|who| who.waiting)
    }

    /// All tokens of before the restart have ended.
    pub(super) fn await_no_longer(&mut self, now: Timestamp) {
        self.awaits_until = self.awaits_until.filter(|until| now < *until);
    }
}
