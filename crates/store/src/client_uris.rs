//! Addresses of API clients in browsers.

use vdx_domain::ClientId;

use crate::{Connection, Error, FromRow, Row, Tx};

/// What an address of a client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// People are sent back to it after signing in.
    Redirect,
    /// People are sent to it after signing out.
    Logout,
    /// Pages from there may call the token endpoint.
    Origin,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Logout => "logout",
            Self::Origin => "origin",
        }
    }
}

struct Uri(String);

impl FromRow for Uri {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("uri")?))
    }
}

/// Puts these addresses in the place of those a client had.
///
/// # Errors
/// [`Error::Reference`] when there is no such client, [`Error::Duplicate`]
/// when one is named twice.
pub async fn replace(
    tx: &mut Tx,
    client: ClientId,
    purpose: Purpose,
    uris: &[String],
) -> Result<(), Error> {
    tx.sql("DELETE FROM api_client_uris WHERE client_id = $1 AND purpose = $2")
        .bind(client)
        .bind(purpose.as_str())
        .execute()
        .await?;
    for uri in uris {
        tx.sql("INSERT INTO api_client_uris (client_id, purpose, uri) VALUES ($1, $2, $3)")
            .bind(client)
            .bind(purpose.as_str())
            .bind(uri)
            .execute()
            .await?;
    }
    Ok(())
}

/// The addresses of a client, at most 100.
///
/// # Errors
/// [`Error::Engine`].
pub async fn of(
    connection: &mut impl Connection,
    client: ClientId,
    purpose: Purpose,
) -> Result<Vec<String>, Error> {
    let uris: Vec<Uri> = connection
        .sql(
            "SELECT uri FROM api_client_uris WHERE client_id = $1 AND purpose = $2
             ORDER BY uri LIMIT 100",
        )
        .bind(client)
        .bind(purpose.as_str())
        .all()
        .await?;
    Ok(uris.into_iter().map(|Uri(uri)| uri).collect())
}

/// Whether a client that may get tokens has this address.
///
/// # Errors
/// [`Error::Engine`].
pub async fn exists(
    connection: &mut impl Connection,
    purpose: Purpose,
    uri: &str,
) -> Result<bool, Error> {
    connection
        .sql(
            "SELECT 1 FROM api_client_uris
             JOIN api_clients ON api_clients.id = api_client_uris.client_id
             WHERE purpose = $1 AND uri = $2 AND active LIMIT 1",
        )
        .bind(purpose.as_str())
        .bind(uri)
        .exists()
        .await
}
