//! Spotlights: whom hosts want everybody to see.

use jiff::Timestamp;
use vdx_domain::ParticipantId;

use super::{Conference, Refused};

/// Somebody in the spotlight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spotlight {
    pub(super) who: ParticipantId,
    pub(super) since: Timestamp,
}

impl Conference {
    /// Puts somebody in the spotlight, after those who are in it, or takes
    /// somebody out.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host on somebody inside,
    /// [`Refused::UnknownParticipant`].
    pub fn spotlight(
        &mut self,
        now: Timestamp,
        by: ParticipantId,
        target: ParticipantId,
        on: bool,
    ) -> Result<(), Refused> {
        self.host(by)?;
        if self.target(target)?.waiting {
            return Err(Refused::NotAllowed);
        }
        let lit = self.spotlight_since(target).is_some();
        if on && !lit {
            self.spotlights.push(Spotlight {
                who: target,
                since: now,
            });
        } else if !on {
            self.spotlights.retain(|light| light.who != target);
        }
        self.settle();
        Ok(())
    }

    pub(super) fn spotlight_since(&self, who: ParticipantId) -> Option<Timestamp> {
        let light = self.spotlights.iter().find(|light| light.who == who);
        light.map(|light| light.since)
    }
}
