//! Random texts that stand for something in the database: codes, refresh
//! tokens, sessions. The database has their hashes only.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use vdx_domain::Randomness;

/// 256 random bits as text.
pub(crate) fn draw(randomness: &dyn Randomness) -> String {
    let mut bytes = [0; 32];
    randomness.fill(&mut bytes);
    BASE64.encode(bytes)
}

/// SHA-256, without a salt: nobody finds 256 random bits by trying. Also what
/// turns a PKCE verifier into its challenge (RFC 7636 section 4.2, S256).
pub(crate) fn hash(text: &str) -> String {
    BASE64.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// The length of a hash.
pub(crate) const HASH_LENGTH: usize = 43;

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636 appendix B.
    #[test]
    fn a_verifier_becomes_its_challenge() {
        let challenge = hash("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(challenge.len(), HASH_LENGTH);
    }
}
