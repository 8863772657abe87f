//! How often something may be done by one caller.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderValue, StatusCode, header};

use crate::Failure;

/// Keys remembered by each limit. Beyond it all further ones share one.
pub(crate) const MAX_KEYS: usize = 20_000;

/// A number that is known not to be zero.
pub(crate) const fn non_zero(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

type Limiter<C> =
    RateLimiter<u64, DashMapStateStore<u64>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// A limit for each of many keys, in bounded memory.
pub(crate) struct KeyedLimit<C: Clock = DefaultClock> {
    limiter: Limiter<C>,
    clock: C,
    /// Keyed at random, so that nobody can look for keys that collide.
    hasher: RandomState,
}

impl<C: Clock + Clone> KeyedLimit<C> {
    pub(crate) fn new(quota: Quota, clock: C) -> Self {
        Self {
            limiter: RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()),
            clock,
            hasher: RandomState::new(),
        }
    }

    /// Counts once for this key. `Err` is how long to wait.
    pub(crate) fn count(&self, key: impl Hash) -> Result<(), Duration> {
        if self.limiter.len() >= MAX_KEYS {
            self.limiter.retain_recent();
        }
        let key = if self.limiter.len() >= MAX_KEYS {
            0
        } else {
            self.hasher.hash_one(key)
        };
        self.limiter
            .check_key(&key)
            .map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> usize {
        self.limiter.len()
    }
}

/// One caller: an IPv4 address, or the 64 bits of an IPv6 address that a
/// network gives to one customer.
pub(crate) fn network(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits() >> 64,
    }
}

/// The refusal that says how long to wait.
pub(crate) fn too_many(wait: Duration) -> Failure {
    Failure::new(StatusCode::TOO_MANY_REQUESTS).header(
        header::RETRY_AFTER,
        HeaderValue::from(wait.as_secs().saturating_add(1)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    #[test]
    fn memory_is_bounded() {
        let quota = Quota::per_minute(non_zero(10));
        let limit = KeyedLimit::new(quota, FakeRelativeClock::default());
        for n in 0..MAX_KEYS + 100 {
            let _ = limit.count(n);
        }
        assert!(limit.keys() <= MAX_KEYS + 1);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_caller() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
