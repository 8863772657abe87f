//! Systems that are signed in with a certificate, and the assertions they
//! signed in with.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vdx_domain::{ApiRole, OrganisationCode};

use crate::{Connection, Error, FromRow, Row, Tx};

/// A session.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateSession {
    /// SHA-256 of the certificate that has to be shown with the token, in
    /// hexadecimal digits.
    pub certificate: String,
    /// On whose behalf the system acts.
    pub organisation: Option<OrganisationCode>,
    /// As whom it acts.
    pub email: Option<String>,
    /// What it may do.
    pub roles: BTreeSet<ApiRole>,
    /// When the session ends.
    pub expires_at: Timestamp,
}

/// A session that was looked up, and whether its organisation is still there.
pub struct Found {
    /// The session.
    pub session: CertificateSession,
    /// Whether the organisation exists, or none is named.
    pub organisation_known: bool,
}

impl std::fmt::Debug for CertificateSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateSession")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl FromRow for Found {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            session: CertificateSession {
                certificate: row.get("certificate")?,
                organisation: row.get("organisation_code")?,
                email: row.get("email")?,
                roles: row.json("roles")?,
                expires_at: row.get("expires_at")?,
            },
            organisation_known: row.get("organisation_known")?,
        })
    }
}

/// Adds a session that shows a token of this hash.
///
/// # Errors
/// [`Error::Duplicate`] when the token is somebody's already.
pub async fn add(
    tx: &mut Tx,
    token_hash: &str,
    session: &CertificateSession,
    now: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO certificate_sessions
            (token_hash, certificate, organisation_code, email, roles, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token_hash)
    .bind(&session.certificate)
    .bind(session.organisation.clone())
    .bind(session.email.as_deref())
    .bind_json(&session.roles)?
    .bind(now)
    .bind(session.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The session that shows a token of this hash, ended or not.
///
/// # Errors
/// [`Error::Engine`].
pub async fn by_token(
    connection: &mut impl Connection,
    token_hash: &str,
) -> Result<Option<Found>, Error> {
    connection
        .sql(
            "SELECT certificate_sessions.*,
                (organisation_code IS NULL OR EXISTS (
                    SELECT 1 FROM organisations WHERE code = organisation_code))
                    AS organisation_known
             FROM certificate_sessions WHERE token_hash = $1",
        )
        .bind(token_hash)
        .optional()
        .await
}

/// Uses up the id of an assertion until the assertion ends.
///
/// # Errors
/// [`Error::Duplicate`] when it was used before.
pub async fn use_assertion(
    tx: &mut Tx,
    issuer: &str,
    id: &str,
    expires_at: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO used_saml_assertions (issuer, assertion_id, expires_at) VALUES ($1, $2, $3)",
    )
    .bind(issuer)
    .bind(id)
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}
