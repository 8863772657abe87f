//! How often tokens may be asked for.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

/// Requests an address may make at once, and then each second.
const REQUESTS: (NonZeroU32, NonZeroU32) = (non_zero(200), non_zero(50));
/// Wrong credentials for one client from one address at once, and then each minute.
const MISTAKES: (NonZeroU32, NonZeroU32) = (non_zero(10), non_zero(10));
/// Keys remembered by each limit. Beyond it all further ones share one.
const MAX_KEYS: usize = 20_000;

const fn non_zero(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

type Limiter<C> =
    RateLimiter<u64, DashMapStateStore<u64>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The limits of the token service. Somebody else's mistakes never keep out a
/// client that shows the right secret: they are counted for the client and the
/// address together, and looked at only when the secret is wrong.
pub(crate) struct TokenLimits<C: Clock = DefaultClock> {
    requests: Limiter<C>,
    mistakes: Limiter<C>,
    clock: C,
    /// Keyed at random, so that nobody can look for keys that collide.
    hasher: RandomState,
}

impl TokenLimits {
    pub(crate) fn new() -> Self {
        Self::with_clock(DefaultClock::default())
    }
}

impl<C: Clock + Clone> TokenLimits<C> {
    fn with_clock(clock: C) -> Self {
        let limiter = |quota| RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Self {
            requests: limiter(Quota::per_second(REQUESTS.1).allow_burst(REQUESTS.0)),
            mistakes: limiter(Quota::per_minute(MISTAKES.1).allow_burst(MISTAKES.0)),
            clock,
            hasher: RandomState::new(),
        }
    }

    /// Counts a request. `Err` is how long to wait.
    pub(super) fn request(&self, address: IpAddr) -> Result<(), Duration> {
        self.count(&self.requests, network(address))
    }

    /// Counts wrong credentials. `Err` is how long to wait.
    pub(super) fn mistake(&self, client: &str, address: IpAddr) -> Result<(), Duration> {
        self.count(&self.mistakes, (client, network(address)))
    }

    fn count(&self, limiter: &Limiter<C>, key: impl Hash) -> Result<(), Duration> {
        if limiter.len() >= MAX_KEYS {
            limiter.retain_recent();
        }
        let key = if limiter.len() >= MAX_KEYS {
            0
        } else {
            self.hasher.hash_one(key)
        };
        limiter
            .check_key(&key)
            .map_err(|refused| refused.wait_time_from(self.clock.now()))
    }
}

/// One caller: an IPv4 address, or the 64 bits of an IPv6 address that a
/// network gives to one customer.
fn network(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits() >> 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn ten_mistakes_then_one_each_six_seconds() {
        let clock = FakeRelativeClock::default();
        let limits = TokenLimits::with_clock(clock.clone());
        for _ in 0..10 {
            limits.mistake("a", HERE).unwrap();
        }
        let wait = limits.mistake("a", HERE).unwrap_err();
        assert!(
            wait > Duration::from_secs(5) && wait <= Duration::from_secs(6),
            "{wait:?}"
        );
        limits.mistake("b", HERE).unwrap();
        limits.mistake("a", THERE).unwrap();
        clock.advance(Duration::from_millis(6001));
        limits.mistake("a", HERE).unwrap();
        assert!(limits.mistake("a", HERE).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let limits = TokenLimits::with_clock(FakeRelativeClock::default());
        for n in 0..MAX_KEYS + 100 {
            let _ = limits.mistake(&n.to_string(), HERE);
        }
        assert!(limits.mistakes.len() <= MAX_KEYS + 1);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_caller() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
