//! What no packet may share with another: a source, and an index under it. Two
//! packets sealed with both alike give away their contents, and with AES-GCM the
//! key that vouches for all others (RFC 3711 section 9.1, RFC 7714 section 11).
//!
//! So a call gives each source out once, a source each index once, and what was
//! given out cannot be copied.

/// Most sources of one call: its sections and their retransmissions, begun anew
/// many times over.
const MOST_SOURCES: usize = 4096;
/// Words of 64 indices that are remembered: seconds of the fastest picture, so
/// that what was repaired on its way to the hub still has its place.
const WORDS: usize = 16;

/// The sources of one call.
#[derive(Debug, Default)]
pub(super) struct Sources {
    given: Vec<u32>,
}

impl Sources {
    /// Gives out a source. `None` when this call has had it before, or too many.
    pub(super) fn give(&mut self, ssrc: u32) -> Option<Source> {
        if self.given.len() == MOST_SOURCES || self.given.contains(&ssrc) {
            return None;
        }
        self.given.push(ssrc);
        Some(Source {
            ssrc,
            newest: None,
            used: [0; WORDS],
        })
    }
}

/// A source (SSRC) that packets are sent under.
#[derive(Debug)]
pub(crate) struct Source {
    ssrc: u32,
    newest: Option<u64>,
    /// A bit for each of the last indices, in a ring.
    used: [u64; WORDS],
}

/// A source with an index that no other packet has.
#[derive(Debug)]
pub(super) struct Unused {
    ssrc: u32,
    index: u64,
}

impl Unused {
    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The extended sequence number (RFC 3711 section 3.3.1).
    pub(super) fn index(&self) -> u64 {
        self.index
    }

    /// What another endpoint says its packet has, which minds its numbers itself.
    #[cfg(test)]
    pub(super) fn of_another(ssrc: u32, index: u64) -> Self {
        Self { ssrc, index }
    }

    /// Source and index, for the one packet that is sealed with them.
    pub(super) fn spend(self) -> (u32, u64) {
        (self.ssrc, self.index)
    }
}

impl Source {
    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Takes an index for one packet. `None` when a packet has it, or when it is
    /// too old to tell.
    pub(super) fn take(&mut self, index: u64) -> Option<Unused> {
        let word = index / 64;
        match self.newest.map(|newest| newest / 64) {
            None => {}
            Some(newest) if word > newest => {
                for passed in (newest + 1..=word).take(WORDS) {
                    *self.word(passed) = 0;
                }
            }
            Some(newest) if newest - word >= WORDS as u64 => return None,
            Some(_) => {}
        }
        let bit = 1 << (index % 64);
        let used = self.word(word);
        if *used & bit != 0 {
            return None;
        }
        *used |= bit;
        self.newest = self.newest.max(Some(index));
        Some(Unused {
            ssrc: self.ssrc,
            index,
        })
    }

    fn word(&mut self, number: u64) -> &mut u64 {
        &mut self.used[number as usize % WORDS]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_call_gives_each_source_out_once_and_not_without_end() {
        let mut sources = Sources::default();
        assert!(sources.give(7).is_some());
        assert!(sources.give(7).is_none());
        let given = (100..10_000).filter(|ssrc| sources.give(*ssrc).is_some());
        assert_eq!(given.count(), MOST_SOURCES - 1);
    }

    #[test]
    fn what_is_repaired_late_still_has_its_place() {
        let mut source = Sources::default().give(7).unwrap();
        for index in (0..5_000).filter(|index| index % 2 == 0) {
            assert!(source.take(index).is_some());
        }
        for index in (4_100..5_000).rev() {
            assert_eq!(source.take(index).is_some(), index % 2 == 1, "{index}");
        }
        assert!(source.take(3_001).is_none(), "too old to tell");
    }

    proptest! {
        #[test]
        fn no_index_is_given_out_twice(
            steps in prop::collection::vec(
                prop_oneof![-3..4i64, -70..200i64, -1_500..1_500i64, 0..100_000i64], 1..400),
        ) {
            let mut source = Sources::default().give(7).unwrap();
            let mut given = HashSet::new();
            let (mut at, mut newest) = (1_000_i64, 0);
            for step in steps {
                at = (at + step).max(0);
                let index = at.cast_unsigned();
                let taken = source.take(index);
                prop_assert!(taken.is_none() || given.insert(index), "{} twice", index);
                prop_assert!(taken.is_some() || index <= newest, "{} is new", index);
                newest = newest.max(index);
            }
        }
    }
}
