//! The keys that sign the hub's tokens, sealed.

use jiff::Timestamp;

use crate::{Connection, Error, FromRow, Place, Row, Sealer, Tx};

/// A key. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id, as tokens name it.
    pub id: String,
    /// The private key, PKCS #8.
    pub key: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it may sign.
    pub signs_from: Timestamp,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("signs_from", &self.signs_from)
            .finish_non_exhaustive()
    }
}

struct Sealed {
    id: String,
    key: String,
    created_at: Timestamp,
    signs_from: Timestamp,
}

impl FromRow for Sealed {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            key: row.get("key_sealed")?,
            created_at: row.get("created_at")?,
            signs_from: row.get("signs_from")?,
        })
    }
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "signing_keys",
        column: "key_sealed",
        row: id,
    }
}

/// All keys, in the order in which they sign.
///
/// # Errors
/// [`Error::Unsealable`] when they were sealed with another key.
pub async fn all(
    connection: &mut impl Connection,
    sealer: &Sealer,
) -> Result<Vec<SigningKey>, Error> {
    let rows: Vec<Sealed> = connection
        .sql("SELECT * FROM signing_keys ORDER BY signs_from, created_at, id LIMIT 100")
        .all()
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SigningKey {
                key: sealer.unseal(place(&row.id), &row.key)?,
                id: row.id,
                created_at: row.created_at,
                signs_from: row.signs_from,
            })
        })
        .collect()
}

/// Adds a key.
///
/// # Errors
/// [`Error::Duplicate`] when there is one of this id.
pub async fn add(tx: &mut Tx, sealer: &Sealer, key: &SigningKey) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO signing_keys (id, key_sealed, created_at, signs_from)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(&key.id)
    .bind(sealer.seal(place(&key.id), &key.key)?)
    .bind(key.created_at)
    .bind(key.signs_from)
    .execute()
    .await?;
    Ok(())
}

/// Removes a key, if it is there.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remove(tx: &mut Tx, id: &str) -> Result<(), Error> {
    tx.sql("DELETE FROM signing_keys WHERE id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
