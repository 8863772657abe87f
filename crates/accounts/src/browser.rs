//! What the hub gives a browser to keep, so that it knows it again: signed with
//! a key of the installation, and kept nowhere here.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use uuid::Uuid;
use vdx_domain::Randomness;

use crate::opaque;

/// Bytes of a user's id, of a browser's number, and of the signature.
const LENGTH: usize = 16 + 16 + 32;

/// Signs what browsers keep.
pub(crate) struct BrowserKey(hmac::Key);

impl BrowserKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// A note that somebody signed in as this user in this browser.
    pub(crate) fn note(&self, user: Uuid, randomness: &dyn Randomness) -> String {
        let mut number = [0; 16];
        randomness.fill(&mut number);
        let said = [user.as_bytes().as_slice(), &number].concat();
        let tag = hmac::sign(&self.0, &with_purpose(b"device", &said));
        BASE64.encode([&said, tag.as_ref()].concat())
    }

    /// The number of the browser, if it keeps a note for this user.
    pub(crate) fn number(&self, note: &str, user: Uuid) -> Option<[u8; 16]> {
        let bytes = BASE64.decode(note).ok()?;
        if bytes.len() != LENGTH {
            return None;
        }
        let (said, tag) = bytes.split_at(32);
        hmac::verify(&self.0, &with_purpose(b"device", said), tag).ok()?;
        let (id, number) = said.split_at(16);
        (id == user.as_bytes()).then_some(())?;
        number.try_into().ok()
    }

    /// What a form must hold that was made for the browser with this cookie.
    pub(crate) fn form_token(&self, cookie: &str) -> String {
        BASE64.encode(hmac::sign(
            &self.0,
            &with_purpose(b"form", cookie.as_bytes()),
        ))
    }

    /// Whether a form was made for the browser with this cookie.
    pub(crate) fn is_form_token(&self, cookie: &str, token: &str) -> bool {
        cookie.len() == opaque::HASH_LENGTH
            && BASE64.decode(token).is_ok_and(|tag| {
                hmac::verify(&self.0, &with_purpose(b"form", cookie.as_bytes()), &tag).is_ok()
            })
    }
}

/// What is signed for one purpose is no good for another.
fn with_purpose(purpose: &[u8], said: &[u8]) -> Vec<u8> {
    [purpose, b":", said].concat()
}

#[cfg(test)]
mod tests {
    use vdx_domain::SystemRandomness;

    use super::*;

    #[test]
    fn a_note_is_for_one_user_of_one_installation() {
        let (key, other) = (BrowserKey::new(&[1; 32]), BrowserKey::new(&[2; 32]));
        let (user, somebody) = (Uuid::new_v4(), Uuid::new_v4());
        let note = key.note(user, &SystemRandomness);
        assert!(key.number(&note, user).is_some());
        assert_ne!(key.note(user, &SystemRandomness), note);
        assert_eq!(key.number(&note, somebody), None);
        assert_eq!(other.number(&note, user), None);
        for wrong in ["", "x", &note[1..], &BASE64.encode([0; LENGTH])] {
            assert_eq!(key.number(wrong, user), None);
        }
    }

    #[test]
    fn a_form_is_for_one_browser() {
        let key = BrowserKey::new(&[1; 32]);
        let (cookie, other) = (
            opaque::draw(&SystemRandomness),
            opaque::draw(&SystemRandomness),
        );
        let token = key.form_token(&cookie);
        assert!(key.is_form_token(&cookie, &token));
        assert!(!key.is_form_token(&other, &token));
        assert!(!key.is_form_token(&cookie, ""));
        assert!(!key.is_form_token("", &key.form_token("")));
    }
}
