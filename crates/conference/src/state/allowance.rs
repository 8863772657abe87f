//! How much somebody may do in how short a time: what one does, all others are
//! told, and an offer has to be read.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::ParticipantId;

use super::{Conference, Refused};

/// Offers a participant may make at once before [`OFFER_EVERY`] counts, by
/// whichever way its call goes.
pub const OFFER_BURST: u32 = 20;

/// How often a participant may go on making offers.
pub const OFFER_EVERY: SignedDuration = SignedDuration::from_secs(2);

/// Things a participant may do in the conference at once before [`ACT_EVERY`]
/// counts: a host goes through a long roster so.
pub const ACT_BURST: u32 = 100;

/// How often a participant may go on doing things.
pub const ACT_EVERY: SignedDuration = SignedDuration::from_millis(200);

/// So many at once, and one more after each pause.
#[derive(Debug)]
pub(super) struct Allowance {
    burst: u32,
    every: SignedDuration,
    /// When all that was taken will have been earned (GCRA).
    earned_at: Option<Timestamp>,
}

impl Allowance {
    pub(super) fn new(burst: u32, every: SignedDuration) -> Self {
        Self {
            burst,
            every,
            earned_at: None,
        }
    }

    /// Takes one, or says that none is left.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let earned = self.earned_at.map_or(now, |at| at.max(now)) + self.every;
        let i32_burst = i32::try_from(self.burst).unwrap_or(i32::MAX);
        let allowed = earned.duration_since(now) <= self.every * i32_burst;
        if allowed {
            self.earned_at = Some(earned);
        }
        allowed
    }
}

impl Conference {
    /// Somebody makes an offer: a first or a further one, to the hub or to
    /// another client.
    ///
    /// # Errors
    /// [`Refused::SignallingTooFast`], [`Refused::UnknownParticipant`].
    pub fn count_offer(&mut self, now: Timestamp, who: ParticipantId) -> Result<(), Refused> {
        let may = self.participant_mut(who)?.offers.take(now);
        may.then_some(()).ok_or(Refused::SignallingTooFast)
    }

    /// Somebody does something that others may have to be told, allowed or not.
    ///
    /// # Errors
    /// [`Refused::ActingTooFast`], [`Refused::UnknownParticipant`].
    pub fn count_act(&mut self, now: Timestamp, who: ParticipantId) -> Result<(), Refused> {
        let may = self.participant_mut(who)?.acts.take(now);
        may.then_some(()).ok_or(Refused::ActingTooFast)
    }
}
