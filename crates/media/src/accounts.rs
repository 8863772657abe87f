//! What a thread uses of the machine's processors, as the kernel accounts it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// More than the kernel's three numbers.
const MOST: usize = 96;

/// The accounts of one thread.
#[derive(Debug)]
pub(crate) struct Accounts(File);

impl Accounts {
    /// Those of the calling thread; `None` where the kernel keeps none.
    pub(crate) fn of_this_thread() -> Option<Self> {
        File::open("/proc/thread-self/schedstat").ok().map(Self)
    }

    /// Nanoseconds on a processor, and nanoseconds of waiting for one although
    /// there was something to do.
    pub(crate) fn read(&self) -> Option<(u64, u64)> {
        let mut text = [0; MOST];
        let length = self.0.read_at(&mut text, 0).ok()?;
        let text = std::str::from_utf8(text.get(..length)?).ok()?;
        let mut numbers = text.split_ascii_whitespace();
        let mut number = || numbers.next()?.parse().ok();
        Some((number()?, number()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_accounted_to_its_thread() {
        let Some(accounts) = Accounts::of_this_thread() else {
            eprintln!("skipped: this kernel keeps no accounts of threads");
            return;
        };
        let before = accounts.read().unwrap();
        let mut sum = 0u64;
        while accounts.read().unwrap().0 < before.0 + 20_000_000 {
            sum = (0..10_000u64).fold(sum, u64::wrapping_add);
        }
        std::hint::black_box(sum);
        assert!(accounts.read().unwrap().1 >= before.1);
    }
}
