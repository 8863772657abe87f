//! What a participant is called.

use std::fmt;
use std::sync::Arc;

/// The name a participant gave: 1 to 100 characters, no control characters.
///
/// Names of patients are not for logs: `Debug` prints a mask. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct DisplayName(Arc<str>);

impl DisplayName {
    /// Most characters kept.
    pub const MAX_CHARS: usize = 100;

    /// Reads a name. Control characters are dropped, blanks at the ends too, and
    /// what is too long is cut; `None` when nothing is left.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let clean: String = text
            .chars()
            .filter(|c| !c.is_control())
            .take(Self::MAX_CHARS)
            .collect();
        let clean = clean.trim();
        (!clean.is_empty()).then(|| Self(clean.into()))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_bounded() {
        assert_eq!(DisplayName::parse(" A\u{0}b\n ").unwrap().as_str(), "Ab");
        assert!(DisplayName::parse(" \t\n").is_none());
        let long = DisplayName::parse(&"å".repeat(5000)).unwrap();
        assert_eq!(long.as_str().chars().count(), 100);
        assert!(!format!("{long:?}").contains('å'));
    }
}
