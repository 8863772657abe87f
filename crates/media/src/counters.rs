//! Counts shared by the workers.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::types::Counters;

/// [`Counters`] as the workers write them.
#[derive(Debug, Default)]
pub(crate) struct SharedCounters {
    pub(crate) calls: AtomicU64,
    pub(crate) packets_received: AtomicU64,
    pub(crate) packets_forwarded: AtomicU64,
    pub(crate) frames_mixed: AtomicU64,
    pub(crate) datagrams_sent: AtomicU64,
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
            datagrams_dropped: read(&self.datagrams_dropped),
            datagrams_unknown: read(&self.datagrams_unknown),
            datagrams_invalid: read(&self.datagrams_invalid),
            faults: read(&self.faults),
        }
    }
}

/// Counts one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
