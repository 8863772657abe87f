//! The texts of the page.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::oauth::Language;

/// All texts, in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    pub(super) brand: String,
    pub(super) other_language: String,
    pub(super) skip: String,
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) none: String,
    pub(super) how: String,
    pub(super) again: String,
    pub(super) sign_out: String,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) part: String,
    pub(super) parts: String,
    pub(super) queued: String,
    pub(super) sent: String,
    pub(super) delivered: String,
    pub(super) failed: String,
    pub(super) not_for_them_title: String,
    pub(super) not_for_them: String,
    pub(super) not_signed_in_title: String,
    pub(super) not_signed_in: String,
}

#[expect(
    clippy::expect_used,
    reason = "the texts are part of the program; a test reads them"
)]
static TEXTS: LazyLock<(Texts, Texts)> = LazyLock::new(|| {
    let read = |text| serde_json::from_str(text).expect("texts of the page");
    (read(include_str!("da.json")), read(include_str!("en.json")))
});

/// The texts in this language.
pub(super) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Danish => &TEXTS.0,
        Language::English => &TEXTS.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_all_texts() {
        assert_eq!(texts(Language::Danish).title, "Sms-beskeder");
        assert_eq!(texts(Language::English).title, "Text messages");
    }
}
