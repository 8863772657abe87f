//! Presenting: one at a time holds the floor.

use vdx_domain::ParticipantId;

use super::{Conference, Refused};

impl Conference {
    /// Somebody asks for the floor to present, and gets it: who held it loses it.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] for guests where guests may not present, and in
    /// the waiting room.
    pub fn take_floor(&mut self, who: ParticipantId) -> Result<(), Refused> {
        if !self.participant(who)?.may_present(&self.room) {
            return Err(Refused::NotAllowed);
        }
        self.presenter = Some(who);
        self.settle();
        Ok(())
    }

    /// Somebody stops presenting. Without effect when it is not its floor.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn release_floor(&mut self, who: ParticipantId) -> Result<(), Refused> {
        self.participant(who)?;
        if self.presenter == Some(who) {
            self.presenter = None;
            self.settle();
        }
        Ok(())
    }

    /// Lets somebody receive presentations, or not.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host, [`Refused::UnknownParticipant`].
    pub fn let_receive_presentation(
        &mut self,
        by: ParticipantId,
        target: ParticipantId,
        yes: bool,
    ) -> Result<(), Refused> {
        self.host(by)?;
        self.target_mut(target)?.presentation_denied = !yes;
        self.settle();
        Ok(())
    }

    /// Takes the floor from somebody who lost the right to it.
    pub(super) fn clear_floor(&mut self) {
        let room = &self.room;
        let participants = &self.participants;
        self.presenter = self.presenter.filter(|id| {
            let presenter = participants.iter().find(|who| who.id == *id);
            presenter.is_some_and(|who| who.may_present(room))
        });
    }
}
