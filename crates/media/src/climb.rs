//! When a receiver's pictures may become larger again after they had to become
//! smaller: not at once, and the later the more often it went wrong.

use std::time::{Duration, Instant};

/// How long pictures stay small after the bandwidth fell short.
const SHORTEST_WAIT: Duration = Duration::from_secs(3);
/// The wait doubles each time a climb is followed by a fall, up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A fall so soon after a climb was caused by it.
const RECENT: Duration = Duration::from_secs(10);

/// The falls and climbs of one receiver.
#[derive(Debug)]
pub(crate) struct Climb {
    wait: Duration,
    not_before: Option<Instant>,
    climbed: Option<Instant>,
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

    /// A picture became larger.
    pub(crate) fn climbed(&mut self, now: Instant) {
        self.climbed = Some(now);
    }

    /// A picture had to become smaller.
    pub(crate) fn fell(&mut self, now: Instant) {
        let recent = |at: Instant| now.saturating_duration_since(at) < RECENT;
        match self.climbed.take() {
            Some(at) if recent(at) => self.wait = (self.wait * 2).min(LONGEST_WAIT),
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
        climb.climbed(at(4));
        climb.fell(at(6));
        assert!(!climb.is_allowed(at(11)) && climb.is_allowed(at(12)));
        climb.climbed(at(12));
        climb.fell(at(60));
        assert!(
            !climb.is_allowed(at(62)) && climb.is_allowed(at(63)),
            "an old climb is no cause"
        );
    }

    #[test]
    fn the_wait_has_an_end() {
        let mut now = Instant::now();
        let mut climb = Climb::default();
        for _ in 0..10 {
            climb.climbed(now);
            climb.fell(now);
            assert!(climb.is_allowed(now + LONGEST_WAIT));
            now += LONGEST_WAIT;
        }
    }
}
