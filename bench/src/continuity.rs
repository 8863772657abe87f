//! Whether a numbered stream arrived whole.

use std::collections::BTreeSet;
use std::ops::AddAssign;

/// Packets of a stream counted by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that arrived, each number once.
    pub received: u64,
    /// Numbers skipped and not seen yet.
    pub missing: u64,
    /// Packets that arrived after a higher number: reordered or retransmitted.
    pub late: u64,
    /// Packets whose number had arrived before.
    pub duplicates: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.missing += other.missing;
        self.late += other.late;
        self.duplicates += other.duplicates;
    }
}

/// Follows the numbers of one stream.
#[derive(Debug, Default)]
pub struct Continuity {
    highest: Option<u64>,
    missing: BTreeSet<u64>,
    /// Missing numbers that are too far back to be waited for.
    given_up: u64,
    received: u64,
    late: u64,
    duplicates: u64,
}

/// Numbers further back than this no longer count as arrivable, which bounds
/// the memory a broken stream can take.
const WINDOW: u64 = 8192;

impl Continuity {
    /// Notes the arrival of `number`.
    pub fn note(&mut self, number: u64) {
        match self.highest {
            Some(highest) if number > highest => {
                self.skip(highest, number);
                self.highest = Some(number);
                self.received += 1;
            }
            Some(_) if self.missing.remove(&number) => {
                self.received += 1;
                self.late += 1;
            }
            Some(_) => self.duplicates += 1,
            None => {
                self.highest = Some(number);
                self.received += 1;
            }
        }
    }

    /// The counts since the last [`Continuity::begin_window`].
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            received: self.received,
            missing: self.given_up + self.missing.len() as u64,
            late: self.late,
            duplicates: self.duplicates,
        }
    }

    /// Starts counting anew, without losing the place in the stream: a number
    /// skipped across the border of two windows counts in the second.
    pub fn begin_window(&mut self) {
        self.given_up = 0;
        self.missing.clear();
        self.received = 0;
        self.late = 0;
        self.duplicates = 0;
    }

    fn skip(&mut self, highest: u64, number: u64) {
        let first_kept = number.saturating_sub(WINDOW).max(highest + 1);
        self.given_up += first_kept - (highest + 1);
        self.missing.extend(first_kept..number);
        while let Some(&oldest) = self.missing.first() {
            if oldest + WINDOW >= number {
                break;
            }
            self.missing.pop_first();
            self.given_up += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts_of(numbers: &[u64]) -> Counts {
        let mut continuity = Continuity::default();
        for &number in numbers {
            continuity.note(number);
        }
        continuity.counts()
    }

    #[test]
    fn an_unbroken_stream_may_start_anywhere() {
        let counts = counts_of(&[900, 901, 902, 903]);
        assert_eq!(
            counts,
            Counts {
                received: 4,
                ..Counts::default()
            }
        );
    }

    #[test]
    fn gaps_late_packets_and_duplicates_are_told_apart() {
        let counts = counts_of(&[10, 13, 12, 13, 14, 12]);
        assert_eq!(
            counts,
            Counts {
                received: 4,
                missing: 1,
                late: 1,
                duplicates: 2
            }
        );
    }

    #[test]
    fn a_leap_is_counted_whole_and_remembered_in_bounds() {
        let mut continuity = Continuity::default();
        continuity.note(1);
        continuity.note(10_000_000);
        assert_eq!(continuity.counts().missing, 9_999_998);
        assert!(continuity.missing.len() as u64 <= WINDOW);
        continuity.note(10_000_000 + 2 * WINDOW);
        assert_eq!(continuity.counts().missing, 9_999_998 + 2 * WINDOW - 1);
        assert!(continuity.missing.len() as u64 <= WINDOW);
    }

    #[test]
    fn a_window_begins_at_the_place_reached() {
        let mut continuity = Continuity::default();
        continuity.note(5);
        continuity.begin_window();
        continuity.note(6);
        continuity.note(8);
        assert_eq!(
            continuity.counts(),
            Counts {
                received: 2,
                missing: 1,
                ..Counts::default()
            }
        );
    }
}
