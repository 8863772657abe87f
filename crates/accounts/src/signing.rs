//! The keys that sign the hub's tokens, and how one follows another.
//!
//! A key signs for some weeks. The next one is published a day before it signs,
//! so that everybody who checks tokens has it by then; the one before stays
//! published until the last token it signed has ended. All of this follows from
//! when each key begins to sign, so nodes on one database agree without talking.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use parking_lot::RwLock;
use serde::Serialize;
use tokio::sync::Mutex;
use vdx_store::signing_keys::{self, SigningKey};
use vdx_store::{Db, Sealer};

use crate::Error;
use crate::key_set::KeySet;

/// How long a key is published before it signs.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How long it stays published after its last token has ended.
const AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How long keys are used before the database is asked again: another node, or
/// the operator, may have made one.
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Least time between two questions because of an unknown key.
const LEAST_INTERVAL: SignedDuration = SignedDuration::from_secs(1);
/// Kept while keys are made or removed.
const LOCK: &str = "signing_keys";

/// How keys follow one another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotation {
    /// How long a key signs.
    pub(crate) key_age: Duration,
    /// How long a token lives.
    pub(crate) token_lifetime: Duration,
}

/// The keys of this installation, kept in the database.
pub(crate) struct KeyRing {
    db: Db,
    sealer: Sealer,
    rotation: Rotation,
    held: RwLock<Held>,
    asking: Mutex<()>,
}

struct Held {
    ring: Arc<Ring>,
    read_at: Timestamp,
}

/// The keys as they were read, in the order in which they sign.
pub(crate) struct Ring {
    keys: Vec<Key>,
    checks: KeySet,
    keep: SignedDuration,
}

struct Key {
    id: String,
    signs_from: Timestamp,
    private: EncodingKey,
    public: Jwk,
}

impl KeyRing {
    /// Reads the keys; makes the first one.
    pub(crate) async fn open(
        db: Db,
        sealer: Sealer,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut ring = Ring::read(&db, &sealer, rotation).await?;
        if ring.keys.is_empty() {
            let first = new_key(now, now).await?;
            let mut tx = db.begin().await?;
            tx.lock(LOCK).await?;
            if signing_keys::all(&mut tx, &sealer).await?.is_empty() {
                signing_keys::add(&mut tx, &sealer, &first).await?;
            }
            tx.commit().await?;
            ring = Ring::read(&db, &sealer, rotation).await?;
        }
        let held = RwLock::new(Held {
            ring: Arc::new(ring),
            read_at: now,
        });
        Ok(Self {
            db,
            sealer,
            rotation,
            held,
            asking: Mutex::default(),
        })
    }

    /// The keys. While one caller asks the database, others go on with what is held.
    pub(crate) async fn ring(&self, now: Timestamp) -> Arc<Ring> {
        if self.is_older(GOOD_FOR, now)
            && let Ok(_guard) = self.asking.try_lock()
        {
            self.read_and_tell(now).await;
        }
        Arc::clone(&self.held.read().ring)
    }

    /// The keys, the one of this id among them if the installation has it.
    pub(crate) async fn ring_with(&self, id: &str, now: Timestamp) -> Arc<Ring> {
        let ring = self.ring(now).await;
        if ring.checks.has(id) {
            return ring;
        }
        let _guard = self.asking.lock().await;
        let ring = Arc::clone(&self.held.read().ring);
        if ring.checks.has(id) || !self.is_older(LEAST_INTERVAL, now) {
            return ring;
        }
        self.read_and_tell(now).await;
        Arc::clone(&self.held.read().ring)
    }

    fn is_older(&self, age: SignedDuration, now: Timestamp) -> bool {
        now.duration_since(self.held.read().read_at) >= age
    }

    async fn read_and_tell(&self, now: Timestamp) {
        if let Err(error) = self.read(now).await {
            tracing::warn!(%error, "the signing keys cannot be read again");
        }
    }

    async fn read(&self, now: Timestamp) -> Result<(), Error> {
        // Also when it fails: a database that is down is not asked each time.
        self.held.write().read_at = now;
        let ring = Ring::read(&self.db, &self.sealer, self.rotation).await?;
        self.held.write().ring = Arc::new(ring);
        Ok(())
    }

    /// Makes the next key when it is time to publish it, and removes those
    /// whose last token has ended.
    pub(crate) async fn tend(&self, now: Timestamp) -> Result<(), Error> {
        self.read(now).await?;
        let ring = Arc::clone(&self.held.read().ring);
        for over in ring.over(now) {
            let mut tx = self.db.begin().await?;
            signing_keys::remove(&mut tx, &over.id).await?;
            tx.commit().await?;
        }
        let age = signed(self.rotation.key_age);
        let newest = ring.newest();
        if newest.is_none_or(|newest| newest.signs_from + age <= now + AHEAD) {
            let signs_from = newest.map_or(now, |newest| newest.signs_from + age);
            self.add(now, signs_from.max(now + AHEAD)).await?;
        }
        Ok(())
    }

    /// Publishes a new key that signs from tomorrow on; gives its id and the
    /// instant. Where one is published already, that one.
    pub(crate) async fn rotate(&self, now: Timestamp) -> Result<(String, Timestamp), Error> {
        self.add(now, now + AHEAD).await?;
        let ring = Arc::clone(&self.held.read().ring);
        let newest = ring.newest().ok_or(Error::Key("signing key"))?;
        Ok((newest.id.clone(), newest.signs_from))
    }

    /// Makes a new key that signs from now on and removes all others: every
    /// token signed so far stops counting.
    pub(crate) async fn replace(&self, now: Timestamp) -> Result<String, Error> {
        let new = new_key(now, now).await?;
        let mut tx = self.db.begin().await?;
        tx.lock(LOCK).await?;
        for old in signing_keys::all(&mut tx, &self.sealer).await? {
            signing_keys::remove(&mut tx, &old.id).await?;
        }
        signing_keys::add(&mut tx, &self.sealer, &new).await?;
        tx.commit().await?;
        self.read(now).await?;
        Ok(new.id)
    }

    /// Adds a key unless one is there that does not sign yet: another node may
    /// have made it.
    async fn add(&self, now: Timestamp, signs_from: Timestamp) -> Result<(), Error> {
        let new = new_key(now, signs_from).await?;
        let mut tx = self.db.begin().await?;
        tx.lock(LOCK).await?;
        let keys = signing_keys::all(&mut tx, &self.sealer).await?;
        if keys.last().is_none_or(|last| last.signs_from <= now) {
            signing_keys::add(&mut tx, &self.sealer, &new).await?;
            tx.commit().await?;
            tracing::info!(key = new.id, from = %signs_from, "a new signing key is published");
        }
        self.read(now).await
    }
}

impl Ring {
    async fn read(db: &Db, sealer: &Sealer, rotation: Rotation) -> Result<Self, Error> {
        let keys = signing_keys::all(&mut db.reader(), sealer).await?;
        let keys: Vec<Key> = keys.iter().map(Key::parse).collect::<Result<_, _>>()?;
        let checks = KeySet::from(&JwkSet {
            keys: keys.iter().map(|key| key.public.clone()).collect(),
        });
        Ok(Self {
            keys,
            checks,
            keep: signed(rotation.token_lifetime) + AFTER,
        })
    }

    fn newest(&self) -> Option<&Key> {
        self.keys.last()
    }

    /// Those whose last token has ended.
    fn over(&self, now: Timestamp) -> impl Iterator<Item = &Key> {
        let followers = self.keys.iter().skip(1);
        self.keys
            .iter()
            .zip(followers)
            .filter(move |(_, follower)| follower.signs_from + self.keep <= now)
            .map(|(key, _)| key)
    }

    /// Signs claims under a header of this type.
    pub(crate) fn sign(
        &self,
        kind: &str,
        claims: &impl Serialize,
        now: Timestamp,
    ) -> Result<String, Error> {
        let failed = Error::Key("signing key");
        let signing = |key: &&Key| key.signs_from <= now;
        // A clock that was set back finds no key that may sign yet.
        let key = self.keys.iter().rev().find(signing).or(self.keys.first());
        let key = key.ok_or(failed)?;
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, claims, &key.private).map_err(|_| Error::Key("signing key"))
    }

    /// The public keys, if this one is among those that count now.
    pub(crate) fn checks(&self, id: &str, now: Timestamp) -> Option<&KeySet> {
        let over = self.over(now).any(|key| key.id == id);
        (self.checks.has(id) && !over).then_some(&self.checks)
    }

    /// The public keys that count now or soon.
    pub(crate) fn published(&self, now: Timestamp) -> JwkSet {
        let over: Vec<&str> = self.over(now).map(|key| key.id.as_str()).collect();
        let counts = |key: &&Key| !over.contains(&key.id.as_str());
        let keys = self.keys.iter().filter(counts);
        JwkSet {
            keys: keys.map(|key| key.public.clone()).collect(),
        }
    }
}

impl Key {
    fn parse(key: &SigningKey) -> Result<Self, Error> {
        let (private, public) = parse(&key.key)?;
        Ok(Self {
            id: key.id.clone(),
            signs_from: key.signs_from,
            private,
            public,
        })
    }
}

/// The private and the public part of a key in PKCS #8.
fn parse(der: &[u8]) -> Result<(EncodingKey, Jwk), Error> {
    let failed = |_| Error::Key("signing key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    );
    let private = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(failed)?;
    let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256).map_err(failed)?;
    let id = public.thumbprint(ThumbprintHash::SHA256).map_err(failed)?;
    public.common.key_id = Some(id);
    public.common.key_algorithm = Some(KeyAlgorithm::RS256);
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((private, public))
}

/// RSA with 2048 bits, named by its thumbprint (RFC 7638). Takes a moment of
/// processor time.
async fn new_key(now: Timestamp, signs_from: Timestamp) -> Result<SigningKey, Error> {
    let make = || {
        let failed = |_| Error::Key("signing key");
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
        Ok::<_, Error>(der.as_ref().to_vec())
    };
    let key = tokio::task::spawn_blocking(make)
        .await
        .map_err(|_| Error::Key("signing key"))??;
    let (_, public) = parse(&key)?;
    Ok(SigningKey {
        id: public.common.key_id.unwrap_or_default(),
        key,
        created_at: now,
        signs_from,
    })
}

/// At most ten years, so that instants stay within what can be written.
fn signed(duration: Duration) -> SignedDuration {
    const MOST: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);
    SignedDuration::try_from(duration).map_or(MOST, |duration| duration.min(MOST))
}
