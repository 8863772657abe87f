//! Browsers in which somebody is signed in.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Connection, Error, FromRow, Row, Tx};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id; no secret.
    pub id: Uuid,
    /// Who is signed in.
    pub user: Uuid,
    /// When they signed in.
    pub signed_in_at: Timestamp,
    /// When it was used last, to within a minute or so.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl FromRow for Session {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            user: row.get("user_id")?,
            signed_in_at: row.get("signed_in_at")?,
            seen_at: row.get("seen_at")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

/// Adds a session that shows a secret of this hash.
///
/// # Errors
/// [`Error::Reference`] when there is no such user.
pub async fn add(tx: &mut Tx, session: &Session, secret_hash: &str) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO sign_in_sessions
            (id, secret_hash, user_id, signed_in_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(session.id)
    .bind(secret_hash)
    .bind(session.user)
    .bind(session.signed_in_at)
    .bind(session.seen_at)
    .bind(session.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The session that shows a secret of this hash, while its user may sign in.
///
/// # Errors
/// [`Error::Engine`].
pub async fn by_secret(
    connection: &mut impl Connection,
    secret_hash: &str,
) -> Result<Option<Session>, Error> {
    connection
        .sql(
            "SELECT sign_in_sessions.* FROM sign_in_sessions
             JOIN users ON users.id = sign_in_sessions.user_id
             WHERE secret_hash = $1 AND users.active",
        )
        .bind(secret_hash)
        .optional()
        .await
}

/// Remembers that a session was used.
///
/// # Errors
/// [`Error::Engine`].
pub async fn seen(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), Error> {
    tx.sql("UPDATE sign_in_sessions SET seen_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Whether a session is there, and it stays there until the transaction ends.
///
/// # Errors
/// [`Error::Engine`].
pub async fn hold(tx: &mut Tx, id: Uuid) -> Result<bool, Error> {
    tx.lock(&format!("session/{id}")).await?;
    tx.sql("SELECT 1 FROM sign_in_sessions WHERE id = $1")
        .bind(id)
        .exists()
        .await
}

/// Removes a session, to put another in its place; what was given in it stays.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    tx.lock(&format!("session/{id}")).await?;
    tx.sql("DELETE FROM sign_in_sessions WHERE id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Ends a session and takes back everything that was given to clients in it.
///
/// # Errors
/// [`Error::Engine`].
pub async fn end(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    tx.lock(&format!("session/{id}")).await?;
    for text in [
        "DELETE FROM oauth_grants WHERE session_id = $1",
        "DELETE FROM sign_in_sessions WHERE id = $1",
    ] {
        tx.sql(text).bind(id).execute().await?;
    }
    Ok(())
}
