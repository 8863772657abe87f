//! How often a connection test may begin.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;
use governor::clock::DefaultClock;

use crate::limits::{KeyedLimit, network, non_zero};

/// Tests that may begin at once from one address, and how long until one more
/// may: a hospital is behind one address, and its staff are told to test.
const FROM_ONE: (NonZeroU32, Duration) = (non_zero(20), Duration::from_secs(6));

/// Tests that may begin at once from everywhere, and then each second.
const FROM_ALL: (NonZeroU32, NonZeroU32) = (non_zero(50), non_zero(5));

/// How often tests may begin, from one address and from all together.
pub(crate) struct TestLimits {
    from_one: KeyedLimit,
    from_all: KeyedLimit,
}

impl TestLimits {
    pub(crate) fn new() -> Self {
        let (burst, every) = FROM_ONE;
        let from_one = Quota::with_period(every)
            .unwrap_or(Quota::per_minute(NonZeroU32::MIN))
            .allow_burst(burst);
        let from_all = Quota::per_second(FROM_ALL.1).allow_burst(FROM_ALL.0);
        Self {
            from_one: KeyedLimit::new(from_one, DefaultClock::default()),
            from_all: KeyedLimit::new(from_all, DefaultClock::default()),
        }
    }

    /// Counts a test that begins. `Err` is how long to wait.
    pub(super) fn begin(&self, address: IpAddr) -> Result<(), Duration> {
        // In this order: an address that is refused takes nothing from the others.
        self.from_one.count(network(address))?;
        self.from_all.count(())
    }
}
