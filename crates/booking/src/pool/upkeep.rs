//! What is done for pools once a minute: their levels are kept, and what has
//! run out is forgotten.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use vdx_store::pool_levels;

use super::attach::earlier;
use crate::{Booking, Error};

/// Seconds of a minute.
const MINUTE: i64 = 60;

impl Booking {
    /// Looks after pools at each full minute, until `shutdown` is done. Several
    /// nodes may do it: of what they keep for a minute the first holds.
    pub async fn run_pool_upkeep(&self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            if let Err(error) = self.look_after_pools().await {
                tracing::warn!(%error, "the levels of the pools could not be kept");
            }
            let rest = MINUTE - self.now().as_second().rem_euclid(MINUTE);
            let rest = Duration::from_secs(u64::try_from(rest).unwrap_or(1));
            tokio::select! {
                () = &mut shutdown => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Keeps the levels of this minute, forgets old ones, and gives rooms back
    /// whose reservation has run out.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn look_after_pools(&self) -> Result<(), Error> {
        let now = self.now();
        let second = now.as_second();
        let minute = Timestamp::from_second(second - second.rem_euclid(MINUTE)).unwrap_or(now);
        let mut tx = self.db().begin().await?;
        pool_levels::release_expired(&mut tx, now).await?;
        pool_levels::keep_levels(&mut tx, minute).await?;
        pool_levels::forget_levels(&mut tx, earlier(now, self.settings().pool.history)).await?;
        tx.commit().await?;
        Ok(())
    }
}
