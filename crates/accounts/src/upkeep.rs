//! What has to be done from time to time.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use vdx_store::token_standing;

use crate::{Accounts, Error};

/// How often.
const INTERVAL: Duration = Duration::from_secs(60);
/// Most rounds of forgetting at a time; what is left is for the next time.
const ROUNDS: usize = 20;

impl Accounts {
    /// Makes the next signing key in time and forgets what has ended, until
    /// `stop` is done.
    pub async fn run_upkeep(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            if let Err(error) = self.upkeep().await {
                tracing::warn!(%error, "the upkeep of accounts failed; it is tried again");
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    /// Does it once.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Key`].
    pub async fn upkeep(&self) -> Result<(), Error> {
        let now = self.0.clock.now();
        self.0.tokens.keys.tend(now).await?;
        for _ in 0..ROUNDS {
            let mut tx = self.0.db.begin().await?;
            let forgotten = token_standing::forget_ended(&mut tx, now).await?;
            tx.commit().await?;
            if forgotten == 0 {
                break;
            }
        }
        Ok(())
    }
}
