//! Short links of meetings that were deleted before they were over.

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, ShortId};

use crate::{Connection, Error, FromRow, Row, Tx};

/// What is kept of such a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledLink {
    /// The end of the link.
    pub short_id: ShortId,
    /// Whose meeting it was.
    pub organisation: OrganisationCode,
    /// When it would have begun.
    pub starts_at: Timestamp,
    /// When it would have ended.
    pub ends_at: Timestamp,
}

impl FromRow for CancelledLink {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            short_id: row.get("short_id")?,
            organisation: row.get("organisation_code")?,
            starts_at: row.get("starts_at")?,
            ends_at: row.get("ends_at")?,
        })
    }
}

/// Remembers a link. One that is drawn a second time stands for the later
/// meeting.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remember(tx: &mut Tx, link: &CancelledLink) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO cancelled_links (short_id, organisation_code, starts_at, ends_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (short_id) DO UPDATE
         SET organisation_code = excluded.organisation_code,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at",
    )
    .bind(&link.short_id)
    .bind(&link.organisation)
    .bind(link.starts_at)
    .bind(link.ends_at)
    .execute()
    .await
    .map(drop)
}

/// The link, when its meeting would have ended after `ended`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn find(
    connection: &mut impl Connection,
    short_id: &ShortId,
    ended: Timestamp,
) -> Result<Option<CancelledLink>, Error> {
    connection
        .sql("SELECT * FROM cancelled_links WHERE short_id = $1 AND ends_at > $2")
        .bind(short_id)
        .bind(ended)
        .optional()
        .await
}

/// Forgets the links whose meeting would have ended by `ended`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget(tx: &mut Tx, ended: Timestamp) -> Result<(), Error> {
    tx.sql("DELETE FROM cancelled_links WHERE ends_at <= $1")
        .bind(ended)
        .execute()
        .await
        .map(drop)
}
