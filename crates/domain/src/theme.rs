//! What the pages of an organisation look like and say: its theme.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::role::words;

/// What an organisation has of its own; what it has not comes from the
/// organisation above it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThemeMembers {
    /// What it is called on its pages.
    pub name: Option<ThemeText<100>>,
    /// Its colours.
    pub colours: Option<Colours>,
    /// The heading of the panel beside each step.
    pub welcome_title: Option<ThemeTexts<ThemeText<200>>>,
    /// What stands below it.
    pub welcome_text: Option<ThemeTexts<ThemeText<600>>>,
    /// Whom to call when something does not work.
    pub support_phone: Option<SupportPhone>,
    /// What is said beside that number.
    pub support_text: Option<ThemeTexts<ThemeText<600>>>,
    /// The terms of use.
    pub terms_url: Option<TermsUrl>,
}

impl ThemeMembers {
    /// These, and in place of what is missing those of the organisation above.
    #[must_use]
    pub fn or(self, above: Self) -> Self {
        Self {
            name: self.name.or(above.name),
            colours: self.colours.or(above.colours),
            welcome_title: texts(self.welcome_title, above.welcome_title),
            welcome_text: texts(self.welcome_text, above.welcome_text),
            support_phone: self.support_phone.or(above.support_phone),
            support_text: texts(self.support_text, above.support_text),
            terms_url: self.terms_url.or(above.terms_url),
        }
    }
}

/// A text is had in all its languages from one organisation: pages fall back
/// from one language to another, not to what somebody else says.
fn texts<T>(own: Option<ThemeTexts<T>>, above: Option<ThemeTexts<T>>) -> Option<ThemeTexts<T>> {
    own.filter(|texts| !texts.is_empty()).or(above)
}

/// A value of a theme is not as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidThemeValue {
    /// The text is empty or too long.
    #[error("must have 1 to {0} characters, none of them U+0000")]
    Text(usize),
    /// It is no colour.
    #[error("must be a colour written as #rrggbb")]
    Colour,
    /// It is no telephone number.
    #[error("must have 3 to 20 characters: digits, blanks between them, and a + only in front")]
    Phone,
    /// It is no address of a page.
    #[error(
        "must begin with https:// and have at most {max} characters, all of them ASCII and none a blank",
        max = TermsUrl::MAX_LENGTH
    )]
    Url,
}

/// Makes a text type that is parsed once, at the edge.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident $(<const $max:ident: usize>)?, |$text:ident| $good:expr, $error:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name$(<const $max: usize>)?(String);

        impl$(<const $max: usize>)? $name$(<$max>)? {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl$(<const $max: usize>)? TryFrom<String> for $name$(<$max>)? {
            type Error = InvalidThemeValue;

            fn try_from($text: String) -> Result<Self, InvalidThemeValue> {
                if $good { Ok(Self($text)) } else { Err($error) }
            }
        }

        impl$(<const $max: usize>)? From<$name$(<$max>)?> for String {
            fn from(value: $name$(<$max>)?) -> Self {
                value.0
            }
        }
    };
}

text! {
    /// A text of 1 to `MAX` characters.
    ThemeText<const MAX: usize>,
    |text| (1..=MAX).contains(&text.chars().count()) && !text.contains('\0'),
    InvalidThemeValue::Text(MAX)
}

text! {
    /// A telephone number as people write it.
    SupportPhone,
    |text| is_phone(&text),
    InvalidThemeValue::Phone
}

text! {
    /// The address of a page that people are sent to.
    TermsUrl,
    |text| is_page(&text),
    InvalidThemeValue::Url
}

impl TermsUrl {
    /// In characters.
    pub const MAX_LENGTH: usize = 250;
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    let digit_at = |at: Option<u8>| at.is_some_and(|byte| byte.is_ascii_digit());
    (3..=20).contains(&text.len())
        && digit_at(number.bytes().next())
        && digit_at(number.bytes().next_back())
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b' ')
}

fn is_page(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    rest.is_some_and(|rest| {
        rest.bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
            && rest.bytes().all(|byte| byte.is_ascii_graphic())
    }) && text.len() <= TermsUrl::MAX_LENGTH
}

/// The same text in the languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeTexts<T> {
    /// Danish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub da: Option<T>,
    /// English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<T>,
    /// German.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub de: Option<T>,
    /// Faroese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fo: Option<T>,
    /// Greenlandic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl: Option<T>,
}

impl<T> ThemeTexts<T> {
    fn is_empty(&self) -> bool {
        [&self.da, &self.en, &self.de, &self.fo, &self.kl]
            .iter()
            .all(|text| text.is_none())
    }
}

/// The colours of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// Of buttons.
    pub primary: Colour,
    /// Of what is behind everything.
    pub background: Colour,
}

/// A colour of sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// Black or white, whichever is easier to read on this colour. Its contrast
    /// is at least 4.5 to 1 (WCAG 2.1, 1.4.3) on every colour there is.
    #[must_use]
    pub fn of_text_on_it(self) -> Self {
        if contrast(Self::WHITE, self) >= contrast(Self::BLACK, self) {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    /// Relative luminance (WCAG 2.1), 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// Contrast of two colours (WCAG 2.1), 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

impl FromStr for Colour {
    type Err = InvalidThemeValue;

    fn from_str(text: &str) -> Result<Self, InvalidThemeValue> {
        let digits = text.strip_prefix('#').filter(|digits| {
            digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = value.ok_or(InvalidThemeValue::Colour)?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl TryFrom<String> for Colour {
    type Error = InvalidThemeValue;

    fn try_from(text: String) -> Result<Self, InvalidThemeValue> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

words! {
    /// What kind of picture a logo is. SVG is none of them: it can hold script.
    LogoType {
        /// PNG.
        Png = "image/png",
        /// JPEG.
        Jpeg = "image/jpeg",
        /// WebP.
        WebP = "image/webp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits_behind_a_sharp() {
        for (text, read) in [("#0059b3", "#0059b3"), ("#FFFFFF", "#ffffff")] {
            assert_eq!(text.parse::<Colour>().unwrap().to_string(), read);
        }
        for wrong in [
            "0059b3", "#0059b", "#0059b3f", "#0059bg", "#+059b3", "red", "", "#é59b",
        ] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn text_is_easy_to_read_on_every_colour() {
        for value in 0..=0x00ff_ffff_u32 {
            // Every 251st, and all greys.
            let [_, red, green, blue] = value.to_be_bytes();
            if value % 251 == 0 || (red == green && green == blue) {
                let colour = Colour([red, green, blue]);
                assert!(contrast(colour.of_text_on_it(), colour) >= 4.5, "{colour}");
            }
        }
        let text_on = |text: &str| text.parse::<Colour>().unwrap().of_text_on_it();
        assert_eq!(text_on("#0059b3"), Colour::WHITE);
        assert_eq!(text_on("#ffcc00"), Colour::BLACK);
    }

    #[test]
    fn a_number_is_what_people_write() {
        let good = |text: &str| SupportPhone::try_from(text.to_owned()).is_ok();
        for number in ["112", "+45 00 00 00 00", "00000000", "+45", &"1".repeat(20)] {
            assert!(good(number), "{number}");
        }
        let long = "1".repeat(21);
        for wrong in [
            "", "11", "+4", "4+5", "++45", " 112", "112 ", "+ 45", "11-22", "tel:112", &long,
        ] {
            assert!(!good(wrong), "{wrong}");
        }
    }

    #[test]
    fn terms_are_on_a_page_of_their_own_over_https() {
        let good = |text: &str| TermsUrl::try_from(text.to_owned()).is_ok();
        assert!(good("https://region.example/terms?lang=da#top"));
        let long = format!("https://region.example/{}", "x".repeat(228));
        for wrong in [
            "http://region.example/",
            "https://",
            "https:///x",
            "javascript:alert(1)",
            "//region.example",
            "https://region.example/a b",
            "https://region.example/\n",
            "https://bl\u{e5}.example",
            &long,
        ] {
            assert!(!good(wrong), "{wrong}");
        }
    }

    #[test]
    fn texts_have_a_length() {
        let good = |text: String| ThemeText::<100>::try_from(text).is_ok();
        assert!(good("å".repeat(100)) && good("a".to_owned()));
        assert!(!good("å".repeat(101)) && !good(String::new()) && !good("\0".to_owned()));
    }

    #[test]
    fn what_is_missing_comes_from_above() {
        let text = |text: &str| ThemeText::try_from(text.to_owned()).ok();
        let own = ThemeMembers {
            name: text("own"),
            ..ThemeMembers::default()
        };
        let phone = SupportPhone::try_from("112".to_owned()).ok();
        let above = ThemeMembers {
            name: text("above"),
            support_phone: phone.clone(),
            ..ThemeMembers::default()
        };
        let shown = own.or(above);
        assert_eq!((shown.name, shown.support_phone), (text("own"), phone));
        assert_eq!(shown.colours, None);
    }
}
