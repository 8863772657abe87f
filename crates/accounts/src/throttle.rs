//! Slows down those who try, by the generic cell rate algorithm: some attempts
//! at once, then one each interval.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

/// Keys remembered. Beyond it all further ones share one.
const MAX_KEYS: usize = 20_000;

/// Counts attempts by key.
pub(crate) struct Throttle {
    burst: i32,
    interval: SignedDuration,
    /// By key: when the attempts counted so far are worn off.
    worn_off: Mutex<HashMap<u64, Timestamp>>,
    /// Keyed at random, so that nobody can look for keys that collide.
    hasher: RandomState,
}

impl Throttle {
    pub(crate) fn new(burst: i32, interval: SignedDuration) -> Self {
        Self {
            burst,
            interval,
            worn_off: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// Counts an attempt before its outcome is known, so that many at once are
    /// counted too. `Err`: not to be made now; how long to wait.
    pub(crate) fn take(&self, key: impl Hash, now: Timestamp) -> Result<(), Duration> {
        let mut worn_off = self.worn_off.lock();
        if worn_off.len() >= MAX_KEYS {
            worn_off.retain(|_, at| *at > now);
        }
        let key = match self.hasher.hash_one(key) {
            key if worn_off.contains_key(&key) || worn_off.len() < MAX_KEYS => key,
            _ => 0,
        };
        let at = worn_off.entry(key).or_insert(now);
        let next = (*at).max(now) + self.interval;
        let over = next.duration_since(now) - self.interval * self.burst;
        if over > SignedDuration::ZERO {
            return Err(over.unsigned_abs());
        }
        *at = next;
        Ok(())
    }

    /// Takes back the count of an attempt that was right.
    pub(crate) fn give_back(&self, key: impl Hash) {
        let key = self.hasher.hash_one(key);
        if let Some(at) = self.worn_off.lock().get_mut(&key) {
            *at -= self.interval;
        }
    }
}

/// One caller: an IPv4 address, or the 64 bits of an IPv6 address that a
/// network gives to one customer.
pub(crate) fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits() >> 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn some_at_once_then_one_each_interval() {
        let throttle = Throttle::new(3, SECOND * 10);
        for _ in 0..3 {
            throttle.take("a", at(100)).unwrap();
        }
        assert_eq!(throttle.take("a", at(100)), Err(Duration::from_secs(10)));
        assert_eq!(throttle.take("a", at(109)), Err(Duration::from_secs(1)));
        throttle.take("b", at(100)).unwrap();
        throttle.take("a", at(110)).unwrap();
        assert!(throttle.take("a", at(110)).is_err());
        for _ in 0..3 {
            throttle.take("a", at(1000)).unwrap();
        }
    }

    #[test]
    fn what_was_right_does_not_count() {
        let throttle = Throttle::new(1, SECOND);
        for _ in 0..5 {
            throttle.take("a", at(100)).unwrap();
            throttle.give_back("a");
        }
        throttle.give_back("nobody");
        throttle.take("nobody", at(100)).unwrap();
        assert!(throttle.take("nobody", at(100)).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new(1, SECOND);
        for n in 0..MAX_KEYS + 100 {
            let _ = throttle.take(n, at(100));
        }
        assert!(throttle.worn_off.lock().len() <= MAX_KEYS + 1);
        throttle.take("later", at(200)).unwrap();
        assert!(throttle.worn_off.lock().len() <= 2);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_caller() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
