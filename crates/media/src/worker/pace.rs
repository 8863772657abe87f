//! When a media thread looks for packets: as soon as one comes, or every
//! millisecond.
//!
//! To sleep and be woken has a price, on a virtual machine a higher one than to
//! forward a packet; and what is read together leaves together. So where packets
//! come thick they are not waited for: the thread sleeps and then takes what there
//! is. Where they come seldom each wakes it, and none waits.

use std::time::{Duration, Instant};

/// How long packets may wait for others to be read with them.
const GATHER: Duration = Duration::from_millis(1);
/// Looks in vain after which the thread waits to be woken.
const IN_VAIN: u32 = 2;

/// How thick packets come.
#[derive(Debug, Default)]
pub(super) struct Pace {
    thick: bool,
    in_vain: u32,
    /// When packets were found last.
    found: Option<Instant>,
}

impl Pace {
    /// How long to sleep before the next look, which then waits for nothing; `None`
    /// to wait until packets come.
    pub(super) fn sleep(&self) -> Option<Duration> {
        self.thick.then_some(GATHER)
    }

    /// Takes into account whether a look has found packets.
    pub(super) fn looked(&mut self, found: bool, now: Instant) {
        if found {
            let soon = |at: Instant| now.saturating_duration_since(at) < 2 * GATHER;
            self.thick |= self.found.is_some_and(soon);
            self.found = Some(now);
            self.in_vain = 0;
        } else if self.thick {
            self.in_vain += 1;
            self.thick = self.in_vain < IN_VAIN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_that_come_thick_are_looked_for_and_others_waited_for() {
        let mut pace = Pace::default();
        let mut now = Instant::now();
        let mut look = |pace: &mut Pace, millis, found| {
            now += Duration::from_millis(millis);
            pace.looked(found, now);
            pace.sleep()
        };
        assert_eq!(look(&mut pace, 0, true), None);
        assert_eq!(look(&mut pace, 20, true), None, "a voice alone");
        assert_eq!(look(&mut pace, 1, true), Some(GATHER));
        assert_eq!(look(&mut pace, 1, false), Some(GATHER));
        assert_eq!(look(&mut pace, 1, true), Some(GATHER));
        assert_eq!(look(&mut pace, 1, false), Some(GATHER));
        assert_eq!(look(&mut pace, 1, false), None, "nothing comes any more");
        assert_eq!(look(&mut pace, 100, false), None);
        assert_eq!(look(&mut pace, 20, true), None);
    }
}
