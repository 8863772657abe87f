//! What was sent lately, to be matched with what the receiver tells of it.

use std::collections::VecDeque;
use std::time::Instant;

use super::arrivals;

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

    /// Takes a report into account.
    pub(super) fn apply(&mut self, body: &[u8], told: &mut Told) {
        told.arrived.clear();
        told.lost = 0;
        let mut missing = Vec::new();
        let mut highest = None;
        // A report that ends early counts as far as it goes.
        let _ = arrivals::read(body, |number, at| {
            let Some(number) = self.extend(number) else {
                return;
            };
            match at {
                None => missing.push(number),
                Some(at) => {
                    highest = highest.max(Some(number));
                    let at = self.unwrap_clock(at);
                    if let Some(sent) = self.get(number).filter(|s| s.fate != Fate::Arrived) {
                        sent.fate = Fate::Arrived;
                        told.arrived.push(Arrived {
                            sent: sent.at,
                            at,
                            bytes: sent.bytes,
                            probe: sent.probe,
                        });
                    }
                }
            }
        });
        for number in missing {
            // What was sent after the last that arrived may be on its way.
            if Some(number) < highest
                && let Some(sent) = self.get(number).filter(|s| s.fate == Fate::Unknown)
            {
                sent.fate = Fate::Lost;
                told.lost += 1;
            }
        }
        self.told = self.told.max(highest.unwrap_or(0));
        self.forget();
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
        history.apply(&report(0, &[true, false, true, false]), &mut told);
        assert_eq!((told.arrived.len(), told.lost), (2, 1), "3 may still come");
        history.apply(&report(1, &[true, false, true]), &mut told);
        assert_eq!((told.arrived.len(), told.lost), (2, 0));
        history.apply(&report(0, &[true; 6]), &mut told);
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
        history.apply(&report(last - 1, &[true, true]), &mut told);
        assert_eq!(told.arrived.len(), 2);
        assert!(history.sent.len() as u64 <= KEPT_BEHIND + 1);
        history.apply(&report(last.wrapping_add(5), &[true]), &mut told);
        assert_eq!(told.arrived.len(), 0, "never sent");
    }
}
