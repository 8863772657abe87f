//! Passwords of users: Argon2id (RFC 9106), 19 MiB, two passes.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// A password cannot be hashed: the hash function or the system's randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password cannot be hashed")]
pub struct PasswordError;

/// Longest password that is looked at, in bytes.
const MAX_LENGTH: usize = 1024;

/// The form in which a password is kept (a PHC string). Takes some ten
/// milliseconds of processor time, so not for a thread that serves others.
///
/// # Errors
/// [`PasswordError`] also when it is longer than 1024 bytes.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if password.len() > MAX_LENGTH {
        return Err(PasswordError);
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError)
}

/// Whether `attempt` is the password that was hashed. As slow as [`hash_password`].
#[must_use]
pub fn password_matches(hash: &str, attempt: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    attempt.len() <= MAX_LENGTH
        && Argon2::default()
            .verify_password(attempt.as_bytes(), &hash)
            .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_matches() {
        let hash = hash_password("correct horse").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(password_matches(&hash, "correct horse"));
        assert!(!password_matches(&hash, "correct horse "));
        assert!(!password_matches("", "correct horse"));
        assert!(!password_matches(&hash, &"x".repeat(2000)));
        assert!(hash_password(&"x".repeat(1025)).is_err());
    }
}
