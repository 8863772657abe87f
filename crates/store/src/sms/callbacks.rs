//! What organisations are still to be told of their messages.

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{OrganisationCode, SmsId, SmsStatus};

use crate::{Connection, Error, FromRow, Row, Tx};

/// A change of status an organisation is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Its id; those made later sort later.
    pub id: Uuid,
    /// Which message.
    pub message: SmsId,
    /// Whose.
    pub organisation: OrganisationCode,
    /// What it has become.
    pub status: SmsStatus,
    /// How often telling it was tried.
    pub attempts: u32,
    /// When it must be tried next.
    pub next_attempt_at: Timestamp,
    /// When the status changed.
    pub created_at: Timestamp,
}

impl FromRow for Callback {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            message: row.get("message_id")?,
            organisation: row.get("organisation_code")?,
            status: row.get("status")?,
            attempts: row.get("attempts")?,
            next_attempt_at: row.get("next_attempt_at")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// Writes that the change is to be told, at once.
///
/// # Errors
/// [`Error::Engine`].
pub async fn put(
    tx: &mut Tx,
    message: SmsId,
    status: SmsStatus,
    now: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO sms_callbacks (id, message_id, status, attempts, next_attempt_at, created_at)
         VALUES ($1, $2, $3, 0, $4, $4)",
    )
    .bind(Uuid::now_v7())
    .bind(message)
    .bind(status)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Up to `limit` that must be tried now. Of each message the oldest alone, so
/// that its changes are told in their order.
///
/// # Errors
/// [`Error::Engine`].
pub async fn due(
    connection: &mut impl Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Callback>, Error> {
    connection
        .sql(
            "SELECT c.*, m.organisation_code FROM sms_callbacks c
             JOIN sms_messages m ON m.id = c.message_id
             WHERE c.next_attempt_at <= $1 AND NOT EXISTS (
                SELECT 1 FROM sms_callbacks older
                WHERE older.message_id = c.message_id AND older.id < c.id)
             ORDER BY c.next_attempt_at, c.id LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .all()
        .await
}

/// Takes one to try it: counts the attempt and sets when it is due again
/// should the attempt never end. `false` = another took it.
///
/// # Errors
/// [`Error::Engine`].
pub async fn take(tx: &mut Tx, callback: &Callback, until: Timestamp) -> Result<bool, Error> {
    let taken = tx
        .sql(
            "UPDATE sms_callbacks SET attempts = attempts + 1, next_attempt_at = $1
             WHERE id = $2 AND attempts = $3",
        )
        .bind(until)
        .bind(callback.id)
        .bind(callback.attempts)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// Sets when it must be tried again.
///
/// # Errors
/// [`Error::Engine`].
pub async fn postpone(tx: &mut Tx, id: Uuid, until: Timestamp) -> Result<(), Error> {
    tx.sql("UPDATE sms_callbacks SET next_attempt_at = $1 WHERE id = $2")
        .bind(until)
        .bind(id)
        .execute()
        .await
        .map(drop)
}

/// Removes one: it was told, or is given up.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    tx.sql("DELETE FROM sms_callbacks WHERE id = $1")
        .bind(id)
        .execute()
        .await
        .map(drop)
}
