//! The texts of the pages for signing in and out.

use std::sync::LazyLock;

use serde::Deserialize;

/// A language the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Danish,
    English,
}

/// As in `ui_locales` and in the metadata.
pub(in crate::oauth) const LANGUAGES: [&str; 2] = ["da", "en"];

impl Language {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Danish => "da",
            Self::English => "en",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Danish => Self::English,
            Self::English => Self::Danish,
        }
    }

    /// The first of the languages an app asks for that there is, or else what
    /// the browser prefers, as on the video client's page: Danish for those who
    /// read a language near to it, English for everybody else.
    pub(in crate::oauth) fn choose(asked: Option<&str>, accepted: Option<&str>) -> Self {
        let asked = asked.unwrap_or_default().split_whitespace();
        for tag in asked {
            match primary(tag) {
                "da" => return Self::Danish,
                "en" => return Self::English,
                _ => {}
            }
        }
        let first = accepted.unwrap_or_default().split([',', ';']).next();
        match primary(first.unwrap_or_default().trim()) {
            "da" | "nb" | "nn" | "no" | "sv" | "fo" | "kl" => Self::Danish,
            _ => Self::English,
        }
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::Danish => &TEXTS.0,
            Self::English => &TEXTS.1,
        }
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

/// All texts, in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    pub(super) brand: String,
    /// The name of the other language, in that language.
    pub(super) other_language: String,
    pub(super) skip: String,
    pub(super) aside_title: String,
    pub(super) aside_text: String,
    pub(super) error_prefix: String,
    pub(super) sign_in_title: String,
    pub(super) sign_in_for: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) sign_in: String,
    pub(super) forgotten: String,
    pub(super) missing: String,
    pub(super) wrong: String,
    pub(super) wait_seconds: String,
    pub(super) wait_minutes: String,
    pub(super) busy: String,
    pub(super) stale: String,
    pub(super) broken_title: String,
    pub(super) broken_text: String,
    pub(super) broken_detail: String,
    pub(super) sign_out_title: String,
    pub(super) sign_out_text: String,
    pub(super) sign_out: String,
    pub(super) signed_out_title: String,
    pub(super) signed_out_text: String,
}

#[expect(
    clippy::expect_used,
    reason = "the texts are part of the program; a test reads them"
)]
static TEXTS: LazyLock<(Texts, Texts)> = LazyLock::new(|| {
    let read = |text| serde_json::from_str(text).expect("texts of the pages");
    (read(include_str!("da.json")), read(include_str!("en.json")))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_all_texts() {
        for language in [Language::Danish, Language::English] {
            assert_eq!(language.texts().brand, "VDX Video");
        }
    }

    #[test]
    fn the_language_is_the_apps_or_the_browsers() {
        use Language::{Danish, English};
        for (asked, accepted, language) in [
            (None, None, English),
            (None, Some("da-DK,da;q=0.9,en;q=0.8"), Danish),
            (None, Some("de,da"), English),
            (None, Some("kl"), Danish),
            (Some("en"), Some("da"), English),
            (Some("fr da-DK en"), None, Danish),
            (Some("fr"), Some("nb"), Danish),
        ] {
            assert_eq!(
                Language::choose(asked, accepted),
                language,
                "{asked:?} {accepted:?}"
            );
        }
    }
}
