//! The random secrets of this installation, sealed.

use jiff::Timestamp;

use crate::{Connection, Error, FromRow, Place, Row, Sealer, Tx};

struct Sealed(String);

impl FromRow for Sealed {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("value_sealed")?))
    }
}

fn place(name: &str) -> Place<'_> {
    Place {
        table: "secrets",
        column: "value_sealed",
        row: name,
    }
}

/// The secret of this name, if it was made.
///
/// # Errors
/// [`Error::Unsealable`] when it was sealed with another key.
pub async fn get(
    connection: &mut impl Connection,
    sealer: &Sealer,
    name: &str,
) -> Result<Option<Vec<u8>>, Error> {
    let sealed: Option<Sealed> = connection
        .sql("SELECT value_sealed FROM secrets WHERE name = $1")
        .bind(name)
        .optional()
        .await?;
    sealed
        .map(|Sealed(text)| sealer.unseal(place(name), &text))
        .transpose()
}

/// Keeps a secret unless there is one of this name. Of two programs that do
/// so at the same time one wins; both then [`get`] the same.
///
/// # Errors
/// [`Error::Engine`].
pub async fn put_first(
    tx: &mut Tx,
    sealer: &Sealer,
    name: &str,
    value: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO secrets (name, value_sealed, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(name)
    .bind(sealer.seal(place(name), value)?)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
