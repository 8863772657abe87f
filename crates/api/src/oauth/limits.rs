//! How often tokens may be asked for.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;
use governor::clock::{Clock, DefaultClock};

use crate::limits::{KeyedLimit, network, non_zero};

/// Requests an address may make at once, and then each second.
const REQUESTS: (NonZeroU32, NonZeroU32) = (non_zero(200), non_zero(50));
/// Wrong credentials for one client from one address at once, and then each minute.
const MISTAKES: (NonZeroU32, NonZeroU32) = (non_zero(10), non_zero(10));

/// The limits of the token service. Somebody else's mistakes never keep out a
/// client that shows the right secret: they are counted for the client and the
/// address together, and looked at only when the secret is wrong.
pub(crate) struct TokenLimits<C: Clock = DefaultClock> {
    requests: KeyedLimit<C>,
    mistakes: KeyedLimit<C>,
}

impl TokenLimits {
    pub(crate) fn new() -> Self {
        Self::with_clock(&DefaultClock::default())
    }
}

impl<C: Clock + Clone> TokenLimits<C> {
    fn with_clock(clock: &C) -> Self {
        let requests = Quota::per_second(REQUESTS.1).allow_burst(REQUESTS.0);
        let mistakes = Quota::per_minute(MISTAKES.1).allow_burst(MISTAKES.0);
        Self {
            requests: KeyedLimit::new(requests, clock.clone()),
            mistakes: KeyedLimit::new(mistakes, clock.clone()),
        }
    }

    /// Counts a request. `Err` is how long to wait.
    pub(super) fn request(&self, address: IpAddr) -> Result<(), Duration> {
        self.requests.count(network(address))
    }

    /// Counts wrong credentials. `Err` is how long to wait.
    pub(super) fn mistake(&self, client: &str, address: IpAddr) -> Result<(), Duration> {
        self.mistakes.count((client, network(address)))
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
        let limits = TokenLimits::with_clock(&clock);
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
}
