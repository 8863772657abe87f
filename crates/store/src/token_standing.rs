//! What is looked up when a token is shown, and what has been used up.

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{ClientId, OrganisationCode};

use crate::{Connection, Error, FromRow, Row, Tx};

/// Rows removed at a time, so that no transaction lasts.
const BATCH: u32 = 1000;

/// What a token of the hub says that may have changed since.
#[derive(Debug, Clone, Copy)]
pub struct Claimed<'a> {
    /// Its id.
    pub jti: &'a str,
    /// The client it was given to.
    pub client: ClientId,
    /// What a person gave, if it stands for that.
    pub grant: Option<Uuid>,
    /// The organisation it is for.
    pub organisation: Option<&'a OrganisationCode>,
}

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it counts: not taken back, client and person not shut out.
    pub counts: bool,
    /// Whether the organisation exists, or none is named.
    pub organisation_known: bool,
}

impl FromRow for Standing {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            counts: row.get("counts")?,
            organisation_known: row.get("organisation_known")?,
        })
    }
}

/// Looks all of it up at once, by primary keys alone.
///
/// # Errors
/// [`Error::Engine`].
pub async fn of(connection: &mut impl Connection, claimed: Claimed<'_>) -> Result<Standing, Error> {
    // What a token does not name is not asked for, in a text of its own: with
    // `$3 IS NULL OR …` PostgreSQL would plan the statement anew at each call,
    // which takes it longer than the answer.
    macro_rules! standing {
        ($grant:literal, $organisation:literal) => {
            concat!(
                "SELECT
                    NOT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = $1)
                    AND EXISTS (SELECT 1 FROM api_clients WHERE id = $2 AND active)
                    AND ",
                $grant,
                " AS counts, ",
                $organisation,
                " AS organisation_known"
            )
        };
    }
    macro_rules! grant {
        ($organisation:literal) => {
            standing!(
                "EXISTS (SELECT 1 FROM oauth_grants JOIN users ON users.id = oauth_grants.user_id
                    WHERE oauth_grants.id = $3 AND users.active)",
                $organisation
            )
        };
    }
    let text = match (claimed.grant, claimed.organisation) {
        (None, None) => standing!("TRUE", "TRUE"),
        (None, Some(_)) => standing!(
            "TRUE",
            "EXISTS (SELECT 1 FROM organisations WHERE code = $3)"
        ),
        (Some(_), None) => grant!("TRUE"),
        (Some(_), Some(_)) => grant!("EXISTS (SELECT 1 FROM organisations WHERE code = $4)"),
    };
    let mut statement = connection.sql(text).bind(claimed.jti).bind(claimed.client);
    if let Some(grant) = claimed.grant {
        statement = statement.bind(grant);
    }
    if let Some(organisation) = claimed.organisation {
        statement = statement.bind(organisation);
    }
    statement.one().await
}

/// Takes a token back until its end.
///
/// # Errors
/// [`Error::Engine`].
pub async fn revoke(tx: &mut Tx, jti: &str, expires_at: Timestamp) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2)
         ON CONFLICT (jti) DO NOTHING",
    )
    .bind(jti)
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}

/// Uses up the id of a client's signed statement until the statement ends.
///
/// # Errors
/// [`Error::Duplicate`] when it was used before.
pub async fn use_assertion(
    tx: &mut Tx,
    client: ClientId,
    jti: &str,
    expires_at: Timestamp,
) -> Result<(), Error> {
    tx.sql("INSERT INTO used_assertions (client_id, jti, expires_at) VALUES ($1, $2, $3)")
        .bind(client)
        .bind(jti)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Forgets what has ended, some of each kind; how many rows it was.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget_ended(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    let mut forgotten = 0;
    for text in [
        "DELETE FROM revoked_tokens WHERE jti IN
            (SELECT jti FROM revoked_tokens WHERE expires_at <= $1 LIMIT $2)",
        "DELETE FROM used_assertions WHERE (client_id, jti) IN
            (SELECT client_id, jti FROM used_assertions WHERE expires_at <= $1 LIMIT $2)",
        // Codes and refresh tokens go with their grants.
        "DELETE FROM oauth_grants WHERE id IN
            (SELECT id FROM oauth_grants WHERE expires_at <= $1 LIMIT $2)",
        "DELETE FROM sign_in_sessions WHERE id IN
            (SELECT id FROM sign_in_sessions WHERE expires_at <= $1 LIMIT $2)",
        "DELETE FROM api_client_secrets WHERE id IN
            (SELECT id FROM api_client_secrets WHERE expires_at <= $1 LIMIT $2)",
        "DELETE FROM certificate_sessions WHERE token_hash IN
            (SELECT token_hash FROM certificate_sessions WHERE expires_at <= $1 LIMIT $2)",
        "DELETE FROM used_saml_assertions WHERE (issuer, assertion_id) IN
            (SELECT issuer, assertion_id FROM used_saml_assertions
             WHERE expires_at <= $1 LIMIT $2)",
    ] {
        forgotten += tx.sql(text).bind(now).bind(BATCH).execute().await?;
    }
    Ok(forgotten)
}
