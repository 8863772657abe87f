//! The door: who waits, the lock, and letting people in.
//!
//! A guest waits until a host is inside. While the room is locked, whoever has
//! not proved to be a host by a PIN waits until somebody with the rights of a
//! host lets them in; in a room without a host PIN that is everybody who comes.
//! Hosts see those who wait in the roster: that is the knock.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::ParticipantId;

use super::participant::Participant;
use super::{Conference, Refused};
use crate::DisplayName;

/// A lock that was forgotten clears itself after this time.
pub const LOCK_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Somebody at the door, for a host who is not inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What they are called.
    pub name: DisplayName,
    /// Since when they wait.
    pub since: Timestamp,
}

impl Conference {
    /// Who waits, the first first.
    pub fn at_the_door(&self) -> impl Iterator<Item = Waiting> {
        let waiting = self.participants.iter().filter(|who| who.waiting);
        waiting.map(|who| Waiting {
            name: who.name.clone(),
            since: who.joined_at,
        })
    }

    /// Locks the room: newcomers wait. Those inside stay. A second lock counts
    /// from the first.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn lock(&mut self, now: Timestamp, by: ParticipantId) -> Result<(), Refused> {
        self.host(by)?;
        self.locked_at.get_or_insert(now);
        self.settle();
        Ok(())
    }

    /// Unlocks the room and lets everybody in who waits.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn unlock(&mut self, by: ParticipantId) -> Result<(), Refused> {
        self.host(by)?;
        self.locked_at = None;
        self.settle();
        Ok(())
    }

    /// Lets one in who waits. Without effect on somebody inside.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host, [`Refused::UnknownParticipant`].
    pub fn admit(&mut self, by: ParticipantId, target: ParticipantId) -> Result<(), Refused> {
        self.host(by)?;
        self.target_mut(target)?.waiting = false;
        self.settle();
        Ok(())
    }

    /// Lets in everybody who waits now. A lock stays as it is.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn admit_all(&mut self, by: ParticipantId) -> Result<(), Refused> {
        self.host(by)?;
        for who in &mut self.participants {
            who.waiting = false;
        }
        self.settle();
        Ok(())
    }

    /// Begins the conference for the guests who wait for a host. A host who is
    /// inside has begun it already; a lock still holds.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn start(&mut self, by: ParticipantId) -> Result<(), Refused> {
        self.check_host(by)
    }

    /// Whether somebody may do what hosts may.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless a host inside, [`Refused::UnknownParticipant`].
    pub fn check_host(&self, who: ParticipantId) -> Result<(), Refused> {
        self.host(who).map(|_| ())
    }

    /// Whether the room is locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked_at.is_some()
    }

    /// Lets in whom nothing holds up any more. When nobody is left inside, the
    /// room is as if nobody had ever been: unlocked, and without a host.
    pub(super) fn open_doors(&mut self) {
        if self.participants.iter().all(|who| who.waiting) {
            self.started = false;
            self.locked_at = self.locked_at.filter(|_| self.awaits_until.is_some());
        }
        let locked = self.is_locked();
        for who in &mut self.participants {
            who.waiting &= !who.has_host_role() || (locked && who.knocks);
        }
        self.started |= self.participants.iter().any(Participant::is_host);
        if self.started {
            for who in &mut self.participants {
                who.waiting &= locked && who.knocks;
            }
        }
    }

    /// Clears a lock that was forgotten.
    pub(super) fn forget_lock(&mut self, now: Timestamp) {
        if self
            .locked_at
            .is_some_and(|since| now.duration_since(since) >= LOCK_LIFETIME)
        {
            self.locked_at = None;
        }
    }
}
