//! How many parts a text takes on its way (3GPP TS 23.038 and 23.040).
//!
//! A text whose characters are all in the GSM alphabet is carried in units of
//! seven bits: 160 in a single message, 153 in each part of a longer one, for a
//! part tells where it belongs. The Danish letters are in the alphabet; some
//! signs (`€`, brackets) take two units, which stay in one part. Any other
//! character makes the whole text UTF-16: 70 units in a single message, 67 in
//! each part, and a character beyond the first 65,536 takes two.

use vdx_domain::SmsEncoding;

/// The GSM alphabet, but for its escape.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension: each is written with an escape before it.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How a text is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// In which alphabet.
    pub encoding: SmsEncoding,
    /// Units of the alphabet: septets, or 16-bit words.
    pub units: u32,
    /// Messages it takes; 1 for an empty text.
    pub parts: u32,
}

impl Parts {
    /// Counts a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text.chars().map(septets).collect::<Option<Vec<u32>>>() {
            Some(units) => Self::fill(SmsEncoding::Gsm, &units, 160, 153),
            None => {
                let units: Vec<u32> = text.chars().map(words).collect();
                Self::fill(SmsEncoding::Ucs2, &units, 70, 67)
            }
        }
    }

    /// `single` units fit one message, `each` a part; a character is not split.
    fn fill(encoding: SmsEncoding, characters: &[u32], single: u32, each: u32) -> Self {
        let units = characters
            .iter()
            .fold(0_u32, |sum, width| sum.saturating_add(*width));
        let mut parts = 1;
        if units > single {
            let mut room = each;
            for width in characters {
                if *width > room {
                    parts += 1;
                    room = each;
                }
                room -= width;
            }
        }
        Self {
            encoding,
            units,
            parts,
        }
    }
}

/// The width of a character in the GSM alphabet; `None` = it is not in it.
fn septets(character: char) -> Option<u32> {
    if ALPHABET.contains(character) {
        Some(1)
    } else if EXTENSION.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// The width of a character in UTF-16.
fn words(character: char) -> u32 {
    if character.len_utf16() == 1 { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SmsEncoding::{Gsm, Ucs2};

    fn count(text: &str) -> (SmsEncoding, u32, u32) {
        let counted = Parts::of(text);
        (counted.encoding, counted.units, counted.parts)
    }

    #[test]
    fn the_alphabet_has_127_characters_and_its_extension_ten() {
        assert_eq!(ALPHABET.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
    }

    #[test]
    fn one_message_holds_160_and_a_part_153() {
        for (length, parts) in [
            (0, 1),
            (160, 1),
            (161, 2),
            (306, 2),
            (307, 3),
            (459, 3),
            (460, 4),
        ] {
            assert_eq!(
                count(&"a".repeat(length)),
                (Gsm, u32::try_from(length).unwrap(), parts)
            );
        }
    }

    #[test]
    fn danish_letters_are_in_the_alphabet() {
        assert_eq!(count(&"æøåÆØÅéü".repeat(20)), (Gsm, 160, 1));
    }

    #[test]
    fn signs_of_the_extension_take_two() {
        assert_eq!(count("€"), (Gsm, 2, 1));
        assert_eq!(count(&"€".repeat(80)), (Gsm, 160, 1));
        assert_eq!(count(&"[".repeat(81)), (Gsm, 162, 2));
        assert_eq!(count(&format!("{}€", "a".repeat(158))), (Gsm, 160, 1));
        assert_eq!(count(&format!("{}€", "a".repeat(159))), (Gsm, 161, 2));
    }

    #[test]
    fn an_escape_stays_with_its_sign() {
        // 152 letters leave room for one unit in the first part: the sign goes
        // to the second, which makes the last of them too long.
        let text = format!("{}€{}", "a".repeat(152), "b".repeat(151));
        assert_eq!(count(&text), (Gsm, 305, 2));
        let text = format!("{}€{}", "a".repeat(152), "b".repeat(152));
        assert_eq!(count(&text), (Gsm, 306, 3));
    }

    #[test]
    fn any_other_character_makes_it_utf_16() {
        assert_eq!(count("–"), (Ucs2, 1, 1));
        // The small ç is not in the alphabet; the large one is.
        assert_eq!(count("ç").0, Ucs2);
        assert_eq!(count("Ç").0, Gsm);
        for (length, parts) in [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)] {
            assert_eq!(
                count(&"ж".repeat(length)),
                (Ucs2, u32::try_from(length).unwrap(), parts)
            );
        }
    }

    #[test]
    fn a_picture_takes_two_units_that_stay_together() {
        assert_eq!(count("🙂"), (Ucs2, 2, 1));
        assert_eq!(count(&"🙂".repeat(35)), (Ucs2, 70, 1));
        // Only 33 fit a part of 67.
        assert_eq!(count(&"🙂".repeat(66)), (Ucs2, 132, 2));
        assert_eq!(count(&"🙂".repeat(67)), (Ucs2, 134, 3));
    }
}
