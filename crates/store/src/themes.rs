//! What the pages of organisations look like and say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use vdx_domain::{LogoType, OrganisationCode, ThemeMembers};

use crate::{Connection, Error, FromRow, Row, Tx};

/// What an organisation has of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTheme {
    /// Which organisation.
    pub organisation: OrganisationCode,
    /// All but the logo.
    pub members: ThemeMembers,
    /// The SHA-256 of its logo, in hexadecimal.
    pub logo_hash: Option<String>,
}

impl FromRow for OwnTheme {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let members: Option<String> = row.get("members")?;
        Ok(Self {
            organisation: row.get("code")?,
            members: match members {
                Some(_) => row.json("members")?,
                None => ThemeMembers::default(),
            },
            logo_hash: row.get("hash")?,
        })
    }
}

/// A logo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// What it is.
    pub media_type: LogoType,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl FromRow for Logo {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let content: String = row.get("content")?;
        Ok(Self {
            media_type: row.get("media_type")?,
            hash: row.get("hash")?,
            content: BASE64.decode(content).map_err(|_| Error::Unreadable {
                column: "content".to_owned(),
            })?,
        })
    }
}

/// What the organisation at this node and those above it have of their own, the
/// nearest first; nodes without an organisation are passed over.
///
/// # Errors
/// [`Error::Engine`].
pub async fn lineage(connection: &mut impl Connection, group: i64) -> Result<Vec<OwnTheme>, Error> {
    connection
        .sql(
            "WITH RECURSIVE walk (group_id, depth) AS (
                SELECT g.id, CAST(0 AS BIGINT) FROM groups g WHERE g.id = $1
                UNION ALL
                SELECT g.parent_id, walk.depth + 1
                FROM groups g JOIN walk ON g.id = walk.group_id
                WHERE g.parent_id IS NOT NULL AND walk.depth < 31
             )
             SELECT o.code, t.members, l.hash
             FROM walk JOIN organisations o ON o.group_id = walk.group_id
             LEFT JOIN themes t ON t.organisation_code = o.code
             LEFT JOIN theme_logos l ON l.organisation_code = o.code
             ORDER BY walk.depth",
        )
        .bind(group)
        .all()
        .await
}

/// Puts these in the place of what the organisation had, but for the logo.
///
/// # Errors
/// [`Error::Reference`] when there is no such organisation, [`Error::Unwritable`]
/// or [`Error::Engine`].
pub async fn set_members(
    tx: &mut Tx,
    organisation: &OrganisationCode,
    members: &ThemeMembers,
    now: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO themes (organisation_code, members, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (organisation_code) DO UPDATE
         SET members = excluded.members, updated_at = excluded.updated_at",
    )
    .bind(organisation)
    .bind_json(members)?
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Puts this in the place of the logo the organisation had.
///
/// # Errors
/// [`Error::Reference`] when there is no such organisation, otherwise
/// [`Error::Engine`].
pub async fn set_logo(
    tx: &mut Tx,
    organisation: &OrganisationCode,
    logo: &Logo,
    now: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO theme_logos (organisation_code, media_type, hash, content, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (organisation_code) DO UPDATE
         SET media_type = excluded.media_type, hash = excluded.hash,
            content = excluded.content, updated_at = excluded.updated_at",
    )
    .bind(organisation)
    .bind(logo.media_type)
    .bind(&logo.hash)
    .bind(BASE64.encode(&logo.content))
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Removes the organisation's own logo.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remove_logo(tx: &mut Tx, organisation: &OrganisationCode) -> Result<(), Error> {
    tx.sql("DELETE FROM theme_logos WHERE organisation_code = $1")
        .bind(organisation)
        .execute()
        .await
        .map(drop)
}

/// The organisation's own logo.
///
/// # Errors
/// [`Error::Engine`], [`Error::Unreadable`].
pub async fn logo(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
) -> Result<Option<Logo>, Error> {
    connection
        .sql("SELECT media_type, hash, content FROM theme_logos WHERE organisation_code = $1")
        .bind(organisation)
        .optional()
        .await
}
