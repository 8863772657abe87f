//! The audit trail: who did what, when, from where, with what before and after.
//!
//! A record of a change is written by [`append`] in the transaction of the
//! change, a record of a reading by [`ReadLog`] before the answer leaves. A
//! moment later [`Chain`] gives it its place and hash; why not at once is told
//! in `docs/decisions/0007-audit-chain.md`. Records never hold PINs.

mod chain;
mod reads;
mod record;

pub use chain::{Chain, Flaw, Verified};
pub use reads::ReadLog;
pub use record::{NewRecord, Record, change};

use jiff::Timestamp;
use serde_json::Value;

use crate::{Connection, EngineKind, Error, FromRow, Row, Tx};

/// Puts a record into the trail, with the commit of the change it tells of.
pub fn append(tx: &mut Tx, record: NewRecord) {
    tx.record(record);
}

/// Writes records with one statement, whatever their number.
///
/// # Errors
/// [`Error::Unwritable`], otherwise [`Error::Engine`].
pub(crate) async fn write(tx: &mut Tx, records: &[NewRecord]) -> Result<(), Error> {
    if records.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = records.iter().map(NewRecord::row).collect();
    let text = match tx.engine() {
        EngineKind::Sqlite => {
            "INSERT INTO audit_records (id, at, organisation_code, actor, actor_email,
                actor_organisation, origin, resource, operation, identifier, details)
             SELECT value ->> 'id', value ->> 'at', value ->> 'organisation', value ->> 'actor',
                value ->> 'actor_email', value ->> 'actor_organisation', value ->> 'origin',
                value ->> 'resource', value ->> 'operation', value ->> 'identifier',
                value ->> 'details'
             FROM json_each($1)"
        }
        EngineKind::Postgres => {
            "INSERT INTO audit_records (id, at, organisation_code, actor, actor_email,
                actor_organisation, origin, resource, operation, identifier, details)
             SELECT id, at, organisation, actor, actor_email, actor_organisation, origin,
                resource, operation, identifier, details
             FROM json_to_recordset(CAST($1 AS JSON)) AS record (id TEXT, at BIGINT,
                organisation TEXT, actor TEXT, actor_email TEXT, actor_organisation TEXT,
                origin TEXT, resource TEXT, operation TEXT, identifier TEXT, details TEXT)"
        }
    };
    tx.sql(text).bind_json(&rows)?.execute().await?;
    Ok(())
}

/// The records of one thing, oldest first, up to 1000.
///
/// # Errors
/// [`Error::Engine`].
pub async fn of(connection: &mut impl Connection, identifier: &str) -> Result<Vec<Record>, Error> {
    connection
        .sql("SELECT * FROM audit_records WHERE identifier = $1 ORDER BY at, id LIMIT 1000")
        .bind(identifier)
        .all()
        .await
}

/// Up to `limit` records that stand behind this place of the chain.
///
/// # Errors
/// [`Error::Engine`].
pub async fn chained_after(
    connection: &mut impl Connection,
    position: i64,
    limit: u32,
) -> Result<Vec<Record>, Error> {
    connection
        .sql(
            "SELECT * FROM audit_records WHERE chain_position > $1
             ORDER BY chain_position LIMIT $2",
        )
        .bind(position)
        .bind(limit)
        .all()
        .await
}

struct Position(Option<i64>);

impl FromRow for Position {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("chain_position")?))
    }
}

/// How far the reader of this name has come; 0 = it has read nothing.
///
/// # Errors
/// [`Error::Engine`].
pub async fn cursor(connection: &mut impl Connection, name: &str) -> Result<i64, Error> {
    let position: Option<Position> = connection
        .sql("SELECT chain_position FROM audit_cursors WHERE name = $1")
        .bind(name)
        .optional()
        .await?;
    Ok(position.and_then(|position| position.0).unwrap_or(0))
}

/// Keeps how far the reader of this name has come.
///
/// # Errors
/// [`Error::Engine`].
pub async fn set_cursor(tx: &mut Tx, name: &str, position: i64) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO audit_cursors (name, chain_position) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET chain_position = excluded.chain_position",
    )
    .bind(name)
    .bind(position)
    .execute()
    .await?;
    Ok(())
}

/// When the oldest record that has no place in the chain was made.
///
/// # Errors
/// [`Error::Engine`].
pub(crate) async fn oldest_unchained(
    connection: &mut impl Connection,
) -> Result<Option<Timestamp>, Error> {
    struct At(Timestamp);
    impl FromRow for At {
        fn from_row(row: &Row) -> Result<Self, Error> {
            Ok(Self(row.get("at")?))
        }
    }
    let oldest: Option<At> = connection
        .sql("SELECT at FROM audit_records WHERE chain_position IS NULL ORDER BY at, id LIMIT 1")
        .optional()
        .await?;
    Ok(oldest.map(|oldest| oldest.0))
}
