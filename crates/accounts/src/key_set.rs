//! Public keys of somebody who signs JSON web tokens (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::de::DeserializeOwned;

/// Largest set that is read, in bytes.
pub(crate) const MAX_LENGTH: usize = 1 << 20;
/// Most keys of one set that are looked at.
const MAX_KEYS: usize = 100;
/// How tokens and statements of others may be signed: with a private key and SHA-256.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256];

/// The keys of a set that can check signatures.
#[derive(Default)]
pub(crate) struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    /// The one the key is for, when the set says so.
    algorithm: Option<Algorithm>,
    key: DecodingKey,
}

impl KeySet {
    /// Reads the JSON form; keys for other purposes are passed over.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err("it is larger than 1 MiB".to_owned());
        }
        let set: JwkSet = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let keys = Self::from(&set);
        if keys.0.is_empty() {
            return Err("it holds no key for RS256, PS256 or ES256 signatures".to_owned());
        }
        Ok(keys)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a key has this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// The claims, when one of the keys signed the token: the one it names, or
    /// any where it names none.
    pub(crate) fn claims<T: DeserializeOwned>(&self, token: &str, header: &Header) -> Option<T> {
        if !ALGORITHMS.contains(&header.alg) {
            return None;
        }
        self.0
            .iter()
            .filter(|key| header.kid.is_none() || key.id == header.kid)
            .filter(|key| key.key.family() == header.alg.family())
            .filter(|key| key.algorithm.is_none_or(|one| one == header.alg))
            .find_map(|key| jsonwebtoken::decode(token, &key.key, &signed_with(header.alg)).ok())
            .map(|data| data.claims)
    }
}

impl From<&JwkSet> for KeySet {
    fn from(set: &JwkSet) -> Self {
        Self(set.keys.iter().take(MAX_KEYS).filter_map(key).collect())
    }
}

fn key(jwk: &Jwk) -> Option<Key> {
    let purpose = jwk.common.public_key_use.as_ref();
    if purpose.is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let usable = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => true,
        AlgorithmParameters::EllipticCurve(curve) => curve.curve == EllipticCurve::P256,
        _ => false,
    };
    let algorithm = match jwk.common.key_algorithm {
        None => None,
        Some(named) => Some(
            Algorithm::try_from(named)
                .ok()
                .filter(|one| ALGORITHMS.contains(one))?,
        ),
    };
    usable.then_some(())?;
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        key: DecodingKey::from_jwk(jwk).ok()?,
    })
}

/// Checks the signature alone: times and audience are checked by the caller,
/// because the library reads the machine's clock.
fn signed_with(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
