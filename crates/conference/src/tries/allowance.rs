//! How often something is forgiven: an allowance that is used up and grows back.

use jiff::{SignedDuration, Timestamp};

/// So many at once, and one more after each pause: the generic cell rate
/// algorithm (ITU-T I.371), which needs one instant to remember.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    at_once: u32,
    pause: SignedDuration,
}

/// What was used of an allowance: the instant at which all of it is there again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used(Timestamp);

impl Allowance {
    /// `at_once`, at least 1, and one more after each `pause`.
    #[must_use]
    pub const fn new(at_once: u32, pause: SignedDuration) -> Self {
        Self { at_once, pause }
    }

    /// Most that fits into any stretch of `length`, both ends included.
    #[must_use]
    pub const fn most_within(self, length: SignedDuration) -> u64 {
        let grown = length.as_secs() / self.pause.as_secs();
        grown.unsigned_abs() + self.at_once as u64
    }

    /// Whether one more is left.
    #[must_use]
    pub fn has_left(self, now: Timestamp, used: Used) -> bool {
        self.wait(now, used).is_zero()
    }

    /// How many are left.
    #[must_use]
    pub fn left(self, now: Timestamp, used: Used) -> u32 {
        let growing = used.0.duration_since(now).max(SignedDuration::ZERO);
        // A part of a pause still to come is one that is not there yet.
        let missing = growing
            .as_nanos()
            .unsigned_abs()
            .div_ceil(self.pause.as_nanos().unsigned_abs());
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        self.at_once.saturating_sub(missing)
    }

    /// How long until one is left; zero when one is.
    #[must_use]
    pub fn wait(self, now: Timestamp, used: Used) -> SignedDuration {
        let all_but_one = self.pause * (self.at_once.cast_signed() - 1);
        let growing = used.0.duration_since(now);
        growing
            .saturating_sub(all_but_one)
            .max(SignedDuration::ZERO)
    }

    /// How long until one more is there, once all are used up.
    #[must_use]
    pub const fn pause(self) -> SignedDuration {
        self.pause
    }

    /// Uses one up.
    #[must_use]
    pub fn use_one(self, now: Timestamp, used: Used) -> Used {
        Used(
            used.0
                .max(now)
                .saturating_add(self.pause)
                .unwrap_or(Timestamp::MAX),
        )
    }
}

impl Used {
    /// Nothing.
    pub const NOTHING: Self = Self(Timestamp::MIN);

    /// What is whole again at this instant.
    #[must_use]
    pub fn until(whole_again: Timestamp) -> Self {
        Self(whole_again)
    }

    /// When all of it is there again.
    #[must_use]
    pub fn whole_again(self) -> Timestamp {
        self.0
    }

    /// Whether all of it is there again.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        self.0 <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    const ALLOWANCE: Allowance = Allowance::new(3, SignedDuration::from_secs(10));

    #[test]
    fn three_at_once_and_one_more_after_each_pause() {
        let mut used = Used::NOTHING;
        for _ in 0..3 {
            assert!(ALLOWANCE.has_left(at(0), used));
            used = ALLOWANCE.use_one(at(0), used);
        }
        assert!(!ALLOWANCE.has_left(at(9), used));
        assert!(ALLOWANCE.has_left(at(10), used));
        used = ALLOWANCE.use_one(at(10), used);
        assert!(!ALLOWANCE.has_left(at(19), used));
        assert!(!used.is_over(at(39)));
        assert!(used.is_over(at(40)));
    }

    #[test]
    fn so_many_are_left_as_can_be_used() {
        let mut used = Used::NOTHING;
        assert_eq!(ALLOWANCE.left(at(0), used), 3);
        for left in [2, 1, 0] {
            used = ALLOWANCE.use_one(at(0), used);
            assert_eq!(ALLOWANCE.left(at(0), used), left);
        }
        let wait = |second| ALLOWANCE.wait(at(second), used).as_secs();
        assert_eq!((wait(0), wait(9), wait(10), wait(50)), (10, 1, 0, 0));
        for (second, left) in [(9, 0), (10, 1), (19, 1), (20, 2), (29, 2), (30, 3), (99, 3)] {
            assert_eq!(ALLOWANCE.left(at(second), used), left, "{second}");
            assert_eq!(ALLOWANCE.has_left(at(second), used), left > 0, "{second}");
        }
    }

    #[test]
    fn what_is_said_to_fit_fits_and_no_more() {
        let mut used = Used::NOTHING;
        let mut count = 0;
        for second in 0..=95 {
            while ALLOWANCE.has_left(at(second), used) {
                used = ALLOWANCE.use_one(at(second), used);
                count += 1;
            }
        }
        assert_eq!(count, ALLOWANCE.most_within(SignedDuration::from_secs(95)));
        assert_eq!(count, 12);
    }
}
