//! What must outlive the process although nobody waits for it in a transaction
//! of their own: written in the order it happened, many entries with one commit.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use vdx_domain::ConferenceId;
use vdx_store::live_conferences::{self, Departure, LiveConference};
use vdx_store::pin_tries::{self, PinTries};
use vdx_store::standings::{self, ParticipantStanding};
use vdx_store::{Db, Error, Tx};

/// Entries that may wait for the database; more are lost, and the log says so.
const QUEUE: usize = 10_000;

/// Most entries in one transaction.
const BATCH: usize = 500;

/// How often a batch is tried, a second apart, before it is given up.
const ATTEMPTS: u32 = 60;

/// How long somebody waits for what they did to be written.
const PATIENCE: Duration = Duration::from_secs(2);

/// Entries after which it is looked what may be forgotten.
const SWEEP_AFTER: usize = 1000;

/// Something to be remembered.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// A wrong PIN.
    PinTries(PinTries),
    /// How a conference is now.
    Conference(LiveConference),
    /// Somebody is out.
    Departed(Departure),
    /// How a participant stands now.
    Stands(ParticipantStanding),
    /// A conference is over.
    Over(ConferenceId),
}

enum Job {
    Write(Timestamp, Entry),
    /// Say when everything before is written.
    Flush(oneshot::Sender<()>),
}

/// Hands entries to the writer.
#[derive(Debug, Clone)]
pub(super) struct Journal(mpsc::Sender<Job>);

impl Journal {
    /// Starts the writer, within a tokio runtime.
    pub(super) fn start(db: Db) -> Self {
        let (sender, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(write(db, jobs));
        Self(sender)
    }

    /// Has an entry written soon. Never blocks.
    pub(super) fn put(&self, now: Timestamp, entry: Entry) {
        if self.0.try_send(Job::Write(now, entry)).is_err() {
            tracing::error!("an entry of the journal is lost: the database does not keep up");
        }
    }

    /// Waits until everything put so far is written, at most [`PATIENCE`].
    pub(super) async fn written(&self) {
        let (done, written) = oneshot::channel();
        let flushed = async {
            if self.0.send(Job::Flush(done)).await.is_ok() {
                // An error means that the writer is gone, and nothing to wait for.
                written.await.unwrap_or(());
            }
        };
        if tokio::time::timeout(PATIENCE, flushed).await.is_err() {
            tracing::warn!("going on with entries of the journal unwritten");
        }
    }
}

/// Writes until there is nobody left to hand over entries.
async fn write(db: Db, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut since_sweep = SWEEP_AFTER;
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let (mut entries, mut flushed) = (Vec::new(), Vec::new());
        let mut latest = None;
        for job in batch.drain(..) {
            match job {
                Job::Write(now, entry) => {
                    latest = Some(now);
                    entries.push(entry);
                }
                Job::Flush(done) => flushed.push(done),
            }
        }
        since_sweep += entries.len();
        let sweep = latest.filter(|_| since_sweep >= SWEEP_AFTER);
        if !entries.is_empty() && write_patiently(&db, &entries, sweep).await && sweep.is_some() {
            since_sweep = 0;
        }
        for done in flushed {
            // Who asked may have stopped waiting.
            done.send(()).unwrap_or(());
        }
    }
}

async fn write_patiently(db: &Db, entries: &[Entry], sweep: Option<Timestamp>) -> bool {
    for _ in 0..ATTEMPTS {
        match write_batch(db, entries, sweep).await {
            Ok(()) => return true,
            Err(error) => {
                tracing::warn!(%error, count = entries.len(), "the journal is not written yet");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    tracing::error!(count = entries.len(), "entries of the journal are lost");
    false
}

async fn write_batch(db: &Db, entries: &[Entry], sweep: Option<Timestamp>) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    for entry in entries {
        write_one(&mut tx, entry).await?;
    }
    if let Some(now) = sweep {
        pin_tries::forget(&mut tx, now).await?;
        live_conferences::forget_departures(&mut tx, now).await?;
    }
    tx.commit().await
}

async fn write_one(tx: &mut Tx, entry: &Entry) -> Result<(), Error> {
    match entry {
        Entry::PinTries(tries) => pin_tries::remember(tx, *tries).await,
        Entry::Conference(conference) => live_conferences::remember(tx, conference).await,
        Entry::Departed(departure) => live_conferences::depart(tx, departure).await,
        Entry::Stands(whose) => standings::remember(tx, whose).await,
        Entry::Over(id) => live_conferences::forget(tx, *id).await,
    }
}
