//! Writing call records behind the conferences' backs.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use vdx_store::{CallRecord, Db, Error, call_records};

/// Records that may wait for the database; more are lost, and the log says so.
pub(super) const QUEUE: usize = 10_000;

/// Most records in one transaction.
const BATCH: usize = 200;

/// How often a batch is tried, a second apart, before it is given up.
const ATTEMPTS: u32 = 60;

/// Work of the writer, done in order.
pub(super) enum Job {
    /// Write this.
    Write(Box<CallRecord>),
    /// Say when everything before is written.
    Flush(oneshot::Sender<()>),
}

/// Writes until there is nobody left to hand over records.
pub(super) async fn write(db: Db, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let mut records = Vec::new();
        let mut flushed = Vec::new();
        for job in batch.drain(..) {
            match job {
                Job::Write(record) => records.push(record),
                Job::Flush(done) => flushed.push(done),
            }
        }
        if !records.is_empty() {
            write_patiently(&db, &records).await;
        }
        for done in flushed {
            // Who asked may have stopped waiting.
            done.send(()).unwrap_or(());
        }
    }
}

async fn write_patiently(db: &Db, records: &[Box<CallRecord>]) {
    for _ in 0..ATTEMPTS {
        match write_batch(db, records).await {
            Ok(()) => return,
            // Somebody came back after a restart although the stay was over and
            // written; the others of the batch must not be lost with it.
            Err(Error::Duplicate) if records.len() > 1 => {
                for record in records {
                    Box::pin(write_patiently(db, std::slice::from_ref(record))).await;
                }
                return;
            }
            Err(Error::Duplicate) => {
                tracing::warn!("a stay has a record already");
                return;
            }
            Err(error) => {
                tracing::warn!(%error, count = records.len(), "call records are not written yet");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    tracing::error!(count = records.len(), "call records are lost");
}

async fn write_batch(db: &Db, records: &[Box<CallRecord>]) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    for record in records {
        call_records::insert(&mut tx, record).await?;
    }
    tx.commit().await
}
