//! What a person's sign-in gave to a client, with the codes and refresh tokens
//! that stand for it.

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::ClientId;

use crate::{Connection, Error, FromRow, Row, Tx};

/// What was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGrant {
    /// Its id.
    pub id: Uuid,
    /// To which client.
    pub client: ClientId,
    /// By whom.
    pub user: Uuid,
    /// In which session.
    pub session: Uuid,
    /// For whom its access tokens are.
    pub audience: String,
    /// The scope granted, words with spaces between.
    pub scope: String,
    /// What the client wants to see again in its id token.
    pub nonce: Option<String>,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// When everything issued from it ends at the latest.
    pub expires_at: Timestamp,
}

impl FromRow for UserGrant {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            client: row.get("client_id")?,
            user: row.get("user_id")?,
            session: row.get("session_id")?,
            audience: row.get("audience")?,
            scope: row.get("scope")?,
            nonce: row.get("nonce")?,
            signed_in_at: row.get("signed_in_at")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

/// An authorization code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// For what it stands.
    pub grant: Uuid,
    /// Where it was sent.
    pub redirect_uri: String,
    /// The hash of what the client has to show with it (RFC 7636).
    pub challenge: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl FromRow for Code {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            grant: row.get("grant_id")?,
            redirect_uri: row.get("redirect_uri")?,
            challenge: row.get("challenge")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

/// A refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// For what it stands.
    pub grant: Uuid,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl FromRow for RefreshToken {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            grant: row.get("grant_id")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

/// Adds a grant.
///
/// # Errors
/// [`Error::Reference`] when client or user are not there.
pub async fn add(tx: &mut Tx, grant: &UserGrant) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO oauth_grants (id, client_id, user_id, session_id, audience, scope, nonce,
            signed_in_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(grant.id)
    .bind(grant.client)
    .bind(grant.user)
    .bind(grant.session)
    .bind(&grant.audience)
    .bind(&grant.scope)
    .bind(grant.nonce.as_deref())
    .bind(grant.signed_in_at)
    .bind(grant.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The grant of this id.
///
/// # Errors
/// [`Error::Engine`].
pub async fn by_id(connection: &mut impl Connection, id: Uuid) -> Result<Option<UserGrant>, Error> {
    connection
        .sql("SELECT * FROM oauth_grants WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// Takes a grant back, and with it everything issued from it.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    tx.sql("DELETE FROM oauth_grants WHERE id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Adds a code of this hash.
///
/// # Errors
/// [`Error::Reference`] when there is no such grant.
pub async fn add_code(tx: &mut Tx, hash: &str, code: &Code) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO authorization_codes (hash, grant_id, redirect_uri, challenge, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash)
    .bind(code.grant)
    .bind(&code.redirect_uri)
    .bind(&code.challenge)
    .bind(code.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The code of this hash, used or not.
///
/// # Errors
/// [`Error::Engine`].
pub async fn code(tx: &mut Tx, hash: &str) -> Result<Option<Code>, Error> {
    tx.sql("SELECT * FROM authorization_codes WHERE hash = $1")
        .bind(hash)
        .optional()
        .await
}

/// Uses a code up. `false`: somebody did so before.
///
/// # Errors
/// [`Error::Engine`].
pub async fn use_code(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<bool, Error> {
    let changed = tx
        .sql("UPDATE authorization_codes SET used_at = $2 WHERE hash = $1 AND used_at IS NULL")
        .bind(hash)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Adds a refresh token of this hash.
///
/// # Errors
/// [`Error::Reference`] when there is no such grant.
pub async fn add_refresh_token(tx: &mut Tx, hash: &str, token: &RefreshToken) -> Result<(), Error> {
    tx.sql("INSERT INTO refresh_tokens (hash, grant_id, expires_at) VALUES ($1, $2, $3)")
        .bind(hash)
        .bind(token.grant)
        .bind(token.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// The refresh token of this hash, used or not.
///
/// # Errors
/// [`Error::Engine`].
pub async fn refresh_token(
    connection: &mut impl Connection,
    hash: &str,
) -> Result<Option<RefreshToken>, Error> {
    connection
        .sql("SELECT * FROM refresh_tokens WHERE hash = $1")
        .bind(hash)
        .optional()
        .await
}

/// Uses a refresh token up. `false`: somebody did so before.
///
/// # Errors
/// [`Error::Engine`].
pub async fn use_refresh_token(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<bool, Error> {
    let changed = tx
        .sql("UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL")
        .bind(hash)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}
