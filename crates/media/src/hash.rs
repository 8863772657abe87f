//! Tables by ids that the hub draws itself. Nobody outside chooses them, so
//! they need no protection against chosen collisions, and a packet looks into
//! several of these tables.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map by an id.
pub(crate) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;
/// A set of ids.
pub(crate) type IdSet<K> = HashSet<K, BuildHasherDefault<IdHasher>>;

/// Folds what are random bytes already.
#[derive(Debug, Default)]
pub(crate) struct IdHasher(u64);

/// The golden ratio's fraction, an odd number whose multiples spread.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(SPREAD);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use vdx_domain::CallId;

    use super::*;

    #[test]
    fn ids_spread_over_the_table() {
        let hashes: Vec<u64> = (0..4096)
            .map(|_| BuildHasherDefault::<IdHasher>::default().hash_one(CallId::generate()))
            .collect();
        for shift in [0, 57] {
            let mut filled = [0u32; 128];
            for hash in &hashes {
                filled[(hash >> shift & 127) as usize] += 1;
            }
            assert!(
                filled.iter().all(|count| (8..72).contains(count)),
                "{filled:?}"
            );
        }
    }
}
