//! PINs of rooms.

use std::fmt;
use std::str::FromStr;

/// The PIN of a room: 4 to 20 digits, so that leading zeros count.
///
/// It never shows itself: `Debug` prints a mask and there is no `Display`.
/// Read it with [`Pin::reveal`], which is easy to search for.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// Why a text is not a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 4 to 20 digits")]
pub struct PinError;

impl Pin {
    /// Fewest digits.
    pub const MIN_LENGTH: usize = 4;
    /// Most digits.
    pub const MAX_LENGTH: usize = 20;

    /// The digits themselves: for the database, for the API's answer to a
    /// caller who may know them, and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `attempt` is this PIN, in a time that depends neither on where
    /// they differ nor on this PIN's length.
    #[must_use]
    pub fn matches(&self, attempt: &str) -> bool {
        let is_equal =
            |a: &[u8], b: &[u8]| aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok();
        padded(attempt)
            .zip(padded(&self.0))
            .is_some_and(|(attempt, pin)| is_equal(&pin, &attempt))
    }
}

/// The digits with their length in front, filled up to the longest PIN; `None`
/// for what is longer.
fn padded(digits: &str) -> Option<[u8; Pin::MAX_LENGTH + 1]> {
    let mut padded = [0; Pin::MAX_LENGTH + 1];
    padded[0] = u8::try_from(digits.len()).ok()?;
    padded
        .get_mut(1..=digits.len())?
        .copy_from_slice(digits.as_bytes());
    Some(padded)
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self(text.to_owned())).ok_or(PinError)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_4_to_20_digits() {
        assert!("0123".parse::<Pin>().is_ok());
        assert!("1".repeat(20).parse::<Pin>().is_ok());
        for wrong in ["", "123", "12a4", " 1234", "１２３４"] {
            assert!(wrong.parse::<Pin>().is_err(), "{wrong}");
        }
        assert!("1".repeat(21).parse::<Pin>().is_err());
    }

    #[test]
    fn a_pin_does_not_show_itself() {
        let pin: Pin = "4711".parse().unwrap();
        assert!(!format!("{pin:?}").contains("4711"));
    }

    #[test]
    fn only_the_same_digits_match() {
        let pin: Pin = "4711".parse().unwrap();
        assert!(pin.matches("4711"));
        for wrong in [
            "47110",
            "471",
            "",
            "4711\0",
            &"4711".repeat(6),
            &"4".repeat(300),
        ] {
            assert!(!pin.matches(wrong), "{wrong}");
        }
        let longest: Pin = "12345678901234567890".parse().unwrap();
        assert!(longest.matches("12345678901234567890"));
        assert!(!longest.matches("123456789012345678901"));
    }
}
