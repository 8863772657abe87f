//! Names and passwords for a while, without a list of users: the name says when
//! it ends, the password proves that the hub issued it
//! (draft-uberti-behave-turn-rest, as coturn's `use-auth-secret`).

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

/// How long credentials are good for a new allocation: a call that lasts a
/// working day can still change its network.
pub const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// What the hub and its TURN server have in common.
#[derive(Clone)]
pub struct SharedSecret(hmac::Key);

/// A name and its password.
pub struct Credentials {
    /// When it ends, in seconds since the epoch, `:`, and whose it is.
    pub username: String,
    /// HMAC-SHA-1 of the name, in base64.
    pub password: String,
}

impl SharedSecret {
    /// The secret from the settings.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        // The convention names this hash; TURN's own is weaker still.
        let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
        Self(hmac::Key::new(algorithm, secret.as_bytes()))
    }

    /// Credentials for `user` that are good for [`LIFETIME`].
    #[must_use]
    pub fn issue(&self, user: impl fmt::Display, now: Timestamp) -> Credentials {
        let ends = now.as_second().saturating_add_unsigned(LIFETIME.as_secs());
        let username = format!("{ends}:{user}");
        Credentials {
            password: self.password(&username),
            username,
        }
    }

    /// The password of a name that has not ended, or nothing.
    pub(crate) fn password_of(&self, username: &str, now: Timestamp) -> Option<String> {
        let ends = username.split_once(':').map_or(username, |(ends, _)| ends);
        let is_good = ends.parse::<i64>().is_ok_and(|ends| ends > now.as_second());
        is_good.then(|| self.password(username))
    }

    fn password(&self, username: &str) -> String {
        STANDARD.encode(hmac::sign(&self.0, username.as_bytes()))
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_password_is_that_of_the_convention() {
        // printf '1700000000:somebody' | openssl dgst -sha1 -hmac north -binary | base64
        let password = SharedSecret::new("north").password("1700000000:somebody");
        assert_eq!(password, "ifW1q56kgV1uO/tCygAKXLi0ZZc=");
    }

    #[test]
    fn credentials_end() {
        let secret = SharedSecret::new("s");
        let issued = secret.issue("me", at(1_000));
        assert_eq!(issued.username, "44200:me");
        let known = |second| secret.password_of(&issued.username, at(second));
        assert_eq!(known(44_199), Some(issued.password.clone()));
        assert_eq!(known(44_200), None);
    }

    #[test]
    fn names_without_an_end_are_not_known() {
        let secret = SharedSecret::new("s");
        for name in ["", ":", "me", "x:1", "1e9:me"] {
            assert_eq!(secret.password_of(name, at(0)), None, "{name}");
        }
    }
}
