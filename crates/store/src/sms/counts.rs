//! How many messages there are: of a caller, of an organisation, to a number.

use jiff::Timestamp;
use vdx_domain::OrganisationCode;

use crate::{Connection, Error, FromRow, Row, Tx};

/// Whose messages are counted.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Those a caller asked for.
    Caller(&'a str),
    /// Those of an organisation.
    Organisation(&'a OrganisationCode),
    /// Those to a number, by its keyed hash.
    Recipient(&'a str),
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many messages there are.
    pub messages: i64,
    /// When the oldest of them was asked for.
    pub oldest: Option<Timestamp>,
}

impl FromRow for Counted {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            messages: row.get("messages")?,
            oldest: row.get("oldest")?,
        })
    }
}

/// Counts the messages asked for after this instant. Until the transaction
/// ends, no other counts the same ones, so that a limit holds.
///
/// # Errors
/// [`Error::Engine`].
pub async fn count_since(tx: &mut Tx, by: By<'_>, since: Timestamp) -> Result<Counted, Error> {
    let (lock, statement, value) = match by {
        By::Caller(caller) => (
            format!("sms/caller/{caller}"),
            "SELECT COUNT(*) AS messages, MIN(created_at) AS oldest FROM sms_messages
             WHERE caller = $1 AND created_at > $2",
            caller,
        ),
        By::Organisation(code) => (
            format!("sms/organisation/{code}"),
            "SELECT COUNT(*) AS messages, MIN(created_at) AS oldest FROM sms_messages
             WHERE organisation_code = $1 AND created_at > $2",
            code.0.as_str(),
        ),
        By::Recipient(hash) => (
            format!("sms/recipient/{hash}"),
            "SELECT COUNT(*) AS messages, MIN(created_at) AS oldest FROM sms_messages
             WHERE recipient_hash = $1 AND created_at > $2",
            hash,
        ),
    };
    tx.lock(&lock).await?;
    tx.sql(statement).bind(value).bind(since).one().await
}

/// How many messages wait for their gateway, or for its answer.
///
/// # Errors
/// [`Error::Engine`].
pub async fn waiting(connection: &mut impl Connection) -> Result<i64, Error> {
    struct Count(i64);
    impl FromRow for Count {
        fn from_row(row: &Row) -> Result<Self, Error> {
            Ok(Self(row.get("messages")?))
        }
    }
    let Count(messages) = connection
        .sql("SELECT COUNT(*) AS messages FROM sms_messages WHERE next_attempt_at IS NOT NULL")
        .one()
        .await?;
    Ok(messages)
}
