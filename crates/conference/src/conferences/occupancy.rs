//! How full this node is, and whom it refuses.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Conferences, Inner};
use crate::capacity::{Doors, Limits, Load, Resource, scarcest};
use crate::state::Refused;

/// How full a node is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Occupancy {
    /// Participants in or waiting, of all rooms.
    pub participants: u32,
    /// The most of them today since the start.
    pub participants_peak: u32,
    /// What may be used.
    pub limits: Limits,
    /// How much of each limit is in use; 1 is all.
    pub used: [(Resource, f64); 4],
    /// Who comes in.
    pub doors: Doors,
}

impl Occupancy {
    /// The resource of which most is in use, and how much of its limit.
    #[must_use]
    pub fn scarcest(&self) -> (Resource, f64) {
        scarcest(self.used)
    }
}

/// How many were refused since the start, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refusals {
    /// The node had no capacity.
    pub no_capacity: u64,
    /// The room was full.
    pub room_full: u64,
    /// The hub was stopping.
    pub closing: u64,
}

#[derive(Debug, Default)]
pub(super) struct RefusalCounts {
    no_capacity: AtomicU64,
    room_full: AtomicU64,
    closing: AtomicU64,
}

impl Conferences {
    /// Takes in what was measured over the last `interval`.
    pub fn measured(&self, load: Load, interval: Duration) {
        let participants = self.0.meter.lock().seats();
        let (before, after, scarce) = {
            let mut capacity = self.0.capacity.lock();
            let before = capacity.doors();
            capacity.measured(load, interval, participants);
            (
                before,
                capacity.doors(),
                scarcest(capacity.used(participants)),
            )
        };
        if before != after {
            let (resource, used) = scarce;
            let percent = used * 100.0;
            tracing::warn!(
                doors = after.as_str(),
                resource = resource.as_str(),
                "{percent:.0} % of the capacity is in use"
            );
        }
    }

    /// How full this node is.
    #[must_use]
    pub fn occupancy(&self) -> Occupancy {
        let (participants, participants_peak, seats) = {
            let meter = self.0.meter.lock();
            (meter.now(None), meter.peak(), meter.seats())
        };
        let capacity = self.0.capacity.lock();
        Occupancy {
            participants,
            participants_peak,
            limits: capacity.limits(),
            used: capacity.used(seats),
            doors: capacity.doors(),
        }
    }

    /// Whom this node has refused since the start.
    #[must_use]
    pub fn refusals(&self) -> Refusals {
        let counts = &self.0.refusals;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Refusals {
            no_capacity: read(&counts.no_capacity),
            room_full: read(&counts.room_full),
            closing: read(&counts.closing),
        }
    }
}

impl Inner {
    /// Whether the node can take one more, who joins others or `begins` a
    /// conference.
    pub(super) fn has_room_for(&self, begins: bool) -> bool {
        let seats = self.meter.lock().seats();
        self.capacity.lock().may_enter(seats, begins)
    }

    /// Counts a refusal at the door.
    pub(super) fn refuse(&self, refused: Refused) -> Refused {
        let counter = match refused {
            Refused::NoCapacity => Some(&self.refusals.no_capacity),
            Refused::Full => Some(&self.refusals.room_full),
            Refused::Closing => Some(&self.refusals.closing),
            _ => None,
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        refused
    }
}
