//! Counts shared by the workers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::types::{Counters, ThreadLife};

/// [`Counters`] as the workers write them.
#[derive(Debug, Default)]
pub(crate) struct SharedCounters {
    pub(crate) calls: AtomicU64,
    pub(crate) packets_received: AtomicU64,
    pub(crate) packets_forwarded: AtomicU64,
    pub(crate) frames_mixed: AtomicU64,
    pub(crate) datagrams_sent: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) datagrams_dropped: AtomicU64,
    pub(crate) datagrams_unknown: AtomicU64,
    pub(crate) datagrams_invalid: AtomicU64,
    pub(crate) faults: AtomicU64,
}

impl SharedCounters {
    /// The counts now.
    pub(crate) fn read(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            calls: read(&self.calls),
            packets_received: read(&self.packets_received),
            packets_forwarded: read(&self.packets_forwarded),
            frames_mixed: read(&self.frames_mixed),
            datagrams_sent: read(&self.datagrams_sent),
            bytes_sent: read(&self.bytes_sent),
            datagrams_dropped: read(&self.datagrams_dropped),
            datagrams_unknown: read(&self.datagrams_unknown),
            datagrams_invalid: read(&self.datagrams_invalid),
            faults: read(&self.faults),
        }
    }
}

/// Signs of life of the media threads, each written by its own.
#[derive(Debug)]
pub(crate) struct Lives {
    since: Instant,
    threads: Vec<Life>,
}

#[derive(Debug, Default)]
struct Life {
    /// Milliseconds after the start of all.
    seen: AtomicU64,
    /// Nanoseconds.
    cpu: AtomicU64,
    waited: AtomicU64,
}

impl Lives {
    pub(crate) fn new(threads: usize, now: Instant) -> Self {
        Self {
            since: now,
            threads: (0..threads).map(|_| Life::default()).collect(),
        }
    }

    /// The thread goes through its loop.
    pub(crate) fn seen(&self, thread: usize, now: Instant) {
        if let Some(life) = self.threads.get(thread) {
            life.seen.store(self.millis(now), Ordering::Relaxed);
        }
    }

    /// What the thread has used of processors, and waited for them, since its start.
    pub(crate) fn used(&self, thread: usize, cpu: u64, waited: u64) {
        if let Some(life) = self.threads.get(thread) {
            life.cpu.store(cpu, Ordering::Relaxed);
            life.waited.store(waited, Ordering::Relaxed);
        }
    }

    /// All threads, in their order.
    pub(crate) fn read(&self, now: Instant) -> Vec<ThreadLife> {
        let now = self.millis(now);
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        self.threads
            .iter()
            .map(|life| ThreadLife {
                silent_for: Duration::from_millis(now.saturating_sub(read(&life.seen))),
                cpu: Duration::from_nanos(read(&life.cpu)),
                waited: Duration::from_nanos(read(&life.waited)),
            })
            .collect()
    }

    fn millis(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.since);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Counts one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
