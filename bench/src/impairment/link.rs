//! One direction of one client's path, without sockets: packets go in with the
//! time, and come out when they would arrive.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::conditions::Conditions;

/// IPv4 and UDP headers of a packet, which take their share of the line.
const HEADERS: u64 = 28;
/// Packets on their way at once; more are lost. A second of 65,536 packets.
const MAX_ON_THE_WAY: usize = 65_536;

/// One direction of a path.
#[derive(Debug)]
pub struct Link {
    chance: StdRng,
    /// Gilbert's bad state: packets get lost.
    is_losing: bool,
    /// When the line has sent what it was given.
    busy_until: Option<Instant>,
    /// When the packet before arrives: none overtakes it by jitter.
    last_arrival: Option<Instant>,
    on_the_way: BTreeMap<(Instant, u64), Vec<u8>>,
    number: u64,
}

impl Link {
    /// A path on which chance repeats itself with the same `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            chance: StdRng::seed_from_u64(seed),
            is_losing: false,
            busy_until: None,
            last_arrival: None,
            on_the_way: BTreeMap::new(),
            number: 0,
        }
    }

    /// Sends a packet; `false` when it is lost.
    pub fn send(&mut self, conditions: &Conditions, now: Instant, packet: Vec<u8>) -> bool {
        // Chance is asked for each packet in the same order, whatever becomes of
        // it, so that two runs differ in nothing but what was changed.
        let lost = self.loses(conditions);
        let late = self.chance.random_bool(conditions.reorder);
        let jitter = Duration::from_millis(conditions.jitter_ms.into())
            .mul_f64(self.chance.random_range(0.0..=1.0));
        if lost || conditions.blackout || self.on_the_way.len() >= MAX_ON_THE_WAY {
            return false;
        }
        let Some(departure) = self.departure(conditions, now, packet.len()) else {
            return false;
        };
        let mut arrival = departure + conditions.delay() + jitter;
        if late {
            arrival += Duration::from_millis(conditions.reorder_ms.into());
        } else {
            arrival = self.last_arrival.map_or(arrival, |last| last.max(arrival));
            self.last_arrival = Some(arrival);
        }
        self.number += 1;
        self.on_the_way.insert((arrival, self.number), packet);
        true
    }

    /// The next packet that has arrived.
    pub fn receive(&mut self, now: Instant) -> Option<Vec<u8>> {
        let first = self.on_the_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When the next packet arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        self.on_the_way.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next packet off the line, and says when it would arrive.
    pub(super) fn take_arrival(&mut self) -> Option<Instant> {
        self.on_the_way.pop_first().map(|((at, _), _)| at)
    }

    fn loses(&mut self, conditions: &Conditions) -> bool {
        let draw = self.chance.random_range(0.0..1.0);
        if conditions.burst == 0.0 {
            self.is_losing = false;
            return draw < conditions.loss;
        }
        // The share of time in the bad state is the loss, a stay there as long as a burst.
        let leave = 1.0 / conditions.burst;
        let enter = (leave * conditions.loss / (1.0 - conditions.loss)).min(1.0);
        self.is_losing = draw < if self.is_losing { 1.0 - leave } else { enter };
        self.is_losing
    }

    /// When the line has sent the packet, or nothing when its queue is full.
    fn departure(
        &mut self,
        conditions: &Conditions,
        now: Instant,
        length: usize,
    ) -> Option<Instant> {
        if conditions.rate == 0 {
            self.busy_until = None;
            return Some(now);
        }
        let bytes = length as u64 + HEADERS;
        let time =
            |bytes: u64| Duration::from_secs_f64(bytes as f64 * 8.0 / conditions.rate as f64);
        let begin = self.busy_until.map_or(now, |busy| busy.max(now));
        if begin - now > time(conditions.queue) {
            return None;
        }
        self.busy_until = Some(begin + time(bytes));
        self.busy_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: [u8; 972] = [7; 972];

    fn send(link: &mut Link, conditions: &Conditions, at: Instant) -> bool {
        link.send(conditions, at, PACKET.to_vec())
    }

    /// What became of 20,000 packets.
    fn fates(conditions: Conditions, seed: u64) -> Vec<bool> {
        let (mut link, now) = (Link::new(seed), Instant::now());
        (0..20_000)
            .map(|_| {
                let sent = send(&mut link, &conditions, now);
                link.take_arrival();
                sent
            })
            .collect()
    }

    fn lost(fates: &[bool]) -> f64 {
        fates.iter().filter(|sent| !**sent).count() as f64 / fates.len() as f64
    }

    #[test]
    fn as_many_are_lost_as_asked_and_the_same_ones_with_the_same_seed() {
        let conditions = Conditions {
            loss: 0.05,
            ..Conditions::default()
        };
        let some = fates(conditions, 1);
        assert!((0.045..0.055).contains(&lost(&some)), "{}", lost(&some));
        assert_eq!(some, fates(conditions, 1));
        assert_ne!(some, fates(conditions, 2));
    }

    #[test]
    fn bursts_have_the_length_asked_for() {
        let conditions = Conditions {
            loss: 0.2,
            burst: 5.0,
            ..Conditions::default()
        };
        let fates = fates(conditions, 3);
        assert!((0.17..0.23).contains(&lost(&fates)), "{}", lost(&fates));
        let bursts = fates.windows(2).filter(|two| two[0] && !two[1]).count();
        let mean = lost(&fates) * fates.len() as f64 / bursts as f64;
        assert!((4.3..5.7).contains(&mean), "{mean}");
    }

    #[test]
    fn packets_arrive_after_their_delay_and_in_order_despite_jitter() {
        let conditions = Conditions {
            delay_ms: 300,
            jitter_ms: 50,
            ..Conditions::default()
        };
        let (mut link, start) = (Link::new(4), Instant::now());
        for n in 0..200u8 {
            let at = start + Duration::from_millis(u64::from(n));
            assert!(link.send(&conditions, at, vec![n]));
        }
        assert_eq!(link.receive(start + Duration::from_millis(299)), None);
        let end = start + Duration::from_millis(549);
        let arrived: Vec<u8> = std::iter::from_fn(|| link.receive(end)).flatten().collect();
        assert_eq!(arrived, (0..200).collect::<Vec<u8>>());
    }

    #[test]
    fn those_held_back_are_overtaken() {
        let conditions = Conditions {
            reorder: 0.1,
            ..Conditions::default()
        };
        let (mut link, start) = (Link::new(5), Instant::now());
        let mut arrived = Vec::new();
        for n in 0..250u8 {
            let now = start + Duration::from_millis(5 * u64::from(n));
            assert!(link.send(&conditions, now, vec![n]));
            arrived.extend(std::iter::from_fn(|| link.receive(now)).flatten());
        }
        arrived
            .extend(std::iter::from_fn(|| link.receive(start + Duration::from_secs(9))).flatten());
        assert_eq!(arrived.len(), 250);
        let overtaken = arrived.windows(2).filter(|two| two[0] > two[1]).count();
        assert!((10..45).contains(&overtaken), "{overtaken}");
    }

    #[test]
    fn a_line_carries_its_rate_and_a_full_queue_loses() {
        let conditions = Conditions {
            rate: 100_000,
            queue: 10_000,
            ..Conditions::default()
        };
        let (mut link, start) = (Link::new(6), Instant::now());
        // Ten times what fits, for ten seconds.
        let sent = (0..1250)
            .filter(|n| send(&mut link, &conditions, start + Duration::from_millis(8 * n)))
            .count();
        // 125 packets of 1000 bytes in ten seconds, and those still waiting.
        assert!((134..=137).contains(&sent), "{sent}");
        let ten = start + Duration::from_secs(10);
        let arrived = std::iter::from_fn(|| link.receive(ten)).count();
        assert!((124..=126).contains(&arrived), "{arrived}");
    }

    #[test]
    fn nothing_gets_through_a_blackout_and_all_after_it() {
        let dark = Conditions {
            blackout: true,
            ..Conditions::default()
        };
        let (mut link, now) = (Link::new(7), Instant::now());
        assert!(!send(&mut link, &dark, now));
        assert!(send(&mut link, &Conditions::default(), now));
        assert!(link.receive(now).is_some());
    }
}
