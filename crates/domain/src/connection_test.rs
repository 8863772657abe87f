//! Connection tests: what a visitor reads aloud, and the room a test is held in.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    CallType, GuestMicrophone, OrganisationCode, Randomness, Room, RoomAddress, RoomKey,
    RoomSettings,
};

/// What a connection test is looked up by: 6 letters and digits that sound and
/// look different from one another, and make no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TestReference([u8; TestReference::LENGTH]);

/// The text is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reference has 6 letters and digits")]
pub struct InvalidTestReference;

impl TestReference {
    /// Exact number of characters.
    pub const LENGTH: usize = 6;
    /// No vowels, and none of 0, 1, 5, I, L, O, S.
    const ALPHABET: [u8; 26] = *b"2346789BCDFGHJKMNPQRTVWXYZ";

    /// One of 300 million, drawn evenly.
    #[must_use]
    pub fn draw(randomness: &dyn Randomness) -> Self {
        Self([(); Self::LENGTH].map(|()| {
            let place = randomness.number(0..26).unwrap_or_default();
            let place = usize::try_from(place).unwrap_or_default();
            Self::ALPHABET.get(place).copied().unwrap_or(b'2')
        }))
    }
}

impl fmt::Display for TestReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{}", char::from(byte))?;
        }
        Ok(())
    }
}

/// As people write it: in any case, with blanks and dashes.
impl FromStr for TestReference {
    type Err = InvalidTestReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut written = text.bytes().filter(|byte| !b" -".contains(byte));
        let mut reference = [0; Self::LENGTH];
        for place in &mut reference {
            let byte = written.next().ok_or(InvalidTestReference)?;
            *place = byte.to_ascii_uppercase();
        }
        let fits = written.next().is_none()
            && text.len() <= 2 * Self::LENGTH
            && reference.iter().all(|byte| Self::ALPHABET.contains(byte));
        fits.then_some(Self(reference)).ok_or(InvalidTestReference)
    }
}

impl TryFrom<String> for TestReference {
    type Error = InvalidTestReference;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TestReference> for String {
    fn from(reference: TestReference) -> Self {
        reference.to_string()
    }
}

impl Room {
    /// Most participants of a test: one that listens, one for each of five ways
    /// to the hub, and the two between whom is measured.
    const TEST_PARTICIPANTS: u32 = 8;

    /// The room of a connection test. Whoever knows its address is in, and is
    /// put out at the end.
    #[must_use]
    pub fn of_test(reference: TestReference, address: RoomAddress, ends_at: Timestamp) -> Self {
        Self {
            key: RoomKey::Test(reference),
            // The address is a secret, so it is not the name.
            name: String::new(),
            address,
            organisation: OrganisationCode(String::new()),
            host_pin: None,
            guest_pin: None,
            pin_choices: None,
            allow_guests: false,
            settings: RoomSettings {
                max_participants: Self::TEST_PARTICIPANTS,
                end_meeting_on_end_time: true,
                ..RoomSettings::default()
            },
            guest_microphone: GuestMicrophone::On,
            guest_media: CallType::ALL,
            chat: false,
            ends_at: Some(ends_at),
            changed_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandomness;

    #[test]
    fn a_reference_reads_back_however_it_is_written() {
        let reference = TestReference::draw(&SystemRandomness);
        let text = reference.to_string();
        assert_eq!(text.len(), TestReference::LENGTH);
        let (begin, end) = text.split_at(3);
        for written in [
            text.clone(),
            text.to_lowercase(),
            format!(" {begin} {end}"),
            format!("{begin}-{end}"),
        ] {
            assert_eq!(written.parse(), Ok(reference), "{written}");
        }
    }

    #[test]
    fn other_texts_are_no_references() {
        for wrong in [
            "",
            "BCDFG",
            "BCDFGHJ",
            "BCDFG0",
            "BCDFGA",
            "BCDFGÆ",
            "B C D F G H            ",
        ] {
            assert!(wrong.parse::<TestReference>().is_err(), "{wrong:?}");
        }
    }
}
