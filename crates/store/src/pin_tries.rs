//! What wrong PINs used of each room's allowance.

use jiff::Timestamp;
use vdx_domain::RoomKey;

use crate::{Connection, Error, FromRow, Row, Tx};

/// What is used of a room's allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinTries {
    /// Which room.
    pub room: RoomKey,
    /// When all of its allowance is there again.
    pub whole_again: Timestamp,
}

impl FromRow for PinTries {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            room: row.get("room")?,
            whole_again: row.get("whole_again")?,
        })
    }
}

/// Remembers what is used. An earlier instant changes nothing, so the order in
/// which nodes write does not matter.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remember(tx: &mut Tx, tries: PinTries) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO pin_tries (room, whole_again) VALUES ($1, $2)
         ON CONFLICT (room) DO UPDATE SET whole_again = excluded.whole_again
         WHERE pin_tries.whole_again < excluded.whole_again",
    )
    .bind(tries.room)
    .bind(tries.whole_again)
    .execute()
    .await
    .map(drop)
}

/// Everything that is used at `now`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn all(connection: &mut impl Connection, now: Timestamp) -> Result<Vec<PinTries>, Error> {
    connection
        .sql("SELECT room, whole_again FROM pin_tries WHERE whole_again > $1")
        .bind(now)
        .all()
        .await
}

/// Forgets the rooms whose allowance is whole again at `now`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    tx.sql("DELETE FROM pin_tries WHERE whole_again <= $1")
        .bind(now)
        .execute()
        .await
        .map(drop)
}
