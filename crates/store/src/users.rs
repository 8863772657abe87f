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
