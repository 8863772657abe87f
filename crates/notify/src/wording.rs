//! What a message says, and whom it comes from.

use crate::Error;
use crate::parts::Parts;

/// Stands for the link in a text.
pub const LINK: &str = "%meeting_url%";
/// Most characters of a text before its link is put in; the limit of parts is
/// usually reached long before.
pub const MAX_WRITTEN: usize = 2000;
/// Most characters of a sender's name: a field of the GSM standard.
const MAX_SENDER: usize = 11;

/// The text with the link in it.
///
/// # Errors
/// [`Error::Invalid`] when it is too long, has no place for the link, or holds
/// characters that are not for reading.
pub(crate) fn fill(text: &str, link: &str, max_parts: u32) -> Result<(String, Parts), Error> {
    let refused = |reason: String| {
        Err(Error::Invalid {
            field: "message",
            reason,
        })
    };
    if text.chars().count() > MAX_WRITTEN {
        return refused(format!("must have at most {MAX_WRITTEN} characters"));
    }
    if !text.contains(LINK) {
        return refused(format!("must contain {LINK}, where the link is put"));
    }
    if text
        .chars()
        .any(|character| character.is_control() && !"\n\r".contains(character))
    {
        return refused("must have no control characters but line breaks".to_owned());
    }
    let text = text.replace(LINK, link);
    let parts = Parts::of(&text);
    if parts.parts > max_parts {
        return refused(format!(
            "takes {} parts with the link in it; at most {max_parts} are sent",
            parts.parts
        ));
    }
    Ok((text, parts))
}

/// A language the hub writes messages in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Danish.
    Danish,
    /// English.
    English,
}

/// The link for somebody whom a host brings in, signed by the organisation where
/// its name fits.
///
/// # Errors
/// As [`fill`], when even the text alone is too long.
pub(crate) fn invitation(
    language: Language,
    organisation: &str,
    link: &str,
    max_parts: u32,
) -> Result<(String, Parts), Error> {
    let (text, greeting) = match language {
        Language::Danish => (
            "Hej! Vi vil gerne tale med dig på video. Tryk på linket for at være med:",
            "Venlig hilsen",
        ),
        Language::English => (
            "Hello! We would like to talk to you on video. Tap the link to join:",
            "Kind regards,",
        ),
    };
    let text = format!("{text}\n{LINK}");
    let name: String = organisation
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    let signed = format!("{text}\n\n{greeting}\n{}", name.trim());
    match fill(&signed, link, max_parts) {
        Ok(written) if !name.trim().is_empty() => Ok(written),
        _ => fill(&text, link, max_parts),
    }
}

/// Whether networks take this as the name of a sender: letters, digits, and
/// the few signs all gateways agree on, with a letter among them.
#[must_use]
pub fn is_sender(name: &str) -> bool {
    (1..=MAX_SENDER).contains(&name.len())
        && name.trim() == name
        && name.contains(|character: char| character.is_ascii_alphabetic())
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || " +-_&".contains(character))
}

/// The organisation's name as a sender, with the Danish letters written out
/// where networks do not take them; `None` when it cannot be one.
pub(crate) fn sender(name: &str) -> Option<String> {
    let name = name.trim();
    if is_sender(name) {
        return Some(name.to_owned());
    }
    let mut written = String::new();
    for character in name.chars() {
        match character {
            'æ' => written.push_str("ae"),
            'ø' => written.push_str("oe"),
            'å' => written.push_str("aa"),
            'Æ' => written.push_str("Ae"),
            'Ø' => written.push_str("Oe"),
            'Å' => written.push_str("Aa"),
            other => written.push(other),
        }
    }
    Some(written).filter(|name| is_sender(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danish_letters_of_a_sender_are_written_out() {
        assert_eq!(sender("Region H").as_deref(), Some("Region H"));
        assert_eq!(sender(" Rødovre ").as_deref(), Some("Roedovre"));
        assert_eq!(sender("Århus Kom").as_deref(), Some("Aarhus Kom"));
        for bad in ["", "ÆØÅæøåÆØÅ", "Zürich", "12345"] {
            assert_eq!(sender(bad), None, "{bad}");
        }
    }

    fn reason(text: &str, max_parts: u32) -> String {
        match fill(text, "https://v.example/m/abcdefghijkl", max_parts) {
            Err(Error::Invalid { field, reason }) => {
                assert_eq!(field, "message");
                reason
            }
            other => panic!("{:?}", other.map(|(_, parts)| parts)),
        }
    }

    #[test]
    fn the_link_is_put_in_wherever_it_is_asked_for() {
        let (text, parts) = fill("Hej\n%meeting_url% eller %meeting_url%.", "x", 1).unwrap();
        assert_eq!(text, "Hej\nx eller x.");
        assert_eq!(parts.units, 14);
    }

    #[test]
    fn a_text_without_a_place_for_the_link_is_refused() {
        for text in ["", "Hej", "%meeting_url", "%MEETING_URL%"] {
            assert!(reason(text, 4).contains("%meeting_url%"), "{text}");
        }
    }

    #[test]
    fn the_parts_are_counted_with_the_link_in_it() {
        let link = "https://v.example/m/abcdefghijkl";
        let exactly = |parts: usize| "a".repeat(153 * parts - link.len()) + LINK;
        assert_eq!(fill(&exactly(2), link, 2).unwrap().1.parts, 2);
        let longer = format!("a{}", exactly(2));
        assert!(reason(&longer, 2).contains("takes 3 parts"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in ["\0", "\u{1b}", "\t", "\u{7f}", "\u{85}"] {
            assert!(
                reason(&format!("{LINK}{bad}"), 4).contains("control"),
                "{bad:?}"
            );
        }
        assert!(reason(&format!("{LINK}{}", "a".repeat(2000)), 255).contains("2000"));
    }

    #[test]
    fn an_invitation_is_signed_where_the_name_fits() {
        let link = "https://v.example/m/abcdefghijkl";
        let (text, parts) = invitation(Language::Danish, "Region \nMidt ", link, 4).unwrap();
        assert!(text.contains(link), "{text}");
        assert!(text.ends_with("\n\nVenlig hilsen\nRegion Midt"), "{text}");
        assert_eq!(parts.parts, 1);
        let (text, _) = invitation(Language::English, "Region", link, 4).unwrap();
        assert!(
            text.starts_with("Hello!") && text.ends_with("Region"),
            "{text}"
        );
        for name in ["", " ", &"x".repeat(100)] {
            for language in [Language::Danish, Language::English] {
                let (text, parts) = invitation(language, name, link, 1).unwrap();
                assert!(text.ends_with(link), "{text}");
                assert_eq!(parts.parts, 1);
            }
        }
    }

    #[test]
    fn a_sender_is_a_short_plain_name() {
        for good in ["VDX", "Region H", "A&B-1_2", "ElevenChars", "1A"] {
            assert!(is_sender(good), "{good}");
        }
        for bad in [
            "",
            "TwelveLetter",
            "Rødovre",
            "12345",
            " VDX",
            "VDX ",
            "a.b",
            "a\nb",
        ] {
            assert!(!is_sender(bad), "{bad}");
        }
    }
}
