//! The secrets of API clients, as hashes.

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::ClientId;

use crate::{Connection, Error, FromRow, Row, Tx};

/// A secret. Its hash does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub client: ClientId,
    /// Its hash, in the form the accounts crate gives it.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was shown last, to within an hour.
    pub last_used_at: Option<Timestamp>,
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSecret")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl FromRow for ClientSecret {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            client: row.get("client_id")?,
            hash: row.get("hash")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            last_used_at: row.get("last_used_at")?,
        })
    }
}

/// Adds a secret.
///
/// # Errors
/// [`Error::Reference`] when there is no such client.
pub async fn add(tx: &mut Tx, secret: &ClientSecret) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO api_client_secrets
            (id, client_id, hash, created_at, expires_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(secret.id)
    .bind(secret.client)
    .bind(&secret.hash)
    .bind(secret.created_at)
    .bind(secret.expires_at)
    .bind(secret.last_used_at)
    .execute()
    .await?;
    Ok(())
}

/// The secrets of a client that have not ended, oldest first.
///
/// # Errors
/// [`Error::Engine`].
pub async fn live(
    connection: &mut impl Connection,
    client: ClientId,
    now: Timestamp,
) -> Result<Vec<ClientSecret>, Error> {
    connection
        .sql(
            "SELECT * FROM api_client_secrets
             WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2)
             ORDER BY created_at, id LIMIT 10",
        )
        .bind(client)
        .bind(now)
        .all()
        .await
}

/// Remembers that a secret was shown.
///
/// # Errors
/// [`Error::Engine`].
pub async fn used(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), Error> {
    tx.sql("UPDATE api_client_secrets SET last_used_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Removes a secret of a client.
///
/// # Errors
/// [`Error::Missing`] when the client has no such secret.
pub async fn remove(tx: &mut Tx, client: ClientId, id: Uuid) -> Result<(), Error> {
    let changed = tx
        .sql("DELETE FROM api_client_secrets WHERE id = $1 AND client_id = $2")
        .bind(id)
        .bind(client)
        .execute()
        .await?;
    (changed == 1).then_some(()).ok_or(Error::Missing)
}
