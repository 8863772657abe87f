//! What is done for pools once a minute: their levels are kept, and what has
//! run out is forgotten.

use jiff::Timestamp;
use vdx_store::pool_levels;

use super::attach::earlier;
use crate::upkeep::MINUTE;
use crate::{Booking, Error};

impl Booking {
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
