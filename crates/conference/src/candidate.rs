//! ICE candidates on their way between two clients.

use std::fmt;

/// Most bytes of a candidate's line.
pub const MAX_CANDIDATE: usize = 512;

/// Most bytes of what stands beside it: a media section's name, a user fragment
/// (RFC 8839 section 5.4 allows 256).
pub const MAX_NAME: usize = 256;

/// An ICE candidate (RFC 8839 section 5.1), which the hub does not read. An empty
/// line says that no more come. `Debug` does not show it: it has addresses.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    line: String,
    mid: String,
    ufrag: Option<String>,
}

/// A candidate that is too long, or not one line of plain characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a candidate is a line of at most {MAX_CANDIDATE} plain characters, its names of {MAX_NAME}"
)]
pub struct InvalidCandidate;

impl Candidate {
    /// Takes a candidate of the media section `mid`.
    ///
    /// # Errors
    /// [`InvalidCandidate`].
    pub fn new(line: String, mid: String, ufrag: Option<String>) -> Result<Self, InvalidCandidate> {
        let plain = |text: &str| {
            text.bytes()
                .all(|byte| byte == b' ' || byte.is_ascii_graphic())
        };
        let fits = |text: &str, most: usize| text.len() <= most && plain(text);
        let ufrag_fits = ufrag.as_deref().is_none_or(|text| fits(text, MAX_NAME));
        if !fits(&line, MAX_CANDIDATE) || !fits(&mid, MAX_NAME) || !ufrag_fits {
            return Err(InvalidCandidate);
        }
        Ok(Self { line, mid, ufrag })
    }

    /// The line, without `a=`.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The media section it is for.
    #[must_use]
    pub fn mid(&self) -> &str {
        &self.mid
    }

    /// The user fragment of the credentials it belongs to.
    #[must_use]
    pub fn ufrag(&self) -> Option<&str> {
        self.ufrag.as_deref()
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Candidate(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host";

    fn candidate(
        line: &str,
        mid: &str,
        ufrag: Option<&str>,
    ) -> Result<Candidate, InvalidCandidate> {
        Candidate::new(line.to_owned(), mid.to_owned(), ufrag.map(str::to_owned))
    }

    #[test]
    fn a_candidate_is_a_line_of_limited_length() {
        let taken = candidate(LINE, "0", Some("abcd")).unwrap();
        assert_eq!(
            (taken.line(), taken.mid(), taken.ufrag()),
            (LINE, "0", Some("abcd"))
        );
        assert!(!format!("{taken:?}").contains("192.0.2.7"));
        assert!(candidate("", "0", None).is_ok(), "no more come");
        assert!(candidate(&"x".repeat(MAX_CANDIDATE), "0", None).is_ok());
        for (line, mid, ufrag) in [
            (&*"x".repeat(MAX_CANDIDATE + 1), "0", None),
            (LINE, &*"m".repeat(MAX_NAME + 1), None),
            (LINE, "0", Some(&*"u".repeat(MAX_NAME + 1))),
            ("candidate:1\r\na=x", "0", None),
            (LINE, "æ", None),
            (LINE, "0", Some("\0")),
        ] {
            assert_eq!(candidate(line, mid, ufrag), Err(InvalidCandidate));
        }
    }
}
