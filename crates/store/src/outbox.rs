//! The outbox: messages to other systems, written in the transaction that
//! causes them, so that a change is told if and only if it was kept.
//!
//! A message leaves in the order of its id and is removed once the bus has
//! taken it. The bus may see one twice after a crash; it knows it by its id.
//! Payloads may hold PINs, so they are sealed.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::{Connection, Error, FromRow, Place, Row, Sealer, Tx};

/// A message that has not left yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, which the bus knows it by.
    pub id: Uuid,
    /// Where it goes.
    pub subject: String,
    /// JSON.
    pub payload: Vec<u8>,
}

// The payload may hold PINs and names.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "outbox",
        column: "payload_sealed",
        row: id,
    }
}

struct SealedMessage {
    id: Uuid,
    subject: String,
    payload: String,
}

impl FromRow for SealedMessage {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            subject: row.get("subject")?,
            payload: row.get("payload_sealed")?,
        })
    }
}

/// Adds a message, and gives its id.
///
/// # Errors
/// [`Error::Unwritable`] when the payload has no JSON form, otherwise [`Error::Engine`].
pub async fn put(
    tx: &mut Tx,
    sealer: &Sealer,
    subject: &str,
    payload: &impl Serialize,
    now: Timestamp,
) -> Result<Uuid, Error> {
    let id = Uuid::now_v7();
    let payload = serde_json::to_vec(payload).map_err(Error::Unwritable)?;
    let sealed = sealer.seal(place(&id.to_string()), &payload)?;
    tx.sql("INSERT INTO outbox (id, subject, payload_sealed, created_at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(subject)
        .bind(sealed)
        .bind(now)
        .execute()
        .await?;
    tx.ring_for_outbox();
    Ok(id)
}

/// Up to `limit` messages, oldest first.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn oldest(
    connection: &mut impl Connection,
    sealer: &Sealer,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    let sealed: Vec<SealedMessage> = connection
        .sql("SELECT id, subject, payload_sealed FROM outbox ORDER BY id LIMIT $1")
        .bind(limit)
        .all()
        .await?;
    sealed
        .into_iter()
        .map(|message| {
            Ok(Message {
                payload: sealer.unseal(place(&message.id.to_string()), &message.payload)?,
                id: message.id,
                subject: message.subject,
            })
        })
        .collect()
}

/// Removes messages that the bus has taken.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remove(tx: &mut Tx, ids: &[Uuid]) -> Result<(), Error> {
    for id in ids {
        tx.sql("DELETE FROM outbox WHERE id = $1")
            .bind(*id)
            .execute()
            .await?;
    }
    Ok(())
}
