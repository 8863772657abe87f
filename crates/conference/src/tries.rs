//! Counting wrong PINs.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};
use vdx_domain::RoomKey;

/// Wrong PINs somebody may type in one room within [`WINDOW`] before PINs are
/// refused unread.
pub const LIMIT: u32 = 5;

/// How long a wrong PIN counts: from the first of a series.
pub const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Most pairs of room and address remembered.
pub const CAPACITY: usize = 10_000;

/// Wrong PINs by room and address.
///
/// Only PINs are limited. Who shows a ticket or a token, or needs no PIN, is
/// never held up by others behind the same address.
#[derive(Debug, Default)]
pub struct WrongTries {
    series: HashMap<(RoomKey, IpAddr), Series>,
}

#[derive(Debug, Clone, Copy)]
struct Series {
    since: Timestamp,
    count: u32,
}

impl Series {
    fn is_over(self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= WINDOW
    }
}

impl WrongTries {
    /// Whether a PIN from `address` for `room` may be looked at.
    #[must_use]
    pub fn may_try(&self, now: Timestamp, room: RoomKey, address: IpAddr) -> bool {
        self.series
            .get(&(room, subscriber(address)))
            .is_none_or(|series| series.is_over(now) || series.count < LIMIT)
    }

    /// Counts a wrong PIN.
    pub fn count(&mut self, now: Timestamp, room: RoomKey, address: IpAddr) {
        let key = (room, subscriber(address));
        if !self.series.contains_key(&key) {
            self.make_room(now);
        }
        let series = self.series.entry(key).or_insert(Series {
            since: now,
            count: 0,
        });
        if series.is_over(now) {
            *series = Series {
                since: now,
                count: 0,
            };
        }
        series.count = series.count.saturating_add(1);
    }

    /// Keeps the memory bounded: what is over goes first, then the oldest.
    fn make_room(&mut self, now: Timestamp) {
        if self.series.len() < CAPACITY {
            return;
        }
        self.series.retain(|_, series| !series.is_over(now));
        if self.series.len() < CAPACITY {
            return;
        }
        let oldest = self
            .series
            .iter()
            .min_by_key(|(_, series)| series.since)
            .map(|(key, _)| *key);
        if let Some(key) = oldest {
            self.series.remove(&key);
        }
    }
}

/// The part of an address that stands for one subscriber: an IPv6 line gets 64
/// bits to choose its addresses from (RFC 7421).
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vdx_domain::FixedRoomId;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_sixth_wrong_pin_within_a_minute_is_not_looked_at() {
        let room = RoomKey::Fixed(FixedRoomId::generate());
        let other_room = RoomKey::Fixed(FixedRoomId::generate());
        let address = ip("192.0.2.1");
        let mut tries = WrongTries::default();
        for n in 0..5 {
            assert!(tries.may_try(at(n), room, address), "{n}");
            tries.count(at(n), room, address);
        }
        assert!(!tries.may_try(at(5), room, address));
        assert!(tries.may_try(at(5), other_room, address));
        assert!(tries.may_try(at(5), room, ip("192.0.2.2")));
        assert!(!tries.may_try(at(59), room, address));
        assert!(tries.may_try(at(60), room, address));
        tries.count(at(60), room, address);
        assert!(tries.may_try(at(61), room, address));
    }

    #[test]
    fn one_ipv6_line_counts_once_and_mapped_ipv4_as_itself() {
        let room = RoomKey::Fixed(FixedRoomId::generate());
        let mut tries = WrongTries::default();
        for n in 1..=5 {
            tries.count(at(0), room, ip(&format!("2001:db8:0:1::{n}")));
            tries.count(at(0), room, ip("::ffff:192.0.2.9"));
        }
        assert!(!tries.may_try(at(0), room, ip("2001:db8:0:1::99")));
        assert!(tries.may_try(at(0), room, ip("2001:db8:0:2::99")));
        assert!(!tries.may_try(at(0), room, ip("192.0.2.9")));
        assert!(tries.may_try(at(0), room, ip("192.0.2.10")));
    }

    #[test]
    fn the_memory_is_bounded() {
        let address = ip("192.0.2.1");
        let mut tries = WrongTries::default();
        for n in 0..(CAPACITY + 50) {
            let instant = at(i64::try_from(n / 1000).unwrap());
            tries.count(instant, RoomKey::Fixed(FixedRoomId::generate()), address);
        }
        assert!(tries.series.len() <= CAPACITY);
    }
}
