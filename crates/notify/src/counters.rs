//! What is counted of text messages.

use std::sync::atomic::{AtomicU64, Ordering};

use vdx_domain::SmsStatus;

#[derive(Default)]
pub(crate) struct Counters {
    queued: AtomicU64,
    sent: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
    attempts: AtomicU64,
    untold: AtomicU64,
    waiting: AtomicU64,
}

/// How many messages reached which status since the start, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the statuses")]
pub struct Counts {
    pub queued: u64,
    pub sent: u64,
    pub delivered: u64,
    pub failed: u64,
    /// How often a gateway was asked to take a message.
    pub attempts: u64,
    /// Changes an organisation's address could not be told.
    pub untold: u64,
    /// Messages that wait for their gateway, or for its answer, on all nodes;
    /// counted some seconds ago.
    pub waiting: u64,
}

impl Counters {
    pub(crate) fn reached(&self, status: SmsStatus) {
        let counter = match status {
            SmsStatus::Queued => &self.queued,
            SmsStatus::Sent => &self.sent,
            SmsStatus::Delivered => &self.delivered,
            SmsStatus::Failed => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn untold(&self) {
        self.untold.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn waiting(&self, messages: i64) {
        let messages = u64::try_from(messages).unwrap_or_default();
        self.waiting.store(messages, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            queued: read(&self.queued),
            sent: read(&self.sent),
            delivered: read(&self.delivered),
            failed: read(&self.failed),
            attempts: read(&self.attempts),
            untold: read(&self.untold),
            waiting: read(&self.waiting),
        }
    }
}
