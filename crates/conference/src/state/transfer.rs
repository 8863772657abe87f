//! Sending somebody to another room.

use std::sync::Arc;

use vdx_domain::ParticipantId;

use super::{Conference, Effect, Refused};
use crate::event::{Event, Referral};

impl Conference {
    /// Tells somebody to go to another room. The client goes by itself, with the
    /// token in the referral, and leaves here; one that does not stays.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host on somebody inside,
    /// [`Refused::UnknownTarget`], [`Refused::Unreachable`] when the client does
    /// not listen.
    pub fn refer(
        &mut self,
        by: ParticipantId,
        target: ParticipantId,
        referral: Referral,
    ) -> Result<(), Refused> {
        self.host(by)?;
        let target = self.target(target)?;
        if target.waiting {
            return Err(Refused::NotAllowed);
        }
        if !target.listens() {
            return Err(Refused::Unreachable);
        }
        let to = target.id;
        self.effects.push(Effect::Tell {
            to,
            event: Event::Refer(Arc::new(referral)),
        });
        Ok(())
    }
}
