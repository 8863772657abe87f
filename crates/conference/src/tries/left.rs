//! How many more wrong PINs somebody may try: told with each refusal.
//!
//! It is worked out without looking at the PIN, so a right PIN that is not read
//! gets what a wrong one gets. It tells whether a PIN was read, and by what a
//! room bears about how many PINs it could have; the odds are computed for
//! somebody who knows both.

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};

use super::{Allowance, Used};

/// How many more wrong PINs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriesLeft {
    /// So many, if nobody else uses them up.
    More(NonZeroU32),
    /// None, until this much time has passed.
    NoneFor(SignedDuration),
}

impl TriesLeft {
    /// Whether a PIN is read.
    #[must_use]
    pub fn any(self) -> bool {
        matches!(self, Self::More(_))
    }

    /// What one allowance leaves.
    pub(super) fn of(allowance: Allowance, now: Timestamp, used: Used) -> Self {
        match NonZeroU32::new(allowance.left(now, used)) {
            Some(left) => Self::More(left),
            None => Self::NoneFor(allowance.wait(now, used)),
        }
    }

    /// What two allowances leave together.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::More(one), Self::More(other)) => Self::More(one.min(other)),
            (Self::NoneFor(one), Self::NoneFor(other)) => Self::NoneFor(one.max(other)),
            (none @ Self::NoneFor(_), Self::More(_)) | (Self::More(_), none) => none,
        }
    }
}
