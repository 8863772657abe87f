//! What was sent lately, to be matched with what the receiver tells of it.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

use super::arrivals::{self, Status};

/// Packets remembered: two seconds of a very busy receiver.
const MOST: usize = 2048;
/// A packet that is told about late may still be found so far back.
const KEPT_BEHIND: u64 = 64;
/// The reference time has 24 bits of 64 ms.
const WRAP: i64 = (1 << 24) * 64_000;

#[derive(Debug, Clone, Copy)]
struct Sent {
    at: Instant,
    bytes: u16,
    /// The probe it belongs to; 0 = none.
    probe: u8,
    fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unknown,
    Arrived,
    Lost,
}

/// A packet that arrived.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Arrived {
    pub(super) sent: Instant,
    /// Microseconds of the receiver's clock.
    pub(super) at: i64,
    pub(super) bytes: u16,
    pub(super) probe: u8,
}

/// How much the reports of one datagram may still cost: each step is one. All
/// that is remembered can be told about once; a report that begins anew and
/// anew with packets that never arrived is not read to its end.
#[derive(Debug)]
pub(crate) struct Allowance(u64);

impl Default for Allowance {
    fn default() -> Self {
        Self(MOST as u64)
    }
}

impl Allowance {
    fn spend(&mut self, steps: u64) -> Option<()> {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or_default();
        left.map(|_| ())
    }
}

/// What one report told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// In the order of their numbers.
    pub(super) arrived: Vec<Arrived>,
    pub(super) lost: u32,
}

#[derive(Debug, Default)]
pub(super) struct History {
    /// Number of the first packet in the queue.
    first: u64,
    sent: VecDeque<Sent>,
    /// The highest number that was told about.
    told: u64,
    last_clock: Option<i64>,
    wraps: i64,
}

impl History {
    /// Remembers a packet; gives the number it carries.
    pub(super) fn push(&mut self, at: Instant, bytes: usize, probe: u8) -> u16 {
        if self.sent.len() == MOST {
            self.sent.pop_front();
            self.first += 1;
        }
        let number = self.first + self.sent.len() as u64;
        self.sent.push_back(Sent {
            at,
            bytes: u16::try_from(bytes).unwrap_or(u16::MAX),
            probe,
            fate: Fate::Unknown,
        });
        number as u16
    }

    /// Takes a report into account, as far as the allowance goes.
    pub(super) fn apply(&mut self, body: &[u8], allowance: &mut Allowance, told: &mut Told) {
        told.arrived.clear();
        told.lost = 0;
        let mut missing = Vec::new();
        let mut highest = None;
        // A report that ends early counts as far as it goes.
        let _ = arrivals::read(body, |status| {
            match status {
                Status::Missing(first, count) => {
                    let known = self.known(first, count);
                    allowance.spend((known.end - known.start).max(1))?;
                    missing.push(known);
                }
                Status::Arrived(number, at) => {
                    allowance.spend(1)?;
                    if let Some(number) = self.extend(number) {
                        highest = highest.max(Some(number));
                        told.arrived.extend(self.arrived(number, at));
                    }
                }
            }
            Some(())
        });
        // What was sent after the last that arrived may be on its way.
        let may_come = highest.unwrap_or(0);
        for number in missing
            .into_iter()
            .flat_map(|known| known.start..known.end.min(may_come))
        {
            if let Some(sent) = self.get(number).filter(|s| s.fate == Fate::Unknown) {
                sent.fate = Fate::Lost;
                told.lost += 1;
            }
        }
        self.told = self.told.max(may_come);
        self.forget();
    }

    /// Notes that a packet arrived, if it is remembered and this is news.
    fn arrived(&mut self, number: u64, at: i64) -> Option<Arrived> {
        let at = self.unwrap_clock(at);
        let sent = self.get(number).filter(|s| s.fate != Fate::Arrived)?;
        sent.fate = Fate::Arrived;
        Some(Arrived {
            sent: sent.at,
            at,
            bytes: sent.bytes,
            probe: sent.probe,
        })
    }

    fn forget(&mut self) {
        while self.first + KEPT_BEHIND < self.told && self.sent.pop_front().is_some() {
            self.first += 1;
        }
    }

    fn get(&mut self, number: u64) -> Option<&mut Sent> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.sent.get_mut(index)
    }

    /// The full number, which is near the last sent.
    fn extend(&self, number: u16) -> Option<u64> {
        let next = self.first + self.sent.len() as u64;
        let behind = (next as u16).wrapping_sub(number);
        next.checked_sub(u64::from(behind)).filter(|n| *n < next)
    }

    /// Those of `count` packets from `first` on that are remembered.
    fn known(&self, first: u16, count: u16) -> Range<u64> {
        let next = self.first + self.sent.len() as u64;
        let behind = u64::from((next as u16).wrapping_sub(first));
        // Before the very first packet there is nothing to know.
        let end = (next + u64::from(count)).saturating_sub(behind).min(next);
        let start = next.saturating_sub(behind).max(self.first);
        start..end.max(start)
    }

    fn unwrap_clock(&mut self, at: i64) -> i64 {
        if let Some(last) = self.last_clock {
            if at < last - WRAP / 2 {
                self.wraps += 1;
            } else if at > last + WRAP / 2 {
                self.wraps -= 1;
            }
        }
        self.last_clock = Some(at);
        at + self.wraps * WRAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report about packets from `base` on, a tick apart.
    fn report(base: u16, arrived: &[bool]) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend(base.to_be_bytes());
        body.extend((arrived.len() as u16).to_be_bytes());
        body.extend([0, 0, 1, 0]);
        for here in arrived {
            body.extend([if *here { 0x20 } else { 0 }, 1]);
        }
        body.extend(arrived.iter().filter(|here| **here).map(|_| 1));
        body
    }

    #[test]
    fn what_is_skipped_is_lost_until_it_is_told_about() {
        let now = Instant::now();
        let mut history = History::default();
        let mut told = Told::default();
        for _ in 0..6 {
            history.push(now, 100, 0);
        }
        history.apply(
            &report(0, &[true, false, true, false]),
            &mut Allowance::default(),
            &mut told,
        );
        assert_eq!((told.arrived.len(), told.lost), (2, 1), "3 may still come");
        history.apply(
            &report(1, &[true, false, true]),
            &mut Allowance::default(),
            &mut told,
        );
        assert_eq!((told.arrived.len(), told.lost), (2, 0));
        history.apply(&report(0, &[true; 6]), &mut Allowance::default(), &mut told);
        assert_eq!((told.arrived.len(), told.lost), (2, 0), "each once");
    }

    #[test]
    fn numbers_go_on_past_65535_and_memory_has_an_end() {
        let now = Instant::now();
        let mut history = History::default();
        let mut told = Told::default();
        let mut last = 0;
        for _ in 0..70_000 {
            last = history.push(now, 100, 0);
        }
        assert_eq!(last, (70_000u32 - 1) as u16);
        assert_eq!(history.sent.len(), MOST);
        history.apply(
            &report(last - 1, &[true, true]),
            &mut Allowance::default(),
            &mut told,
        );
        assert_eq!(told.arrived.len(), 2);
        assert!(history.sent.len() as u64 <= KEPT_BEHIND + 1);
        history.apply(
            &report(last.wrapping_add(5), &[true]),
            &mut Allowance::default(),
            &mut told,
        );
        assert_eq!(told.arrived.len(), 0, "never sent");
    }

    /// A report that none of `count` packets from `base` on arrived.
    fn nothing(base: u16, count: u16) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend(base.to_be_bytes());
        body.extend(count.to_be_bytes());
        body.extend([0, 0, 1, 0]);
        let runs = std::iter::repeat_n(0x1fff_u16, usize::from(count).div_ceil(0x1fff));
        body.extend(runs.flat_map(u16::to_be_bytes));
        body
    }

    #[test]
    fn what_never_came_costs_no_more_than_is_remembered() {
        let now = Instant::now();
        let mut history = History::default();
        let mut told = Told::default();
        for _ in 0..10 {
            history.push(now, 100, 0);
        }
        let mut allowance = Allowance::default();
        let mut apply = |history: &mut History, allowance: &mut Allowance, body: &[u8]| {
            history.apply(body, allowance, &mut told);
            (told.arrived.len(), told.lost, allowance.0)
        };
        let most = MOST as u64;
        let left = apply(&mut history, &mut allowance, &nothing(10, 60_000));
        assert_eq!(left, (0, 0, most - 8), "runs about packets never sent");
        let left = apply(&mut history, &mut allowance, &nothing(65_530, 100));
        assert_eq!(left, (0, 0, most - 18), "all ten, none before an arrival");
        let mut body = nothing(0, 5);
        body[3] = 6;
        body[8..10].copy_from_slice(&5_u16.to_be_bytes());
        body.extend([0x20, 1, 1]);
        let left = apply(&mut history, &mut allowance, &body);
        assert_eq!(left, (1, 5, most - 24), "five before one that arrived");
        let reports = 4 * most;
        for _ in 0..reports {
            apply(&mut history, &mut allowance, &nothing(0, 5));
        }
        let left = apply(&mut history, &mut allowance, &report(6, &[true]));
        assert_eq!(left, (0, 0, 0), "nothing more is read");
        let left = apply(&mut history, &mut Allowance::default(), &report(6, &[true]));
        assert_eq!((left.0, left.1), (1, 0), "the next datagram is read");
    }

    #[test]
    fn after_a_long_silence_one_report_tells_what_was_lost() {
        let now = Instant::now();
        let mut history = History::default();
        let mut told = Told::default();
        for _ in 0..7_000 {
            history.push(now, 100, 0);
        }
        let mut body = nothing(0, 6_990);
        body[2..4].copy_from_slice(&7_000_u16.to_be_bytes());
        body[8..10].copy_from_slice(&6_990_u16.to_be_bytes());
        body.extend([0x20, 10]);
        body.extend([1; 10]);
        history.apply(&body, &mut Allowance::default(), &mut told);
        assert_eq!((told.arrived.len(), told.lost), (10, MOST as u32 - 10));
    }
}
