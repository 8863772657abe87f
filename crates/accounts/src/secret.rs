//! Secrets of API clients.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use vdx_domain::Randomness;

/// Names the way of hashing at the front of each hash.
const FORM: &str = "sha256";
/// Bytes of salt.
const SALT_LENGTH: usize = 16;
/// Longest secret that is looked at, in bytes.
const MAX_LENGTH: usize = 200;

/// A new secret: 256 random bits. Shown once, to the one who made the client.
pub struct ClientSecret(String);

impl ClientSecret {
    /// Draws one.
    #[must_use]
    pub fn draw(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 32];
        randomness.fill(&mut bytes);
        Self(BASE64.encode(bytes))
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// The form in which a secret is kept.
///
/// Salted SHA-256 and not a slow password hash: a secret has 256 random bits,
/// so nobody finds it by trying, however quick one try is; and clients that
/// fetch a token for every call would pay a slow hash each time.
#[must_use]
pub fn hash_secret(secret: &str, randomness: &dyn Randomness) -> String {
    let mut salt = [0; SALT_LENGTH];
    randomness.fill(&mut salt);
    format!(
        "{FORM}${}${}",
        BASE64.encode(salt),
        BASE64.encode(digest(&salt, secret))
    )
}

/// Whether `attempt` is the secret that was hashed, in a time that does not
/// depend on how much of it is right.
#[must_use]
pub fn secret_matches(hash: &str, attempt: &str) -> bool {
    let mut parts = hash.split('$');
    let (Some(FORM), Some(salt), Some(wanted), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Ok(salt), Ok(wanted)) = (BASE64.decode(salt), BASE64.decode(wanted)) else {
        return false;
    };
    attempt.len() <= MAX_LENGTH
        && constant_time::verify_slices_are_equal(digest(&salt, attempt).as_ref(), &wanted).is_ok()
}

fn digest(salt: &[u8], secret: &str) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt);
    context.update(secret.as_bytes());
    context.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vdx_domain::SystemRandomness;

    #[test]
    fn only_the_secret_itself_matches() {
        let secret = ClientSecret::draw(&SystemRandomness);
        let hash = hash_secret(secret.reveal(), &SystemRandomness);
        assert!(secret_matches(&hash, secret.reveal()));
        assert!(!secret_matches(&hash, ""));
        assert!(!secret_matches(&hash, &secret.reveal()[1..]));
        assert!(!secret_matches(&hash, &hash));
        assert!(!hash.contains(secret.reveal()));
    }

    #[test]
    fn equal_secrets_have_different_hashes() {
        assert_ne!(
            hash_secret("same", &SystemRandomness),
            hash_secret("same", &SystemRandomness)
        );
    }

    #[test]
    fn a_hash_that_is_none_matches_nothing() {
        for hash in [
            "",
            "sha256",
            "sha256$$",
            "md5$AAAA$AAAA",
            "sha256$AAAA$AAAA$",
        ] {
            assert!(!secret_matches(hash, ""), "{hash}");
        }
    }
}
