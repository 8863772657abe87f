//! People who sign in with a password of this hub.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{ApiRole, OrganisationCode};

use crate::{Connection, Error, FromRow, Row, Tx};

/// A user. The hash of the password does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: Uuid,
    /// What it signs in with; unique.
    pub username: String,
    /// The password's hash, a PHC string.
    pub password_hash: String,
    /// The one organisation it belongs to.
    pub organisation: OrganisationCode,
    /// E-mail, at most 100 characters; unique in the organisation.
    pub email: String,
    /// What it may do.
    pub roles: BTreeSet<ApiRole>,
    /// Whether it may sign in.
    pub active: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl FromRow for User {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            username: row.get("username")?,
            password_hash: row.get("password_hash")?,
            organisation: row.get("organisation_code")?,
            email: row.get("email")?,
            roles: row.json("roles")?,
            active: row.get("active")?,
        })
    }
}

/// Adds a user.
///
/// # Errors
/// [`Error::Duplicate`] when the user name or the e-mail is taken,
/// [`Error::Reference`] when there is no such organisation.
pub async fn add(tx: &mut Tx, user: &User, now: Timestamp) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO users
            (id, username, password_hash, organisation_code, email, roles, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(user.id)
    .bind(&user.username)
    .bind(&user.password_hash)
    .bind(&user.organisation)
    .bind(&user.email)
    .bind_json(&user.roles)?
    .bind(user.active)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The user of this name.
///
/// # Errors
/// [`Error::Engine`].
pub async fn by_username(
    connection: &mut impl Connection,
    username: &str,
) -> Result<Option<User>, Error> {
    connection
        .sql("SELECT * FROM users WHERE username = $1")
        .bind(username)
        .optional()
        .await
}

/// The user of this id.
///
/// # Errors
/// [`Error::Engine`].
pub async fn by_id(connection: &mut impl Connection, id: Uuid) -> Result<Option<User>, Error> {
    connection
        .sql("SELECT * FROM users WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// All users, at most 10,000, by name.
///
/// # Errors
/// [`Error::Engine`].
pub async fn all(connection: &mut impl Connection) -> Result<Vec<User>, Error> {
    connection
        .sql("SELECT * FROM users ORDER BY username LIMIT 10000")
        .all()
        .await
}

/// Gives a user another password, and ends all that was opened with the old one.
///
/// # Errors
/// [`Error::Missing`] when there is no such user.
pub async fn set_password(tx: &mut Tx, id: Uuid, hash: &str) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE users SET password_hash = $2 WHERE id = $1")
        .bind(id)
        .bind(hash)
        .execute()
        .await?;
    end_sessions(tx, id).await?;
    (changed == 1).then_some(()).ok_or(Error::Missing)
}

/// Lets a user sign in, or not any more; then all that was opened ends.
///
/// # Errors
/// [`Error::Missing`] when there is no such user.
pub async fn set_active(tx: &mut Tx, id: Uuid, active: bool) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE users SET active = $2 WHERE id = $1")
        .bind(id)
        .bind(active)
        .execute()
        .await?;
    if !active {
        end_sessions(tx, id).await?;
    }
    (changed == 1).then_some(()).ok_or(Error::Missing)
}

async fn end_sessions(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    for text in [
        "DELETE FROM oauth_grants WHERE user_id = $1",
        "DELETE FROM sign_in_sessions WHERE user_id = $1",
    ] {
        tx.sql(text).bind(id).execute().await?;
    }
    Ok(())
}
