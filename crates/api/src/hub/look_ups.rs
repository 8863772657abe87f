//! How often anybody may look up what needs no sign-in.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::Quota;
use governor::clock::DefaultClock;

use crate::Failure;
use crate::limits::{KeyedLimit, network, non_zero, too_many};

/// Look-ups from one address at once, and then each second: a hospital is
/// behind one address, and whoever tries links out gets nowhere with so few: a
/// link has 48 random bits.
const LOOK_UPS: (NonZeroU32, NonZeroU32) = (non_zero(200), non_zero(50));

/// How often one address may look something up.
pub(crate) struct LookUpLimit(KeyedLimit);

impl LookUpLimit {
    pub(crate) fn new() -> Self {
        let quota = Quota::per_second(LOOK_UPS.1).allow_burst(LOOK_UPS.0);
        Self(KeyedLimit::new(quota, DefaultClock::default()))
    }

    /// Counts a look-up.
    pub(super) fn count(&self, address: IpAddr) -> Result<(), Failure> {
        let counted = self.0.count(network(address));
        counted.map_err(|wait| too_many(wait).text("Too many look-ups."))
    }
}
