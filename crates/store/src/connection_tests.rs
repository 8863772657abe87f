//! Connection tests that visitors made.

use jiff::Timestamp;
use serde_json::Value;
use vdx_domain::TestReference;

use crate::{Connection, Error, FromRow, Row, Tx};

/// A test.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionTest {
    /// What it is looked up by.
    pub reference: TestReference,
    /// When it began.
    pub started_at: Timestamp,
    /// What the visitor's page found; `None` = it has not told.
    pub results: Option<Value>,
}

impl FromRow for ConnectionTest {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let told: Option<String> = row.get("results")?;
        Ok(Self {
            reference: row.get("reference")?,
            started_at: row.get("started_at")?,
            results: told.map(|_| row.json("results")).transpose()?,
        })
    }
}

/// A test begins.
///
/// # Errors
/// [`Error::Duplicate`] when the reference is taken; [`Error::Engine`].
pub async fn begin(tx: &mut Tx, reference: TestReference, now: Timestamp) -> Result<(), Error> {
    tx.sql("INSERT INTO connection_tests (reference, started_at) VALUES ($1, $2)")
        .bind(reference)
        .bind(now)
        .execute()
        .await
        .map(drop)
}

/// Keeps what was found, once: `false` when something was told before, or there
/// is no such test.
///
/// # Errors
/// [`Error::Unwritable`], [`Error::Engine`].
pub async fn tell(tx: &mut Tx, reference: TestReference, results: &Value) -> Result<bool, Error> {
    let told = tx
        .sql(
            "UPDATE connection_tests SET results = $2
             WHERE reference = $1 AND results IS NULL",
        )
        .bind(reference)
        .bind_json(results)?
        .execute()
        .await?;
    Ok(told > 0)
}

/// The test of this reference.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::Engine`].
pub async fn find(
    connection: &mut impl Connection,
    reference: TestReference,
) -> Result<Option<ConnectionTest>, Error> {
    connection
        .sql("SELECT reference, started_at, results FROM connection_tests WHERE reference = $1")
        .bind(reference)
        .optional()
        .await
}

/// Forgets the tests that began before `limit`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget(tx: &mut Tx, limit: Timestamp) -> Result<(), Error> {
    tx.sql("DELETE FROM connection_tests WHERE started_at < $1")
        .bind(limit)
        .execute()
        .await
        .map(drop)
}
