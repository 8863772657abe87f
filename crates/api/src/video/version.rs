//! Which version of the API answers, for what both share but for a word.

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// The older one.
    V1,
    /// The one that replaces it.
    V2,
}

impl Version {
    /// What its paths are under.
    pub(crate) const fn base(self) -> &'static str {
        match self {
            Self::V1 => "/videoapi",
            Self::V2 => "/videoapi/v2",
        }
    }
}
