//! A clock that can be set forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{Clock, SystemClock};

/// Goes like the machine's clock, and can be set forward.
#[derive(Debug, Default)]
pub struct TestClock {
    ahead_millis: AtomicI64,
}

impl TestClock {
    /// Sets the clock forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("a sensible length of time");
        self.ahead_millis.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_millis.load(Ordering::SeqCst));
        SystemClock.now() + ahead
    }
}
