//! Others whose tokens are accepted.

use std::collections::HashMap;
use std::path::PathBuf;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::Error;

/// Largest file of keys that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// An issuer besides the hub itself.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    /// Its name, exactly as in the `iss` claim.
    pub issuer: String,
    /// A file with its public keys (RFC 7517).
    pub jwks_file: PathBuf,
    /// Where its tokens carry what the hub wants to know.
    pub claims: ClaimNames,
}

/// Names of claims.
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

/// The public keys of an issuer, by key id.
pub(crate) struct IssuerKeys {
    pub(crate) keys: HashMap<String, DecodingKey>,
    pub(crate) claims: ClaimNames,
}

impl IssuerKeys {
    /// From a set of keys; only RSA keys for signatures count.
    pub(crate) fn from_set(set: &JwkSet, claims: ClaimNames) -> Self {
        let keys = set
            .keys
            .iter()
            .filter(|jwk| {
                use jsonwebtoken::jwk::{KeyAlgorithm, PublicKeyUse};
                let for_signatures = !matches!(
                    jwk.common.public_key_use,
                    Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
                );
                let for_rs256 =
                    matches!(jwk.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
                for_signatures && for_rs256
            })
            .filter_map(|jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?)))
            .filter(|(_, key)| key.family() == Algorithm::RS256.family())
            .collect();
        Self { keys, claims }
    }

    pub(crate) fn read(trusted: &TrustedIssuer) -> Result<Self, Error> {
        let failed = |reason: String| Error::TrustedIssuer {
            issuer: trusted.issuer.clone(),
            reason,
        };
        let length = std::fs::metadata(&trusted.jwks_file)
            .map_err(|error| failed(format!("{}: {error}", trusted.jwks_file.display())))?
            .len();
        if length > MAX_FILE {
            return Err(failed("the file is larger than 1 MiB".to_owned()));
        }
        let text = std::fs::read(&trusted.jwks_file).map_err(|error| failed(error.to_string()))?;
        let set: JwkSet =
            serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
        let keys = Self::from_set(&set, trusted.claims.clone());
        if keys.keys.is_empty() {
            return Err(failed("no RSA key for signatures with a key id".to_owned()));
        }
        Ok(keys)
    }
}
