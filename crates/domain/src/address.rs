//! Addresses of rooms.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What people dial or type: `number@domain`, or the alias of a fixed room.
///
/// 1 to 250 characters without blanks or slashes. Compared without regard to
/// case: [`RoomAddress::folded`] is the form to look up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomAddress(String);

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a room address has 1 to 250 characters and no blanks or slashes")]
pub struct AddressError;

impl RoomAddress {
    /// Most bytes of an address.
    pub const MAX_LENGTH: usize = 250;

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case: equal for addresses that mean the same room.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for RoomAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len())
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '/');
        fits.then(|| Self(text.to_owned())).ok_or(AddressError)
    }
}

impl TryFrom<String> for RoomAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RoomAddress> for String {
    fn from(address: RoomAddress) -> Self {
        address.0
    }
}

impl fmt::Display for RoomAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_for_looking_up() {
        let typed: RoomAddress = " Klinik@Rooms.Example ".parse().unwrap();
        assert_eq!(typed.as_str(), "Klinik@Rooms.Example");
        assert_eq!(typed.folded(), "klinik@rooms.example");
    }

    #[test]
    fn blanks_and_slashes_are_refused() {
        for wrong in ["", "   ", "a b", "a/b", "a\u{7}b"] {
            assert!(wrong.parse::<RoomAddress>().is_err(), "{wrong:?}");
        }
    }
}
