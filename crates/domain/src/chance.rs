//! Randomness as an argument.

use std::ops::Range;

/// Where random values come from. The product uses [`SystemRandomness`]; tests
/// pass a seeded source.
pub trait Randomness: Send + Sync + 'static {
    /// Fills `bytes` with random bytes fit for secrets.
    fn fill(&self, bytes: &mut [u8]);

    /// A number drawn evenly from `range`, or `None` when the range is empty.
    fn number(&self, range: Range<u64>) -> Option<u64> {
        let span = range
            .end
            .checked_sub(range.start)
            .filter(|span| *span > 0)?;
        // Draws from the uneven rest of the 64-bit space are thrown away, so
        // that every number is equally likely.
        let fair = u64::MAX - u64::MAX % span;
        loop {
            let mut bytes = [0; 8];
            self.fill(&mut bytes);
            let drawn = u64::from_le_bytes(bytes);
            if drawn < fair {
                return Some(range.start + drawn % span);
            }
        }
    }
}

/// The operating system's cryptographic source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "without the system's random source no secret can be made: stopping is right"
        )]
        aws_lc_rs::rand::fill(bytes).expect("the operating system provides randomness");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_inside_their_range() {
        let drawn: Vec<u64> = (0..1000)
            .filter_map(|_| SystemRandomness.number(10..13))
            .collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().all(|n| (10..13).contains(n)));
        for n in 10..13 {
            assert!(drawn.contains(&n), "{n} is never drawn");
        }
    }

    #[test]
    fn a_range_of_one_number_gives_it_and_an_empty_one_nothing() {
        assert_eq!(SystemRandomness.number(7..8), Some(7));
        assert_eq!(SystemRandomness.number(7..7), None);
    }
}
