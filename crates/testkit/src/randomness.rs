//! Randomness that a test knows beforehand.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use vdx_domain::Randomness;

/// Draws the same values in each run with the same seed.
#[derive(Debug)]
pub struct SeededRandomness(Mutex<StdRng>);

impl SeededRandomness {
    /// Begins with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }
}

/// Draws the same each time.
#[derive(Debug, Clone, Copy)]
pub struct ConstantRandomness;

impl Randomness for ConstantRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}
