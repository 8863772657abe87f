//! What is done once a minute.

use std::future::Future;
use std::time::Duration;

use crate::{Booking, Error};

/// Seconds of a minute.
pub(crate) const MINUTE: i64 = 60;

impl Booking {
    /// Looks after pools and forgets what has run out at each full minute,
    /// until `shutdown` is done. Several nodes may do it: of what they keep for
    /// a minute the first holds.
    pub async fn run_upkeep(&self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            if let Err(error) = self.look_after().await {
                tracing::warn!(%error, "pools and links are not looked after; trying again");
            }
            let rest = MINUTE - self.now().as_second().rem_euclid(MINUTE);
            let rest = Duration::from_secs(u64::try_from(rest).unwrap_or(1));
            tokio::select! {
                () = &mut shutdown => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    async fn look_after(&self) -> Result<(), Error> {
        self.look_after_pools().await?;
        self.forget_cancelled_links().await
    }
}
