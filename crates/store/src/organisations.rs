//! The tree of groups and the organisations in it.

use std::fmt;
use std::str::FromStr;

use vdx_domain::OrganisationCode;

use jiff::Timestamp;

use crate::{Connection, Error, FromRow, Place, Row, Sealer, Tx};

/// What stands at a node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// A folder without an organisation.
    Group,
    /// A region of the country.
    Region,
    /// A municipality.
    Municipality,
    /// A practice: a general practitioner, a psychologist, a chiropractor.
    Practice,
    /// An agency of the state, or any other organisation.
    Agency,
}

impl GroupKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Group,
        Self::Region,
        Self::Municipality,
        Self::Practice,
        Self::Agency,
    ];

    /// The fixed word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Region => "region",
            Self::Municipality => "municipality",
            Self::Practice => "practice",
            Self::Agency => "agency",
        }
    }
}

impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for GroupKind {
    type Err = vdx_domain::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or(vdx_domain::UnknownWord)
    }
}

/// An organisation: a customer of the hub, with its node in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The unique code; the same value stands in the token's organisation claim.
    pub code: OrganisationCode,
    /// Display name, at most 100 characters.
    pub name: String,
    /// Its node.
    pub group_id: i64,
    /// What it is; never [`GroupKind::Group`].
    pub kind: GroupKind,
    /// Wished number of idle rooms; `None` = keeps no pool.
    pub pool_size: Option<u32>,
    /// Sender of its text messages, at most 11 characters.
    pub sms_sender_name: Option<String>,
    /// Called when the status of a text message changes.
    pub sms_callback_url: Option<String>,
    /// Whether API callers may choose a room's number.
    pub allow_custom_uri_without_domain: bool,
    /// Whether it has a key for its history.
    pub has_history_api_key: bool,
    /// Target of device events.
    pub device_webhook_endpoint: Option<String>,
    /// Whether a key is sent along with device events.
    pub has_device_webhook_endpoint_key: bool,
}

/// What a new organisation is made of.
#[derive(Debug, Clone)]
pub struct NewOrganisation<'a> {
    /// The unique code.
    pub code: &'a OrganisationCode,
    /// Display name.
    pub name: &'a str,
    /// What it is.
    pub kind: GroupKind,
    /// The node it stands under; `None` = at the top.
    pub parent_group: Option<i64>,
    /// Wished number of idle rooms.
    pub pool_size: Option<u32>,
    /// Whether API callers may choose a room's number.
    pub allow_custom_uri_without_domain: bool,
}

/// What an organisation's administrators may change: all of it at once.
// No Debug: it holds keys.
#[derive(Clone, Default)]
pub struct Details {
    /// Wished number of idle rooms; `None` = keeps no pool.
    pub pool_size: Option<u32>,
    /// Sender of its text messages.
    pub sms_sender_name: Option<String>,
    /// Called when the status of a text message changes.
    pub sms_callback_url: Option<String>,
    /// Whether API callers may choose a room's number.
    pub allow_custom_uri_without_domain: bool,
    /// Opens the history of the organisation and what is below it.
    pub history_api_key: Option<String>,
    /// Target of device events.
    pub device_webhook_endpoint: Option<String>,
    /// Sent along with device events.
    pub device_webhook_endpoint_key: Option<String>,
}

impl FromRow for Organisation {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let is_there = |column| Ok::<_, Error>(row.get::<Option<String>>(column)?.is_some());
        Ok(Self {
            has_history_api_key: is_there("history_api_key_sealed")?,
            has_device_webhook_endpoint_key: is_there("device_webhook_endpoint_key_sealed")?,
            code: row.get("code")?,
            name: row.get("name")?,
            group_id: row.get("group_id")?,
            kind: row.get("kind")?,
            pool_size: row.get("pool_size")?,
            sms_sender_name: row.get("sms_sender_name")?,
            sms_callback_url: row.get("sms_callback_url")?,
            allow_custom_uri_without_domain: row.get("allow_custom_uri_without_domain")?,
            device_webhook_endpoint: row.get("device_webhook_endpoint")?,
        })
    }
}

/// Adds a node to the tree and gives its id.
///
/// # Errors
/// [`Error::Reference`] when there is no such parent.
pub async fn add_group(
    tx: &mut Tx,
    name: &str,
    kind: GroupKind,
    parent: Option<i64>,
) -> Result<i64, Error> {
    tx.lock("groups").await?;
    let NewId(id) = tx
        .sql(
            "INSERT INTO groups (id, name, kind, parent_id)
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3 FROM groups
             RETURNING id",
        )
        .bind(name)
        .bind(kind.as_str())
        .bind(parent)
        .one()
        .await?;
    Ok(id)
}

struct NewId(i64);

impl FromRow for NewId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("id")?))
    }
}

/// Adds an organisation with a node of its own.
///
/// # Errors
/// [`Error::Duplicate`] when the code is taken, [`Error::Reference`] when
/// there is no such parent.
pub async fn add(tx: &mut Tx, new: NewOrganisation<'_>, now: Timestamp) -> Result<i64, Error> {
    let group = add_group(tx, new.name, new.kind, new.parent_group).await?;
    tx.sql(
        "INSERT INTO organisations
            (code, name, group_id, pool_size, allow_custom_uri_without_domain, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.code)
    .bind(new.name)
    .bind(group)
    .bind(new.pool_size)
    .bind(new.allow_custom_uri_without_domain)
    .bind(now)
    .execute()
    .await?;
    Ok(group)
}

/// The organisation of this code.
///
/// # Errors
/// [`Error::Engine`].
pub async fn by_code(
    connection: &mut impl Connection,
    code: &OrganisationCode,
) -> Result<Option<Organisation>, Error> {
    connection
        .sql(
            "SELECT o.*, g.kind FROM organisations o JOIN groups g ON g.id = o.group_id
             WHERE o.code = $1",
        )
        .bind(code)
        .optional()
        .await
}

/// Whether there is an organisation of this code.
///
/// # Errors
/// [`Error::Engine`].
pub async fn exists(
    connection: &mut impl Connection,
    code: &OrganisationCode,
) -> Result<bool, Error> {
    connection
        .sql("SELECT code FROM organisations WHERE code = $1")
        .bind(code)
        .exists()
        .await
}

/// Whether there is any organisation at all.
///
/// # Errors
/// [`Error::Engine`].
pub async fn any(connection: &mut impl Connection) -> Result<bool, Error> {
    connection
        .sql("SELECT code FROM organisations LIMIT 1")
        .exists()
        .await
}

fn place<'a>(column: &'a str, code: &'a OrganisationCode) -> Place<'a> {
    Place {
        table: "organisations",
        column,
        row: &code.0,
    }
}

fn fingerprint(sealer: &Sealer, history_api_key: &str) -> String {
    sealer.fingerprint("organisations", "history_api_key_hash", history_api_key)
}

/// Puts these details in the place of all that were there.
///
/// # Errors
/// [`Error::Missing`] when there is no such organisation, [`Error::Duplicate`]
/// when another organisation has this history key.
pub async fn set_details(
    tx: &mut Tx,
    sealer: &Sealer,
    code: &OrganisationCode,
    details: &Details,
    now: Timestamp,
) -> Result<(), Error> {
    let history_key = details.history_api_key.as_deref();
    let webhook_key = details.device_webhook_endpoint_key.as_deref();
    let changed = tx
        .sql(
            "UPDATE organisations SET
                pool_size = $2, sms_sender_name = $3, sms_callback_url = $4,
                allow_custom_uri_without_domain = $5, history_api_key_sealed = $6,
                history_api_key_hash = $7, device_webhook_endpoint = $8,
                device_webhook_endpoint_key_sealed = $9, updated_at = $10
             WHERE code = $1",
        )
        .bind(code)
        .bind(details.pool_size)
        .bind(details.sms_sender_name.as_deref())
        .bind(details.sms_callback_url.as_deref())
        .bind(details.allow_custom_uri_without_domain)
        .bind(sealer.seal_text(place("history_api_key_sealed", code), history_key)?)
        .bind(history_key.map(|key| fingerprint(sealer, key)))
        .bind(details.device_webhook_endpoint.as_deref())
        .bind(sealer.seal_text(
            place("device_webhook_endpoint_key_sealed", code),
            webhook_key,
        )?)
        .bind(now)
        .execute()
        .await?;
    if changed == 0 {
        return Err(Error::Missing);
    }
    Ok(())
}

/// The node of the organisation whose history this key opens.
///
/// # Errors
/// [`Error::Engine`].
pub async fn group_of_history_api_key(
    connection: &mut impl Connection,
    sealer: &Sealer,
    key: &str,
) -> Result<Option<i64>, Error> {
    let found: Option<GroupId> = connection
        .sql("SELECT group_id FROM organisations WHERE history_api_key_hash = $1")
        .bind(fingerprint(sealer, key))
        .optional()
        .await?;
    Ok(found.map(|GroupId(id)| id))
}

/// The node of the organisation of this code.
///
/// # Errors
/// [`Error::Engine`].
pub async fn group_of(
    connection: &mut impl Connection,
    code: &OrganisationCode,
) -> Result<Option<i64>, Error> {
    let found: Option<GroupId> = connection
        .sql("SELECT group_id FROM organisations WHERE code = $1")
        .bind(code)
        .optional()
        .await?;
    Ok(found.map(|GroupId(id)| id))
}

struct GroupId(i64);

impl FromRow for GroupId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("group_id")?))
    }
}
