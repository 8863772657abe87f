//! Others whose tokens are accepted.

mod source;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::RwLock;
use tokio::sync::{Mutex, MutexGuard};

use crate::Error;
use crate::key_set::KeySet;
use source::Source;

/// How long keys of the last good answer are used while the issuer does not
/// answer. A token lives much shorter, so nobody has one by then.
const KEEP: SignedDuration = SignedDuration::from_hours(24);
/// Least time between two requests for keys: somebody who sends tokens with
/// invented key ids makes the hub ask no more often than this.
const LEAST_INTERVAL: SignedDuration = SignedDuration::from_secs(10);

/// An issuer besides the hub itself.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    /// Its name, exactly as in the `iss` claim.
    pub issuer: String,
    /// Where its public keys are.
    pub keys: KeySource,
    /// Whom its tokens must be for. `None`: whoever they are for.
    pub audience: Option<String>,
    /// Where its tokens carry what the hub wants to know.
    pub claims: ClaimNames,
    /// The claim that names the organisation under which one that is not known
    /// yet is made. `None`: none is made.
    pub parent_claim: Option<String>,
}

/// Where the public keys of an issuer are (RFC 7517).
#[derive(Debug, Clone)]
pub enum KeySource {
    /// In a file, read again within ten seconds of a change.
    File(PathBuf),
    /// At an address: `https`, or `http` on this machine.
    Url {
        /// The address.
        url: String,
        /// PEM certificates of those who may vouch for the server; the
        /// system's where none is named.
        roots: Option<PathBuf>,
    },
}

/// Names of claims. A dot leads into an object: `realm_access.roles`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The organisation's code.
    pub organisation: String,
    /// The e-mail.
    pub email: String,
    /// The list of roles.
    pub roles: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            organisation: "organisation_id".to_owned(),
            email: "email".to_owned(),
            roles: "userrole".to_owned(),
        }
    }
}

/// A trusted issuer with the keys read last.
pub(crate) struct Issuer {
    pub(crate) trusted: TrustedIssuer,
    source: Source,
    held: RwLock<Held>,
    /// Held by the one who asks for keys.
    asking: Mutex<()>,
}

#[derive(Default)]
struct Held {
    keys: Arc<KeySet>,
    /// When `keys` were read.
    read_at: Option<Timestamp>,
    /// When they were asked for last, with success or without.
    asked_at: Option<Timestamp>,
}

impl Issuer {
    /// A file must be readable now; an address is asked when a token comes, so
    /// that the hub starts while an issuer is down.
    pub(crate) async fn open(trusted: TrustedIssuer, now: Timestamp) -> Result<Self, Error> {
        let source = Source::open(&trusted.keys)
            .await
            .map_err(|reason| failed(&trusted, reason))?;
        let issuer = Self {
            trusted,
            source,
            held: RwLock::default(),
            asking: Mutex::default(),
        };
        if matches!(issuer.source, Source::File(_)) {
            issuer.read(now).await?;
        }
        Ok(issuer)
    }

    /// Asks for the keys and tells how many there are.
    pub(crate) async fn read(&self, now: Timestamp) -> Result<usize, Error> {
        let guard = self.asking.lock().await;
        self.ask(&guard, now)
            .await
            .map_err(|reason| failed(&self.trusted, reason))
    }

    /// The keys, the one of this id among them if the issuer has it.
    ///
    /// Keys are asked for again when they are old, and when a token names an
    /// unknown one. While somebody asks because they are old, others go on
    /// with what is held.
    pub(crate) async fn keys(&self, id: &str, now: Timestamp) -> Arc<KeySet> {
        let (keys, old) = self.held(now);
        if !keys.has(id) {
            let guard = self.asking.lock().await;
            // Somebody may have asked meanwhile.
            if !self.held(now).0.has(id) {
                self.ask_and_tell(&guard, now).await;
            }
        } else if old && let Ok(guard) = self.asking.try_lock() {
            self.ask_and_tell(&guard, now).await;
        } else {
            return keys;
        }
        self.held(now).0
    }

    /// What is held, and whether it is due to be asked for again.
    fn held(&self, now: Timestamp) -> (Arc<KeySet>, bool) {
        let held = self.held.read();
        let age = held.read_at.map(|at| now.duration_since(at));
        let keys = match age {
            Some(age) if age < KEEP => Arc::clone(&held.keys),
            _ => Arc::default(),
        };
        (keys, age.is_none_or(|age| age >= self.source.good_for()))
    }

    async fn ask_and_tell(&self, guard: &MutexGuard<'_, ()>, now: Timestamp) {
        let asked_at = self.held.read().asked_at;
        if asked_at.is_some_and(|at| now.duration_since(at) < LEAST_INTERVAL) {
            return;
        }
        if let Err(reason) = self.ask(guard, now).await {
            let issuer = &self.trusted.issuer;
            tracing::warn!(%issuer, %reason, "the keys of an issuer cannot be had");
        }
    }

    async fn ask(&self, _: &MutexGuard<'_, ()>, now: Timestamp) -> Result<usize, String> {
        self.held.write().asked_at = Some(now);
        let keys = KeySet::parse(&self.source.read().await?)?;
        let number = keys.len();
        let mut held = self.held.write();
        held.keys = Arc::new(keys);
        held.read_at = Some(now);
        Ok(number)
    }
}

fn failed(trusted: &TrustedIssuer, reason: String) -> Error {
    Error::TrustedIssuer {
        issuer: trusted.issuer.clone(),
        reason,
    }
}
