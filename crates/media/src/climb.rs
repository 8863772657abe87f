//! When a receiver's pictures may become larger again after they had to become
//! smaller: not at once, and the later the more often it went wrong.

use std::time::{Duration, Instant};

/// How long pictures stay small after the bandwidth fell short.
const SHORTEST_WAIT: Duration = Duration::from_secs(3);
/// The wait doubles each time a climb is followed by a fall, up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A fall so soon after a climb was caused by it.
const RECENT: Duration = Duration::from_secs(10);

/// A larger picture begins with a key frame, and while that one arrives the
/// estimate falls although the picture fits. So long the estimate of before counts.
const ARRIVING: Duration = Duration::from_secs(2);

/// The falls and climbs of one receiver.
#[derive(Debug)]
pub(crate) struct Climb {
    wait: Duration,
    not_before: Option<Instant>,
    /// When it last was, and what was thought to fit then.
    climbed: Option<(Instant, u64)>,
}

impl Default for Climb {
    fn default() -> Self {
        Self {
            wait: SHORTEST_WAIT,
            not_before: None,
            climbed: None,
        }
    }
}

impl Climb {
    /// Whether pictures may become larger than they are.
    pub(crate) fn is_allowed(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| now >= at)
    }

    /// A picture became larger, since so many bits a second fit.
    pub(crate) fn climbed(&mut self, now: Instant, budget: u64) {
        self.climbed = Some((now, budget));
    }

    /// What is to be taken to fit, where the estimate is `budget`. One that falls
    /// to less than half is believed at once.
    pub(crate) fn budget(&self, now: Instant, budget: u64) -> u64 {
        match self.climbed {
            Some((at, before))
                if now.saturating_duration_since(at) < ARRIVING && budget >= before / 2 =>
            {
                budget.max(before)
            }
            _ => budget,
        }
    }

    /// A picture had to become smaller.
    pub(crate) fn fell(&mut self, now: Instant) {
        let recent = |at: Instant| now.saturating_duration_since(at) < RECENT;
        match self.climbed.take() {
            Some((at, _)) if recent(at) => self.wait = (self.wait * 2).min(LONGEST_WAIT),
            Some(_) => self.wait = SHORTEST_WAIT,
            // Further down in the same fall.
            None => {}
        }
        self.not_before = Some(now + self.wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_fall_there_is_a_wait_that_grows_while_climbs_fail() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut climb = Climb::default();
        assert!(climb.is_allowed(start));
        climb.fell(at(0));
        climb.fell(at(1));
        assert!(!climb.is_allowed(at(3)) && climb.is_allowed(at(4)));
        climb.climbed(at(4), 1);
        climb.fell(at(6));
        assert!(!climb.is_allowed(at(11)) && climb.is_allowed(at(12)));
        climb.climbed(at(12), 1);
        climb.fell(at(60));
        assert!(
            !climb.is_allowed(at(62)) && climb.is_allowed(at(63)),
            "an old climb is no cause"
        );
    }

    #[test]
    fn while_a_larger_picture_arrives_the_estimate_of_before_counts() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut climb = Climb::default();
        assert_eq!(climb.budget(start, 300), 300);
        climb.climbed(start, 800);
        assert_eq!(climb.budget(after(1999), 400), 800);
        assert_eq!(climb.budget(after(1999), 399), 399, "that is no key frame");
        assert_eq!(climb.budget(after(1999), 900), 900);
        assert_eq!(climb.budget(after(2000), 400), 400);
    }

    #[test]
    fn the_wait_has_an_end() {
        let mut now = Instant::now();
        let mut climb = Climb::default();
        for _ in 0..10 {
            climb.climbed(now, 1);
            climb.fell(now);
            assert!(climb.is_allowed(now + LONGEST_WAIT));
            now += LONGEST_WAIT;
        }
    }
}
