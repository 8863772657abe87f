//! Raised hands.

use jiff::Timestamp;
use vdx_domain::ParticipantId;

use super::{Conference, Refused};

impl Conference {
    /// Somebody raises a hand; one that is up stays up since it was.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] for somebody else, and in the waiting room.
    pub fn raise_hand(
        &mut self,
        now: Timestamp,
        by: ParticipantId,
        target: ParticipantId,
    ) -> Result<(), Refused> {
        if by != target || self.participant(by)?.waiting {
            return Err(Refused::NotAllowed);
        }
        self.target_mut(target)?.hand_raised_at.get_or_insert(now);
        self.settle();
        Ok(())
    }

    /// Takes a hand down.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host or the owner,
    /// [`Refused::UnknownParticipant`].
    pub fn lower_hand(&mut self, by: ParticipantId, target: ParticipantId) -> Result<(), Refused> {
        self.oneself_or_host(by, target)?;
        self.target_mut(target)?.hand_raised_at = None;
        self.settle();
        Ok(())
    }

    /// Takes all hands down.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn lower_all_hands(&mut self, by: ParticipantId) -> Result<(), Refused> {
        self.host(by)?;
        for who in &mut self.participants {
            who.hand_raised_at = None;
        }
        self.settle();
        Ok(())
    }
}
