//! Sending as much as is needed to get on: where media takes less than the next
//! larger picture would, padding takes its place. A rate is known to fit only when
//! something was sent at it, so without padding a small picture would stay small.

use std::time::{Duration, Instant};

use super::probe::Padding;

/// About how much is sent at once.
const SHARE: Duration = Duration::from_millis(20);
/// Bytes of a packet; smaller ones are mostly headers.
const SIZES: (f64, f64) = (200.0, 1200.0);
/// A burst of media stands for padding no longer than this.
const AHEAD: Duration = Duration::from_millis(500);
/// So much of being late is made up for.
const LATE: Duration = Duration::from_millis(10);
/// After signs that too much is sent, or that there is nowhere to send padding.
const REST: Duration = Duration::from_millis(250);

/// The padding of one receiver.
#[derive(Debug, Default)]
pub(super) struct Filler {
    /// Bits a second to come to; 0 = media alone is enough.
    rate: f64,
    /// So long suffices what was sent.
    enough_until: Option<Instant>,
}

impl Filler {
    /// Says how many bits a second to come to, with media.
    pub(super) fn sustain(&mut self, rate: f64, now: Instant) {
        self.rate = rate;
        if rate > 0.0 {
            self.enough_until.get_or_insert(now);
        }
    }

    /// Sends nothing for a moment.
    pub(super) fn rest(&mut self, now: Instant) {
        self.enough_until = self.enough_until.max(Some(now + REST));
    }

    /// Notes what was sent anyway.
    pub(super) fn sent(&mut self, bytes: usize, now: Instant) {
        if self.rate > 0.0 {
            let from = self.enough_until.map_or(now, |until| until.max(now));
            let until = from + self.time(bytes as f64);
            self.enough_until = Some(until.min(from.max(now + AHEAD)));
        }
    }

    /// The next packet, when it is due.
    pub(super) fn next(&mut self, now: Instant) -> Option<Padding> {
        let due = self.due().filter(|due| *due <= now)?;
        let (least, most) = SIZES;
        let bytes = (self.rate * SHARE.as_secs_f64() / 8.0).clamp(least, most);
        // Whoever is woken a little late keeps the rate all the same.
        let from = now.checked_sub(LATE).map_or(now, |least| due.max(least));
        self.enough_until = Some(from + self.time(bytes));
        Some(Padding {
            bytes: bytes as usize,
            probe: 0,
        })
    }

    /// When [`Self::next`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.enough_until.filter(|_| self.rate > 0.0)
    }

    /// How long so many bytes take at the rate.
    fn time(&self, bytes: f64) -> Duration {
        let seconds = bytes * 8.0 / self.rate.max(1.0);
        Duration::from_secs_f64(seconds.min(AHEAD.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of padding in `millis` milliseconds, beside `media` bytes every 20 ms.
    fn run(filler: &mut Filler, now: &mut Instant, millis: u64, media: usize) -> usize {
        let mut padding = 0;
        for step in 0..millis {
            if step % 20 == 0 && media > 0 {
                filler.sent(media, *now);
            }
            while let Some(packet) = filler.next(*now) {
                padding += packet.bytes;
            }
            *now += Duration::from_millis(1);
        }
        padding
    }

    #[test]
    fn padding_makes_up_for_what_media_does_not_take() {
        let mut now = Instant::now();
        let mut filler = Filler::default();
        assert_eq!(run(&mut filler, &mut now, 1000, 0), 0, "nothing is needed");
        filler.sustain(400_000.0, now);
        let alone = run(&mut filler, &mut now, 1000, 0);
        assert!((45_000..=51_000).contains(&alone), "{alone}");
        let beside = run(&mut filler, &mut now, 1000, 500);
        assert!((20_000..=28_000).contains(&beside), "{beside}");
        assert_eq!(run(&mut filler, &mut now, 1000, 1100), 0, "media is enough");
        filler.sustain(0.0, now);
        assert_eq!(run(&mut filler, &mut now, 1000, 0), 0);
    }

    #[test]
    fn a_burst_of_media_counts_for_half_a_second_and_a_rest_is_kept() {
        let mut now = Instant::now();
        let mut filler = Filler::default();
        filler.sustain(400_000.0, now);
        filler.sent(1_000_000, now);
        assert_eq!(run(&mut filler, &mut now, 499, 0), 0);
        assert!(run(&mut filler, &mut now, 100, 0) > 0);
        filler.rest(now);
        filler.sent(100, now);
        assert_eq!(run(&mut filler, &mut now, 250, 0), 0);
        assert!(run(&mut filler, &mut now, 100, 0) > 0);
    }

    #[test]
    fn after_silence_no_burst_makes_up_for_it() {
        let mut now = Instant::now();
        let mut filler = Filler::default();
        filler.sustain(400_000.0, now);
        now += Duration::from_secs(10);
        assert_eq!(run(&mut filler, &mut now, 1, 0), 1000);
    }
}
