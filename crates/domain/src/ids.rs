//! Identifiers. Each kind is a type of its own, so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id; ids made later sort later (UUIDv7).
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A meeting: who meets, when and why. API clients may choose it.
    MeetingId
);
uuid_id!(
    /// The technical side of a meeting. Equal to the meeting's id once attached.
    SchedulingInfoId
);
uuid_id!(
    /// A permanent room made by an administrator.
    FixedRoomId
);
uuid_id!(
    /// One live session of a room, from the first participant to the last.
    ConferenceId
);
uuid_id!(
    /// One person or device in a conference.
    ParticipantId
);
uuid_id!(
    /// One media connection of a participant.
    CallId
);
uuid_id!(
    /// A text message.
    SmsId
);
uuid_id!(
    /// A system that calls the API with its own id and secret.
    ClientId
);

/// The unique code of an organisation, 1 to 250 characters, as in the token's
/// organisation claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganisationCode(pub String);

impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The 12 lower-case hexadecimal digits of a short link.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShortId(String);

/// The text is not 12 letters or digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a short id has exactly 12 letters or digits")]
pub struct InvalidShortId;

impl ShortId {
    /// Exact number of characters.
    pub const LENGTH: usize = 12;

    /// A short id from 6 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 6]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShortId {
    type Err = InvalidShortId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() == Self::LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned())).ok_or(InvalidShortId)
    }
}

impl TryFrom<String> for ShortId {
    type Error = InvalidShortId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ShortId> for String {
    fn from(id: ShortId) -> Self {
        id.0
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_have_twelve_letters_or_digits() {
        assert_eq!(
            ShortId::from_random([0, 1, 2, 0xab, 0xcd, 0xef]).as_str(),
            "000102abcdef"
        );
        assert!("000102abcdef".parse::<ShortId>().is_ok());
        for wrong in [
            "",
            "000102abcde",
            "000102abcdef0",
            "000102abcde/",
            "000102abcdé",
        ] {
            assert!(wrong.parse::<ShortId>().is_err(), "{wrong}");
        }
    }
}
