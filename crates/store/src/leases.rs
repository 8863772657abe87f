//! Leases: a job that only one node may do at a time has a holder until an
//! instant. A holder that died is followed by another when its lease has run
//! out.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Db, Error};

/// A node's claim to one job. Each clone claims as the same holder.
#[derive(Debug, Clone)]
pub struct Lease {
    name: &'static str,
    holder: Uuid,
    lifetime: Duration,
}

impl Lease {
    /// For the job of this name. `lifetime` is how long the job stands still
    /// after its holder died.
    #[must_use]
    pub fn new(name: &'static str, lifetime: Duration) -> Self {
        Self {
            name,
            holder: Uuid::new_v4(),
            lifetime,
        }
    }

    /// Takes or keeps the lease; `true` = the caller has it for its lifetime
    /// from `now`.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn hold(&self, db: &Db, now: Timestamp) -> Result<bool, Error> {
        use crate::Connection as _;
        let expires_at = now.saturating_add(self.lifetime).unwrap_or(Timestamp::MAX);
        let mut tx = db.begin().await?;
        let taken = tx
            .sql(
                "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE
                 SET holder = excluded.holder, expires_at = excluded.expires_at
                 WHERE leases.holder = excluded.holder OR leases.expires_at <= $4",
            )
            .bind(self.name)
            .bind(self.holder)
            .bind(expires_at)
            .bind(now)
            .execute()
            .await?;
        tx.commit().await?;
        Ok(taken == 1)
    }

    /// Gives the lease back, so that another need not wait for its end.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn release(&self, db: &Db) -> Result<(), Error> {
        use crate::Connection as _;
        let mut tx = db.begin().await?;
        tx.sql("DELETE FROM leases WHERE name = $1 AND holder = $2")
            .bind(self.name)
            .bind(self.holder)
            .execute()
            .await?;
        tx.commit().await
    }
}
