//! What a publisher writes into every packet, so that the receiver knows what
//! it got, from whom, and how long it took.

use std::time::{Duration, Instant};

/// A publisher's number within one generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublisherId(pub u32);

/// The last [`Stamp::LENGTH`] bytes of every generated payload.
///
/// It travels inside the encrypted payload, which a forwarding hub does not
/// touch, so its sequence is the publisher's own whatever the hub does to the
/// RTP header's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Who wrote the packet.
    pub publisher: PublisherId,
    /// Counted by the publisher for each of its streams, from 0.
    pub sequence: u32,
    /// When it was written, since the generator's start.
    pub sent: Duration,
}

const MARK: [u8; 4] = *b"VDXL";

impl Stamp {
    /// Bytes a stamp takes.
    pub const LENGTH: usize = 20;

    /// A stamp for a packet written at `now` by a generator started at `start`.
    #[must_use]
    pub fn new(publisher: PublisherId, sequence: u32, start: Instant, now: Instant) -> Self {
        Self {
            publisher,
            sequence,
            sent: now.saturating_duration_since(start),
        }
    }

    /// Writes the stamp over the end of `payload`, which is left alone when it
    /// is shorter than a stamp.
    pub fn write(&self, payload: &mut [u8]) {
        let Some(at) = payload.len().checked_sub(Self::LENGTH) else {
            return;
        };
        let nanoseconds = u64::try_from(self.sent.as_nanos()).unwrap_or(u64::MAX);
        let place = &mut payload[at..];
        place[..4].copy_from_slice(&MARK);
        place[4..8].copy_from_slice(&self.publisher.0.to_be_bytes());
        place[8..12].copy_from_slice(&self.sequence.to_be_bytes());
        place[12..].copy_from_slice(&nanoseconds.to_be_bytes());
    }

    /// Reads the stamp at the end of `payload`. `None` when there is none.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<Self> {
        let place = payload.get(payload.len().checked_sub(Self::LENGTH)?..)?;
        let (mark, rest) = place.split_first_chunk::<4>()?;
        let (publisher, rest) = rest.split_first_chunk::<4>()?;
        let (sequence, rest) = rest.split_first_chunk::<4>()?;
        let (nanoseconds, _) = rest.split_first_chunk::<8>()?;
        (*mark == MARK).then(|| Self {
            publisher: PublisherId(u32::from_be_bytes(*publisher)),
            sequence: u32::from_be_bytes(*sequence),
            sent: Duration::from_nanos(u64::from_be_bytes(*nanoseconds)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let start = Instant::now();
        let stamp = Stamp::new(
            PublisherId(7),
            4711,
            start,
            start + Duration::from_micros(12),
        );
        let mut payload = vec![0xaa; 60];
        stamp.write(&mut payload);
        assert_eq!(Stamp::read(&payload), Some(stamp));
        assert_eq!(&payload[..40], &[0xaa; 40]);
    }

    #[test]
    fn payloads_without_a_stamp_are_told_apart() {
        assert_eq!(Stamp::read(&[]), None);
        assert_eq!(Stamp::read(&[0; 19]), None);
        assert_eq!(Stamp::read(&[0; 200]), None);
    }
}
