//! Ways through the tree of organisations.
//!
//! A node gets its parent when it is made and keeps it, so the tree has no
//! circles; a walk up still ends after [`MAX_DEPTH`] steps.

use vdx_domain::OrganisationCode;

use crate::organisations::GroupKind;
use crate::{Connection, Error, FromRow, Row, Tx};

/// Most levels of the tree; whoever makes nodes keeps to it. As JSON a level is
/// two deep, and readers of JSON give up at some depth.
pub const MAX_DEPTH: usize = 32;
/// Most nodes of the tree, which bounds every list read from it; whoever makes
/// nodes keeps to it.
pub const MAX_NODES: i64 = 50_000;

/// An organisation as booking sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingOrganisation {
    /// Its code.
    pub code: OrganisationCode,
    /// Desired number of idle rooms; `None` = keeps no pool.
    pub pool_size: Option<i64>,
    /// Whether callers may choose a room's number or name.
    pub allow_custom_uri: bool,
    /// Its own default template.
    pub default_template: Option<i64>,
}

impl FromRow for BookingOrganisation {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            code: row.get("code")?,
            pool_size: row.get("pool_size")?,
            allow_custom_uri: row.get("allow_custom_uri_without_domain")?,
            default_template: row.get("default_template")?,
        })
    }
}

/// The organisation and its ancestors, nearest first; groups without an
/// organisation are passed over. Empty when there is no such organisation.
/// Goes up at most [`MAX_DEPTH`] steps.
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
                FROM groups g JOIN lineage ON g.id = lineage.parent_id WHERE lineage.depth < 31
             )
             SELECT o.code, o.pool_size, o.allow_custom_uri_without_domain,
                t.id AS default_template
             FROM lineage JOIN organisations o ON o.group_id = lineage.group_id
             LEFT JOIN scheduling_templates t ON COALESCE(t.organisation_code, '') = o.code
                AND t.is_default AND t.deleted_at IS NULL
             ORDER BY lineage.depth",
        )
        .bind(code)
        .all()
        .await
}

/// A node of the tree, with its organisation if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub group_id: i64,
    /// The node above; `None` = at the top.
    pub parent_id: Option<i64>,
    /// What it is called.
    pub group_name: String,
    /// What stands there.
    pub kind: GroupKind,
    /// `None` for a folder.
    pub organisation: Option<NodeOrganisation>,
}

/// What the tree shows of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeOrganisation {
    /// Its code.
    pub code: OrganisationCode,
    /// Its display name.
    pub name: String,
    /// Desired number of idle rooms; `None` = keeps no pool.
    pub pool_size: Option<u32>,
    /// Sender of its text messages.
    pub sms_sender_name: Option<String>,
    /// Called when the status of a text message changes.
    pub sms_callback_url: Option<String>,
    /// Target of device events.
    pub device_webhook_endpoint: Option<String>,
}

impl FromRow for Node {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let code: Option<OrganisationCode> = row.get("code")?;
        let organisation = match code {
            Some(code) => Some(NodeOrganisation {
                code,
                name: row.get("name")?,
                pool_size: row.get("pool_size")?,
                sms_sender_name: row.get("sms_sender_name")?,
                sms_callback_url: row.get("sms_callback_url")?,
                device_webhook_endpoint: row.get("device_webhook_endpoint")?,
            }),
            None => None,
        };
        Ok(Self {
            group_id: row.get("group_id")?,
            parent_id: row.get("parent_id")?,
            group_name: row.get("group_name")?,
            kind: row.get("kind")?,
            organisation,
        })
    }
}

/// The node and all above it, itself first, the root last. Empty when there is
/// no such node.
///
/// # Errors
/// [`Error::Engine`].
pub async fn chain(connection: &mut impl Connection, group: i64) -> Result<Vec<Node>, Error> {
    connection
        .sql(
            "WITH RECURSIVE walk (group_id, depth) AS (
                SELECT g.id, CAST(0 AS BIGINT) FROM groups g WHERE g.id = $1
                UNION ALL
                SELECT g.parent_id, walk.depth + 1
                FROM groups g JOIN walk ON g.id = walk.group_id
                WHERE g.parent_id IS NOT NULL AND walk.depth < 31
             )
             SELECT g.id AS group_id, g.parent_id, g.name AS group_name, g.kind,
                    o.code, o.name, o.pool_size, o.sms_sender_name, o.sms_callback_url,
                    o.device_webhook_endpoint
             FROM walk JOIN groups g ON g.id = walk.group_id
             LEFT JOIN organisations o ON o.group_id = g.id
             ORDER BY walk.depth",
        )
        .bind(group)
        .all()
        .await
}

/// The node and all below it; a node comes after the one above it, and nodes of
/// one level in the order they were made. Empty when there is no such node.
///
/// # Errors
/// [`Error::Engine`].
pub async fn below(connection: &mut impl Connection, group: i64) -> Result<Vec<Node>, Error> {
    connection
        .sql(
            "WITH RECURSIVE walk (group_id, depth) AS (
                SELECT g.id, CAST(0 AS BIGINT) FROM groups g WHERE g.id = $1
                UNION ALL
                SELECT g.id, walk.depth + 1
                FROM groups g JOIN walk ON g.parent_id = walk.group_id
                WHERE walk.depth < 31
             )
             SELECT g.id AS group_id, g.parent_id, g.name AS group_name, g.kind,
                    o.code, o.name, o.pool_size, o.sms_sender_name, o.sms_callback_url,
                    o.device_webhook_endpoint
             FROM walk JOIN groups g ON g.id = walk.group_id
             LEFT JOIN organisations o ON o.group_id = g.id
             ORDER BY walk.depth, g.id",
        )
        .bind(group)
        .all()
        .await
}

/// Whether the tree, with the node just made in this transaction, is neither
/// too large nor too deep.
///
/// # Errors
/// [`Error::Engine`].
pub async fn is_within_limits(tx: &mut Tx, made: i64) -> Result<bool, Error> {
    let Count(nodes) = tx.sql("SELECT COUNT(*) AS nodes FROM groups").one().await?;
    // A chain is cut at the limit; one that is whole ends at the top.
    let chain = chain(tx, made).await?;
    let whole = chain.last().is_some_and(|top| top.parent_id.is_none());
    Ok(nodes <= MAX_NODES && whole)
}

struct Count(i64);

impl FromRow for Count {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("nodes")?))
    }
}
