//! Text messages: the queue to the gateway, and what became of each.

pub mod callbacks;
mod counts;
mod message;

pub use counts::{By, Counted, count_since, waiting};
pub use message::{Message, NewMessage, Progress, Summary};

use jiff::Timestamp;
use vdx_domain::{MeetingId, SmsId};

use crate::{Connection, Error, FromRow, Row, Sealer, Tx};
use message::SealedMessage;

/// Writes a message, due at once.
///
/// # Errors
/// [`Error::Reference`] when there is no such organisation, otherwise [`Error::Engine`].
pub async fn insert(tx: &mut Tx, sealer: &Sealer, new: &NewMessage<'_>) -> Result<(), Error> {
    let id = new.id.to_string();
    tx.sql(
        "INSERT INTO sms_messages (id, organisation_code, meeting_id, caller, recipient_sealed,
            recipient_hash, text_sealed, sender, encoding, parts, gateway, status, attempts,
            next_attempt_at, expires_at, created_at, status_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', 0, $12, $13, $12, $12)",
    )
    .bind(new.id)
    .bind(new.organisation)
    .bind(new.meeting)
    .bind(new.caller)
    .bind(sealer.seal(message::recipient_place(&id), new.recipient.as_bytes())?)
    .bind(new.recipient_hash)
    .bind(sealer.seal(message::text_place(&id), new.text.as_bytes())?)
    .bind(new.sender)
    .bind(new.encoding)
    .bind(new.parts)
    .bind(new.gateway)
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute()
    .await
    .map(drop)
}

/// The message with this id.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn find(
    connection: &mut impl Connection,
    sealer: &Sealer,
    id: SmsId,
) -> Result<Option<Message>, Error> {
    let sealed: Option<SealedMessage> = connection
        .sql("SELECT * FROM sms_messages WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    sealed.map(|sealed| sealed.open(sealer)).transpose()
}

/// Takes hold of a message until the transaction ends: who else does so waits.
///
/// # Errors
/// As [`find`].
pub async fn find_and_hold(
    tx: &mut Tx,
    sealer: &Sealer,
    id: SmsId,
) -> Result<Option<Message>, Error> {
    tx.lock(&format!("sms/{id}")).await?;
    find(tx, sealer, id).await
}

/// Writes how far a message has come.
///
/// # Errors
/// [`Error::Duplicate`] when the gateway's reference belongs to another
/// message, otherwise [`Error::Engine`].
pub async fn set_progress(tx: &mut Tx, id: SmsId, progress: &Progress) -> Result<(), Error> {
    tx.sql(
        "UPDATE sms_messages SET gateway = $1, gateway_reference = $2, status = $3, failure = $4,
            gateway_code = $5, attempts = $6, in_flight_since = $7, next_attempt_at = $8,
            status_at = $9
         WHERE id = $10",
    )
    .bind(&progress.gateway)
    .bind(progress.gateway_reference.as_deref())
    .bind(progress.status)
    .bind(progress.failure)
    .bind(progress.gateway_code.as_deref())
    .bind(progress.attempts)
    .bind(progress.in_flight_since)
    .bind(progress.next_attempt_at)
    .bind(progress.status_at)
    .bind(id)
    .execute()
    .await
    .map(drop)
}

struct Id(SmsId);

impl FromRow for Id {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("id")?))
    }
}

/// Up to `limit` messages that must be looked at now, the longest waiting first.
///
/// # Errors
/// [`Error::Engine`].
pub async fn due(
    connection: &mut impl Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SmsId>, Error> {
    let due: Vec<Id> = connection
        .sql(
            "SELECT id FROM sms_messages WHERE next_attempt_at <= $1
             ORDER BY next_attempt_at, id LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    Ok(due.into_iter().map(|Id(id)| id).collect())
}

/// The messages of a meeting, oldest first, up to `limit` of the newest.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn of_meeting(
    connection: &mut impl Connection,
    sealer: &Sealer,
    meeting: MeetingId,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    let sealed: Vec<SealedMessage> = connection
        .sql(
            "SELECT * FROM sms_messages WHERE meeting_id = $1
             ORDER BY created_at DESC, id DESC LIMIT $2",
        )
        .bind(meeting)
        .bind(limit)
        .all()
        .await?;
    let mut messages = opened(sealed, sealer)?;
    messages.reverse();
    Ok(messages)
}

/// The newest messages given to this gateway that can still be read, newest first.
///
/// # Errors
/// As [`of_meeting`].
pub async fn newest_readable(
    connection: &mut impl Connection,
    sealer: &Sealer,
    gateway: &str,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    let sealed: Vec<SealedMessage> = connection
        .sql(
            "SELECT * FROM sms_messages WHERE gateway = $1 AND text_sealed IS NOT NULL
             ORDER BY created_at DESC, id DESC LIMIT $2",
        )
        .bind(gateway)
        .bind(limit)
        .all()
        .await?;
    opened(sealed, sealer)
}

fn opened(sealed: Vec<SealedMessage>, sealer: &Sealer) -> Result<Vec<Message>, Error> {
    sealed
        .into_iter()
        .map(|sealed| sealed.open(sealer))
        .collect()
}

/// Whether a message of this gateway has this reference.
///
/// # Errors
/// [`Error::Engine`].
pub async fn has_reference(
    connection: &mut impl Connection,
    gateway: &str,
    reference: &str,
) -> Result<bool, Error> {
    connection
        .sql("SELECT id FROM sms_messages WHERE gateway = $1 AND gateway_reference = $2")
        .bind(gateway)
        .bind(reference)
        .exists()
        .await
}

/// Empties recipient, text and caller of messages that were written before
/// this instant and are not under way, up to `limit`; gives how many.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget_before(tx: &mut Tx, instant: Timestamp, limit: u32) -> Result<u64, Error> {
    tx.sql(
        "UPDATE sms_messages
         SET recipient_sealed = NULL, recipient_hash = NULL, text_sealed = NULL, caller = NULL
         WHERE id IN (
            SELECT id FROM sms_messages
            WHERE created_at < $1 AND recipient_hash IS NOT NULL AND next_attempt_at IS NULL
            ORDER BY created_at LIMIT $2)",
    )
    .bind(instant)
    .bind(limit)
    .execute()
    .await
}
