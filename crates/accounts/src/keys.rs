//! The random keys of this installation, kept sealed in the database.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use vdx_domain::{Clock, Randomness};
use vdx_store::{Db, Sealer, secrets};

use crate::Error;

/// Signs access tokens: RSA with 2048 bits, PKCS #8.
const SIGNING_KEY: &str = "token-signing-key";
/// Signs the tokens of rooms and the tickets of links: 32 bytes.
const TICKET_KEY: &str = "ticket-key";

/// The keys.
pub(crate) struct InstallationKeys {
    /// PKCS #8.
    pub(crate) signing_key: Vec<u8>,
    pub(crate) ticket_key: [u8; 32],
}

impl InstallationKeys {
    /// Reads the keys; makes those that are missing. Programs that start at
    /// the same time on one database end up with the same keys.
    pub(crate) async fn load(
        db: &Db,
        sealer: &Sealer,
        clock: &dyn Clock,
        randomness: &dyn Randomness,
    ) -> Result<Self, Error> {
        let signing_key = load(db, sealer, clock, SIGNING_KEY, new_signing_key).await?;
        let ticket_key = load(db, sealer, clock, TICKET_KEY, || {
            let mut key = vec![0; 32];
            randomness.fill(&mut key);
            Ok(key)
        })
        .await?;
        Ok(Self {
            signing_key,
            ticket_key: ticket_key
                .try_into()
                .map_err(|_| Error::Key("key of tickets"))?,
        })
    }
}

async fn load(
    db: &Db,
    sealer: &Sealer,
    clock: &dyn Clock,
    name: &'static str,
    make: impl FnOnce() -> Result<Vec<u8>, Error>,
) -> Result<Vec<u8>, Error> {
    if let Some(key) = secrets::get(&mut db.reader(), sealer, name).await? {
        return Ok(key);
    }
    let made = make()?;
    let mut tx = db.begin().await?;
    secrets::put_first(&mut tx, sealer, name, &made, clock.now()).await?;
    tx.commit().await?;
    secrets::get(&mut db.reader(), sealer, name)
        .await?
        .ok_or(Error::Store(vdx_store::Error::Missing))
}

fn new_signing_key() -> Result<Vec<u8>, Error> {
    let failed = |_| Error::Key("signing key");
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    Ok(der.as_ref().to_vec())
}
