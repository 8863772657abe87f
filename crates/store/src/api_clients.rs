//! Systems that call the APIs with an id and something only they have, and
//! programs in browsers, which have nothing of the kind.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vdx_domain::{ApiRole, ClientId, OrganisationCode};

use crate::{Connection, Error, FromRow, Row, Tx};

/// An API client.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiClient {
    /// Its id.
    pub id: ClientId,
    /// What people call it.
    pub name: String,
    /// On whose behalf it acts.
    pub organisation: Option<OrganisationCode>,
    /// As whom it acts.
    pub email: Option<String>,
    /// What it may do.
    pub roles: BTreeSet<ApiRole>,
    /// Whether it may get tokens, and use those it has.
    pub active: bool,
    /// Whether it is a program in a browser, which cannot keep a secret.
    pub public: bool,
    /// A JWK set with the public keys of a client that signs.
    pub keys: Option<String>,
}

impl std::fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiClient")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl FromRow for ApiClient {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            organisation: row.get("organisation_code")?,
            email: row.get("email")?,
            roles: row.json("roles")?,
            active: row.get("active")?,
            public: row.get("public")?,
            keys: row.get("keys")?,
        })
    }
}

/// Adds a client.
///
/// # Errors
/// [`Error::Duplicate`], or [`Error::Reference`] when there is no such organisation.
pub async fn add(tx: &mut Tx, client: &ApiClient, now: Timestamp) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO api_clients
            (id, name, organisation_code, email, roles, active, public, keys, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(client.id)
    .bind(&client.name)
    .bind(client.organisation.clone())
    .bind(client.email.as_deref())
    .bind_json(&client.roles)?
    .bind(client.active)
    .bind(client.public)
    .bind(client.keys.as_deref())
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The client of this id.
///
/// # Errors
/// [`Error::Engine`].
pub async fn by_id(
    connection: &mut impl Connection,
    id: ClientId,
) -> Result<Option<ApiClient>, Error> {
    connection
        .sql("SELECT * FROM api_clients WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// All clients, at most 10,000, by name.
///
/// # Errors
/// [`Error::Engine`].
pub async fn all(connection: &mut impl Connection) -> Result<Vec<ApiClient>, Error> {
    connection
        .sql("SELECT * FROM api_clients ORDER BY name, id LIMIT 10000")
        .all()
        .await
}

/// Gives a client other public keys, or none.
///
/// # Errors
/// [`Error::Missing`] when there is no such client.
pub async fn set_keys(tx: &mut Tx, id: ClientId, keys: Option<&str>) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE api_clients SET keys = $2 WHERE id = $1")
        .bind(id)
        .bind(keys)
        .execute()
        .await?;
    (changed == 1).then_some(()).ok_or(Error::Missing)
}

/// Lets a client get tokens, or not any more.
///
/// # Errors
/// [`Error::Missing`] when there is no such client.
pub async fn set_active(tx: &mut Tx, id: ClientId, active: bool) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE api_clients SET active = $2 WHERE id = $1")
        .bind(id)
        .bind(active)
        .execute()
        .await?;
    (changed == 1).then_some(()).ok_or(Error::Missing)
}
