//! The random keys of this installation, kept sealed in the database.

use vdx_domain::{Clock, Randomness};
use vdx_store::{Db, Sealer, secrets};

use crate::Error;

/// Signs the tokens of rooms and the tickets of links.
const TICKET_KEY: &str = "ticket-key";

/// Signs what browsers keep.
const BROWSER_KEY: &str = "browser-key";

/// The key of 32 bytes that signs what browsers keep.
pub(crate) async fn browser_key(
    db: &Db,
    sealer: &Sealer,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<[u8; 32], Error> {
    load(db, sealer, clock, randomness, BROWSER_KEY).await
}

/// The key of 32 bytes that signs the tokens of rooms and the tickets of links.
pub(crate) async fn ticket_key(
    db: &Db,
    sealer: &Sealer,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<[u8; 32], Error> {
    load(db, sealer, clock, randomness, TICKET_KEY).await
}

/// Reads a key; makes it when it is missing. Programs that start at the same
/// time on one database end up with the same one.
async fn load(
    db: &Db,
    sealer: &Sealer,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
    name: &'static str,
) -> Result<[u8; 32], Error> {
    let usable = |key: Vec<u8>| key.try_into().map_err(|_| Error::Key(name));
    if let Some(key) = secrets::get(&mut db.reader(), sealer, name).await? {
        return usable(key);
    }
    let mut made = [0; 32];
    randomness.fill(&mut made);
    let mut tx = db.begin().await?;
    secrets::put_first(&mut tx, sealer, name, &made, clock.now()).await?;
    tx.commit().await?;
    let key = secrets::get(&mut db.reader(), sealer, name).await?;
    usable(key.ok_or(Error::Store(vdx_store::Error::Missing))?)
}
