//! Datagrams of one call on their way to the socket, one behind the other in
//! one buffer: what follows each other to one address leaves as one train.

use std::net::IpAddr;

use crate::demux::Peer;

/// Bytes of one GSO train; the kernel's limit is 64 KiB with headers.
const MAX_TRAIN: usize = 60_000;
/// Bytes kept for the next turn; what a burst took on top is given back.
const KEPT: usize = 32 << 10;

/// To whom, and from which of our addresses.
pub(crate) type Way = (Peer, Option<IpAddr>);

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// The way of each datagram, and where it ends.
    datagrams: Vec<(Way, usize)>,
}

/// Datagrams of equal length for one address; the last may be shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run<'a> {
    pub(crate) way: Way,
    pub(crate) bytes: &'a [u8],
    /// Length of each datagram but the last.
    pub(crate) segment: usize,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Appends a datagram that is finished.
    pub(crate) fn push(&mut self, way: Way, datagram: &[u8]) {
        self.bytes.extend_from_slice(datagram);
        self.datagrams.push((way, self.bytes.len()));
    }

    /// Appends what `write` writes behind the place it is told. When it gives
    /// `None` nothing is appended.
    pub(crate) fn write<T>(
        &mut self,
        way: Way,
        write: impl FnOnce(&mut Vec<u8>, usize) -> Option<T>,
    ) -> Option<T> {
        let start = self.bytes.len();
        let written = write(&mut self.bytes, start);
        match written {
            Some(_) => self.datagrams.push((way, self.bytes.len())),
            None => self.bytes.truncate(start),
        }
        written
    }

    /// What waits, in runs of at most `most` datagrams.
    pub(crate) fn runs(&self, most: usize) -> impl Iterator<Item = Run<'_>> {
        let mut rest = self.datagrams.as_slice();
        let mut start = 0;
        std::iter::from_fn(move || {
            let ((way, end), others) = rest.split_first()?;
            let segment = end - start;
            let mut last = *end;
            let mut count = 1;
            for (other, end) in others {
                let length = end - last;
                let whole = last - start == segment * count;
                let fits = count < most && end - start <= MAX_TRAIN;
                if other != way || length > segment || !whole || !fits {
                    break;
                }
                last = *end;
                count += 1;
            }
            rest = rest.get(count..).unwrap_or_default();
            let bytes = self.bytes.get(start..last).unwrap_or_default();
            start = last;
            Some(Run {
                way: *way,
                bytes,
                segment: segment.max(1),
            })
        })
    }

    /// Forgets what was sent.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.datagrams.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demux::Transport;

    fn way(port: u16) -> Way {
        let peer = Peer {
            transport: Transport::Udp,
            address: ([127, 0, 0, 1], port).into(),
        };
        (peer, None)
    }

    fn shapes(outbox: &Outbox, most: usize) -> Vec<(usize, usize)> {
        let runs = outbox.runs(most);
        runs.map(|run| (run.bytes.len(), run.segment)).collect()
    }

    #[test]
    fn runs_carry_equal_datagrams_and_one_shorter_at_the_end() {
        let mut outbox = Outbox::default();
        for length in [100, 100, 40, 40, 100, 101] {
            outbox.push(way(1), &vec![0; length]);
        }
        assert_eq!(
            shapes(&outbox, 64),
            [(240, 100), (40, 40), (100, 100), (101, 101)]
        );
        assert_eq!(
            shapes(&outbox, 2)[0],
            (200, 100),
            "no more than are allowed"
        );
        outbox.clear();
        assert!(outbox.is_empty() && shapes(&outbox, 64).is_empty());
    }

    #[test]
    fn each_address_has_its_own_runs_in_order() {
        let mut outbox = Outbox::default();
        for port in [1, 1, 2, 1] {
            outbox.push(way(port), &[port as u8; 10]);
        }
        let runs: Vec<(u16, usize)> = outbox
            .runs(64)
            .map(|run| (run.way.0.address.port(), run.bytes.len()))
            .collect();
        assert_eq!(runs, [(1, 20), (2, 10), (1, 10)]);
    }

    #[test]
    fn a_train_is_no_longer_than_the_kernel_takes() {
        let mut outbox = Outbox::default();
        for _ in 0..100 {
            outbox.push(way(1), &[0; 1200]);
        }
        let runs = shapes(&outbox, 1000);
        assert_eq!(runs, [(60_000, 1200), (60_000, 1200)]);
    }

    #[test]
    fn what_could_not_be_written_is_not_sent() {
        let mut outbox = Outbox::default();
        outbox.push(way(1), &[1; 3]);
        let refused = outbox.write(way(1), |bytes, _| {
            bytes.extend([2; 9]);
            None::<()>
        });
        assert_eq!(refused, None);
        outbox.write(way(1), |bytes, start| {
            assert_eq!(start, 3);
            bytes.extend([3; 3]);
            Some(())
        });
        assert_eq!(outbox.runs(9).next().unwrap().bytes, [1, 1, 1, 3, 3, 3]);
    }
}
