//! Ways through the tree of organisations.

use vdx_domain::OrganisationCode;

use crate::{Connection, Error, FromRow, Row};

/// An organisation as booking sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingOrganisation {
    /// Its code.
    pub code: OrganisationCode,
    /// Desired number of idle rooms; `None` = keeps no pool.
    pub pool_size: Option<i64>,
    /// Whether callers may choose a room's number or name.
    pub allow_custom_uri: bool,
}

impl FromRow for BookingOrganisation {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            code: row.get("code")?,
            pool_size: row.get("pool_size")?,
            allow_custom_uri: row.get("allow_custom_uri_without_domain")?,
        })
    }
}

/// The organisation and its ancestors, nearest first; groups without an
/// organisation are passed over. Empty when there is no such organisation.
/// Goes up at most 64 steps, which also ends a circle.
///
/// # Errors
/// [`Error::Engine`].
pub async fn lineage(
    connection: &mut impl Connection,
    code: &OrganisationCode,
) -> Result<Vec<BookingOrganisation>, Error> {
    connection
        .sql(
            "WITH RECURSIVE lineage (group_id, parent_id, depth) AS (
                SELECT g.id, g.parent_id, CAST(0 AS BIGINT)
                FROM groups g JOIN organisations o ON o.group_id = g.id WHERE o.code = $1
                UNION ALL
                SELECT g.id, g.parent_id, lineage.depth + 1
                FROM groups g JOIN lineage ON g.id = lineage.parent_id WHERE lineage.depth < 64
             )
             SELECT o.code, o.pool_size, o.allow_custom_uri_without_domain
             FROM lineage JOIN organisations o ON o.group_id = lineage.group_id
             ORDER BY lineage.depth",
        )
        .bind(code)
        .all()
        .await
}
