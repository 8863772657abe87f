//! Phone numbers.

use std::fmt;

use aws_lc_rs::hmac;
use phonenumber::{Mode, Type, country, metadata};

/// Most characters a caller may write a number with.
const MAX_WRITTEN: usize = 32;

/// The number of a phone that takes text messages, in E.164: `+` and up to 15
/// digits. It is shown nowhere: not by `Debug`, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// The country whose numbers are written without a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(country::Id);

/// Why a text is no number a message can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is not a phone number, or not one that exists in its country.
    #[error("must be a phone number, with country code where it is foreign")]
    NotANumber,
    /// It exists and belongs to something else than a mobile phone.
    #[error("must be the number of a mobile phone")]
    NotMobile,
}

impl Region {
    /// From an ISO 3166 code of two letters.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        code.parse().ok().map(Self)
    }
}

impl PhoneNumber {
    /// Reads a number as people write it: digits with or without a country
    /// code, parted by blanks, hyphens, dots or brackets. Without a country
    /// code it is one of `region`.
    ///
    /// # Errors
    /// [`NumberError`].
    pub fn parse(text: &str, region: Region) -> Result<Self, NumberError> {
        let text = text.trim();
        // What the library would also read (letters on keys, extensions, digits
        // of other scripts) is a slip here, not a number.
        let is_plain = text.chars().enumerate().all(|(place, character)| {
            character.is_ascii_digit()
                || " -.()".contains(character)
                || (character == '+' && place == 0)
        });
        if text.len() > MAX_WRITTEN || !is_plain {
            return Err(NumberError::NotANumber);
        }
        let number =
            phonenumber::parse(Some(region.0), text).map_err(|_| NumberError::NotANumber)?;
        if !number.is_valid() {
            return Err(NumberError::NotANumber);
        }
        match number.number_type(&metadata::DATABASE) {
            // In some countries, Denmark among them, a number does not tell
            // whether it is a mobile one.
            Type::Mobile | Type::FixedLineOrMobile => {
                Ok(Self(number.format().mode(Mode::E164).to_string()))
            }
            _ => Err(NumberError::NotMobile),
        }
    }

    /// Reads the library's data of this country, which takes most of a second
    /// in a program that was built for testing, so that the first caller does
    /// not wait for it.
    pub(crate) fn prepare(region: Region) {
        // Any number will do, and whether it is one does not matter.
        let _ = Self::parse("20123456", region);
    }

    /// A number that was parsed before.
    pub(crate) fn from_store(text: String) -> Self {
        Self(text)
    }

    /// The number itself: for the gateway, and for sealing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The number as a number, without `+`.
    #[must_use]
    pub(crate) fn digits(&self) -> u64 {
        self.0.trim_start_matches('+').parse().unwrap_or_default()
    }

    /// Its last two digits behind dots, so that those who know it recognise it.
    #[must_use]
    pub fn masked(&self) -> String {
        let (_, ending) = self.0.split_at(self.0.len().saturating_sub(2));
        format!("••••••{ending}")
    }

    /// The same for the same number, and of no use without the key.
    #[must_use]
    pub(crate) fn hash(&self, key: &hmac::Key) -> String {
        let mut context = hmac::Context::with_key(key);
        context.update(b"sms/recipient\0");
        context.update(self.0.as_bytes());
        hex::encode(context.sign())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, NumberError> {
        let region = Region::parse("DK").unwrap();
        PhoneNumber::parse(text, region).map(|number| number.reveal().to_owned())
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for text in [
            "20123456",
            " 20 12 34 56 ",
            "+4520123456",
            "+45 20-12-34-56",
            "0045 20 12 34 56",
            "(+45) 20.12.34.56",
        ] {
            // A bracket before the plus is not a number of ours.
            if text.starts_with('(') {
                assert_eq!(parse(text), Err(NumberError::NotANumber), "{text}");
            } else {
                assert_eq!(parse(text).as_deref(), Ok("+4520123456"), "{text}");
            }
        }
    }

    #[test]
    fn numbers_of_other_countries_need_their_code() {
        assert_eq!(parse("+46701740605").as_deref(), Ok("+46701740605"));
        assert_eq!(parse("+298211234").as_deref(), Ok("+298211234"));
        assert_eq!(parse("+299221234").as_deref(), Ok("+299221234"));
        assert_eq!(parse("0701740605"), Err(NumberError::NotANumber));
    }

    #[test]
    fn what_no_message_reaches_is_refused() {
        for text in [
            "",
            "112",
            "1234567",
            "12345678",
            "201234567",
            "+45",
            "+",
            "hello",
            "20 12 34 56 ext 5",
            "tel:+4520123456",
            "٢٠١٢٣٤٥٦",
            "+4520123456+4520123456",
            "20123456,20123457",
            &"2".repeat(40),
        ] {
            assert_eq!(parse(text), Err(NumberError::NotANumber), "{text}");
        }
        // A Swedish land line, a British premium number.
        for text in ["+46850123456", "+449098790000"] {
            assert_eq!(parse(text), Err(NumberError::NotMobile), "{text}");
        }
    }

    #[test]
    fn a_number_is_not_shown() {
        let region = Region::parse("DK").unwrap();
        let number = PhoneNumber::parse("20123456", region).unwrap();
        assert_eq!(format!("{number:?}"), "PhoneNumber(…)");
        assert_eq!(number.masked(), "••••••56");
        let key = |byte| hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32]);
        assert_eq!(number.hash(&key(1)), number.hash(&key(1)));
        assert_ne!(number.hash(&key(1)), number.hash(&key(2)));
        assert!(!number.hash(&key(1)).contains("20123456"));
    }
}
