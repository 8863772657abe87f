//! The chain: each record's hash covers the record and the hash before it, so
//! that no record can be changed, removed or put in between unseen. The hash
//! is keyed (HMAC-SHA-256): who can write the database but not read the
//! installation's key cannot make a chain that holds.

use std::future::Future;
use std::time::Duration;

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vdx_domain::{Clock, Randomness};

use super::{Record, chained_after, oldest_unchained};
use crate::{Connection, Db, EngineKind, Error, FromRow, Row, Sealer, Tx, secrets};

/// Name of the key among the installation's secrets.
const KEY: &str = "audit_chain";
/// Records chained in one transaction.
const BATCH: u32 = 500;
/// Records read at a time when the chain is verified.
const PAGE: u32 = 1000;
/// How long records wait for others after the first.
const GATHERING: Duration = Duration::from_millis(100);
/// Longest sleep: another node may have written records.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// Longest time a record may be without a place before that is a flaw.
const GRACE: SignedDuration = SignedDuration::from_mins(10);

/// Extends and verifies the chain.
#[derive(Clone)]
pub struct Chain {
    db: Db,
    key: hmac::Key,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chain(…)")
    }
}

/// A chain that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many records stand in it.
    pub records: i64,
    /// The hash of the last one. Written down elsewhere, it proves later that
    /// nothing was cut off the end.
    pub head: String,
    /// Records so new that they have no place yet.
    pub unchained: i64,
}

/// Why a chain does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// A record is missing.
    #[error("record {0} is missing")]
    Missing(i64),
    /// A record, or one before it, is not what was written.
    #[error("record {position} ({id}) was changed, or one before it was replaced")]
    Changed {
        /// Its place.
        position: i64,
        /// Its id.
        id: uuid::Uuid,
    },
    /// A record was written and never chained, or taken out of the chain.
    #[error("a record of {0} has no place in the chain")]
    Unchained(Timestamp),
    /// There are records and the installation has no key for them.
    #[error("the key of the chain is missing")]
    NoKey,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

struct Head {
    position: i64,
    hash: String,
}

impl FromRow for Head {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            position: row.get("chain_position")?,
            hash: row.get("chain_hash")?,
        })
    }
}

struct Count(i64);

impl FromRow for Count {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("count")?))
    }
}

impl Chain {
    /// Opens the chain of this installation; its key is made at the first start.
    ///
    /// # Errors
    /// [`Error::Unsealable`], otherwise [`Error::Engine`].
    pub async fn open(
        db: Db,
        sealer: &Sealer,
        randomness: &dyn Randomness,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        if let Some(chain) = Self::existing(db.clone(), sealer).await? {
            return Ok(chain);
        }
        let mut key = [0; 32];
        randomness.fill(&mut key);
        let mut tx = db.begin().await?;
        secrets::put_first(&mut tx, sealer, KEY, &key, clock.now()).await?;
        tx.commit().await?;
        Self::existing(db, sealer).await?.ok_or(Error::Missing)
    }

    /// The chain, if this installation has one.
    ///
    /// # Errors
    /// As [`Chain::open`].
    pub async fn existing(db: Db, sealer: &Sealer) -> Result<Option<Self>, Error> {
        let key = secrets::get(&mut db.reader(), sealer, KEY).await?;
        Ok(key.map(|key| Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            db,
        }))
    }

    /// Gives new records their place, until `shutdown` is done.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            match self.extend().await {
                Ok(full) if full == BATCH as usize => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the audit trail could not be chained; trying again");
                }
            }
            tokio::select! {
                () = &mut shutdown => return,
                () = self.db.bells().audit.notified() => {
                    // What comes in the same moment is placed together.
                    tokio::time::sleep(GATHERING).await;
                }
                () = tokio::time::sleep(LONGEST_SLEEP) => {}
            }
        }
    }

    /// Gives up to 500 records their place; how many it were.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn extend(&self) -> Result<usize, Error> {
        // Outside the transaction, so that an idle hub never asks for the writer's place.
        if oldest_unchained(&mut self.db.reader()).await?.is_none() {
            return Ok(0);
        }
        let mut tx = self.db.begin().await?;
        tx.lock("audit_chain").await?;
        let mut head = head(&mut tx).await?;
        let records: Vec<Record> = tx
            .sql(
                "SELECT * FROM audit_records WHERE chain_position IS NULL
                 ORDER BY at, id LIMIT $1",
            )
            .bind(BATCH)
            .all()
            .await?;
        let mut places = Vec::with_capacity(records.len());
        for record in &records {
            head = Head {
                position: head.position + 1,
                hash: self.hash(&head, record),
            };
            places.push(json!({ "id": record.id, "position": head.position, "hash": head.hash }));
        }
        keep(&mut tx, &places).await?;
        tx.commit().await?;
        Ok(records.len())
    }

    /// Walks the whole chain.
    ///
    /// # Errors
    /// The first [`Flaw`].
    pub async fn verify(&self, now: Timestamp) -> Result<Verified, Flaw> {
        let mut reader = self.db.reader();
        let mut head = Head::none();
        loop {
            let page = chained_after(&mut reader, head.position, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for record in &page {
                head = self.check(&head, record)?;
            }
        }
        if let Some(oldest) = oldest_unchained(&mut reader).await?
            && now.duration_since(oldest) > GRACE
        {
            return Err(Flaw::Unchained(oldest));
        }
        let unchained: Count = reader
            .sql("SELECT COUNT(*) AS count FROM audit_records WHERE chain_position IS NULL")
            .one()
            .await?;
        Ok(Verified {
            records: head.position,
            head: head.hash,
            unchained: unchained.0,
        })
    }

    /// The head behind `record`, if it follows on `head`.
    fn check(&self, head: &Head, record: &Record) -> Result<Head, Flaw> {
        let position = head.position + 1;
        if record.chain_position != Some(position) {
            return Err(Flaw::Missing(position));
        }
        let hash = self.hash(head, record);
        if record.chain_hash.as_deref() != Some(&hash) {
            return Err(Flaw::Changed {
                position,
                id: record.id,
            });
        }
        Ok(Head { position, hash })
    }

    /// Lengths in front keep two different records from giving the same bytes.
    fn hash(&self, before: &Head, record: &Record) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        let mut add = |part: &str| {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        };
        add(&before.hash);
        add(&(before.position + 1).to_string());
        add(&record.id.to_string());
        add(&record.at.as_millisecond().to_string());
        add(&record.organisation.0);
        add(&record.actor);
        for optional in [
            record.actor_email.as_deref(),
            record.actor_organisation.as_ref().map(|code| &*code.0),
            record.origin.as_deref(),
        ] {
            add(if optional.is_some() { "1" } else { "0" });
            add(optional.unwrap_or_default());
        }
        add(&record.resource);
        add(&record.operation);
        add(&record.identifier);
        add(&record.details);
        hex::encode(context.sign())
    }
}

impl Head {
    /// Before the first record.
    fn none() -> Self {
        Self {
            position: 0,
            hash: String::new(),
        }
    }
}

async fn head(tx: &mut Tx) -> Result<Head, Error> {
    let head = tx
        .sql(
            "SELECT chain_position, chain_hash FROM audit_records
             WHERE chain_position IS NOT NULL ORDER BY chain_position DESC LIMIT 1",
        )
        .optional()
        .await?;
    Ok(head.unwrap_or_else(Head::none))
}

/// Writes the places of all these records with one statement.
async fn keep(tx: &mut Tx, places: &[Value]) -> Result<(), Error> {
    let text = match tx.engine() {
        EngineKind::Sqlite => {
            "UPDATE audit_records SET chain_position = place.position, chain_hash = place.hash
             FROM (SELECT value ->> 'id' AS id, value ->> 'position' AS position,
                    value ->> 'hash' AS hash FROM json_each($1)) AS place
             WHERE audit_records.id = place.id"
        }
        EngineKind::Postgres => {
            "UPDATE audit_records SET chain_position = place.position, chain_hash = place.hash
             FROM json_to_recordset(CAST($1 AS JSON)) AS place (id TEXT, position BIGINT, hash TEXT)
             WHERE audit_records.id = place.id"
        }
    };
    tx.sql(text).bind_json(&places)?.execute().await?;
    Ok(())
}
