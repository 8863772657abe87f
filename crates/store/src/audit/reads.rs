//! Records of readings, many in one commit.

use tokio::sync::{mpsc, oneshot};

use super::{NewRecord, append};
use crate::{Db, Error};

/// Most readings that wait for a commit; then the next reader waits.
const QUEUE: usize = 1000;
/// Most records in one commit.
const BATCH: usize = 500;

/// Writes records of readings. Cheap to clone; ends when the last clone goes.
///
/// A reading has no transaction of its own, and one commit for each would make
/// every `GET` wait for the disk alone. Readings that come while a commit is
/// under way share the next one: nothing is delayed on purpose, and no answer
/// leaves before its record is kept.
#[derive(Debug, Clone)]
pub struct ReadLog(mpsc::Sender<Waiting>);

struct Waiting {
    record: NewRecord,
    kept: oneshot::Sender<bool>,
}

impl ReadLog {
    /// Starts the writer. Call it inside a tokio runtime.
    #[must_use]
    pub fn start(db: Db) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write(db, receiver));
        Self(sender)
    }

    /// Returns when the record is kept.
    ///
    /// # Errors
    /// [`Error::NotRecorded`] when it could not be written; the answer must not leave then.
    pub async fn append(&self, record: NewRecord) -> Result<(), Error> {
        let (kept, told) = oneshot::channel();
        self.0
            .send(Waiting { record, kept })
            .await
            .map_err(|_| Error::NotRecorded)?;
        match told.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Error::NotRecorded),
        }
    }
}

async fn write(db: Db, mut receiver: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::new();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (records, waiting): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|one| (one.record, one.kept)).unzip();
        let count = records.len();
        let written = write_batch(&db, records).await;
        if let Err(error) = &written {
            tracing::error!(%error, records = count, "the audit trail cannot be written");
        }
        for kept in waiting {
            // Who has gone away needs no answer; the record is kept all the same.
            let _ = kept.send(written.is_ok());
        }
    }
}

async fn write_batch(db: &Db, records: Vec<NewRecord>) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    for record in records {
        append(&mut tx, record);
    }
    tx.commit().await
}
