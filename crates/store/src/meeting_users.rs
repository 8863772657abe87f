//! People who make, change or organise meetings.

use uuid::Uuid;
use vdx_domain::OrganisationCode;

use crate::{Connection, Error, FromRow, Row, Tx};

/// A person as meetings name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingUser {
    /// Their organisation.
    pub organisation: OrganisationCode,
    /// Their e-mail, up to 100 characters.
    pub email: String,
}

/// The row of a [`MeetingUser`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingUserId(pub(crate) Uuid);

impl FromRow for MeetingUserId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("id")?))
    }
}

impl MeetingUser {
    /// Reads `{prefix}_organisation` and `{prefix}_email`; `None` when the
    /// joined row is not there.
    pub(crate) fn from_columns(row: &Row, prefix: &str) -> Result<Option<Self>, Error> {
        let organisation: Option<OrganisationCode> = row.get(&format!("{prefix}_organisation"))?;
        let email: Option<String> = row.get(&format!("{prefix}_email"))?;
        Ok(organisation.zip(email).map(|(organisation, email)| Self {
            organisation,
            email,
        }))
    }

    /// As [`MeetingUser::from_columns`] where the row must be there.
    pub(crate) fn required(row: &Row, prefix: &str) -> Result<Self, Error> {
        Self::from_columns(row, prefix)?.ok_or_else(|| Error::Unreadable {
            column: format!("{prefix}_email"),
        })
    }
}

/// The row of this person, made when they are seen for the first time.
///
/// Two transactions that each make the same two people must make them in the
/// same order; sort by e-mail.
///
/// # Errors
/// [`Error::Reference`] when the organisation does not exist, otherwise
/// [`Error::Engine`].
pub async fn ensure(tx: &mut Tx, user: &MeetingUser) -> Result<MeetingUserId, Error> {
    if let Some(id) = find(tx, user).await? {
        return Ok(id);
    }
    tx.sql(
        "INSERT INTO meeting_users (id, organisation_code, email) VALUES ($1, $2, $3)
         ON CONFLICT (organisation_code, email) DO NOTHING",
    )
    .bind(Uuid::now_v7())
    .bind(&user.organisation)
    .bind(&user.email)
    .execute()
    .await?;
    find(tx, user).await?.ok_or(Error::Missing)
}

/// The row of this person, if they were ever seen.
///
/// # Errors
/// [`Error::Engine`].
pub async fn find(
    connection: &mut impl Connection,
    user: &MeetingUser,
) -> Result<Option<MeetingUserId>, Error> {
    connection
        .sql("SELECT id FROM meeting_users WHERE organisation_code = $1 AND email = $2")
        .bind(&user.organisation)
        .bind(&user.email)
        .optional()
        .await
}
