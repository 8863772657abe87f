//! Hosts and guests, and what they are called.

use jiff::Timestamp;
use vdx_domain::{LegEnd, ParticipantId, ParticipantRole};

use super::{Conference, Refused};
use crate::DisplayName;

impl Conference {
    /// Makes somebody inside a host or a guest. A host may step back, too; when
    /// none is left, the conference ends as if the last one had gone.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host on somebody inside,
    /// [`Refused::UnknownParticipant`].
    pub fn set_role(
        &mut self,
        now: Timestamp,
        by: ParticipantId,
        target: ParticipantId,
        role: ParticipantRole,
    ) -> Result<(), Refused> {
        self.host(by)?;
        let guests_muted = self.guest_microphones.muted;
        let target = self.target_mut(target)?;
        if target.waiting {
            return Err(Refused::NotAllowed);
        }
        let becomes_guest = target.is_host() && role == ParticipantRole::Guest;
        target.role = role;
        if becomes_guest && guests_muted {
            target.microphone.off_by_host = true;
        }
        self.note_company(now);
        self.settle();
        Ok(())
    }

    /// What somebody is now; a role may change during a stay.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn role_of(&self, who: ParticipantId) -> Result<ParticipantRole, Refused> {
        Ok(self.participant(who)?.role)
    }

    /// Writes another text than the name on somebody's picture; `None` is the
    /// name again.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host or oneself,
    /// [`Refused::UnknownParticipant`].
    pub fn set_overlay_text(
        &mut self,
        by: ParticipantId,
        target: ParticipantId,
        text: Option<DisplayName>,
    ) -> Result<(), Refused> {
        self.oneself_or_host(by, target)?;
        self.target_mut(target)?.overlay_text = text;
        self.settle();
        Ok(())
    }

    /// Ends the conference for all.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn terminate(&mut self, now: Timestamp, by: ParticipantId) -> Result<(), Refused> {
        self.host(by)?;
        self.disconnect_all(now, LegEnd::Terminated);
        Ok(())
    }
}
