//! Systems that call the APIs with an id and a secret.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vdx_domain::{ApiRole, ClientId, OrganisationCode};

use crate::{Connection, Error, FromRow, Row, Tx};

/// An API client. The hash of its secret does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiClient {
    /// Its id.
    pub id: ClientId,
    /// What people call it.
    pub name: String,
    /// The hash of its secret, in the form the accounts crate gives it.
    pub secret_hash: String,
    /// On whose behalf it acts.
    pub organisation: Option<OrganisationCode>,
    /// As whom it acts.
    pub email: Option<String>,
    /// What it may do.
    pub roles: BTreeSet<ApiRole>,
    /// Whether it may get tokens.
    pub active: bool,
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
            secret_hash: row.get("secret_hash")?,
            organisation: row.get("organisation_code")?,
            email: row.get("email")?,
            roles: row.json("roles")?,
            active: row.get("active")?,
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
            (id, name, secret_hash, organisation_code, email, roles, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(client.id)
    .bind(&client.name)
    .bind(&client.secret_hash)
    .bind(client.organisation.clone())
    .bind(client.email.as_deref())
    .bind_json(&client.roles)?
    .bind(client.active)
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
