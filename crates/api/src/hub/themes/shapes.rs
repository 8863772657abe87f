//! What the operations take and answer with.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    AdditionalProperties, Object, ObjectBuilder, Schema, SchemaType, Type,
};
use vdx_accounts::organisations::{LogoName, Theme, ThemeDetails};
use vdx_domain::{Colour, Colours, SupportPhone, TermsUrl, ThemeMembers, ThemeText, ThemeTexts};

/// What it is called where nobody said.
const NAME: &str = "VDX";

/// How much of its hash names a version of a logo.
pub(super) const VERSION_LENGTH: usize = 16;

/// What stands in a path as it is (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is shown of an organisation. `null` is what the page has of its own.
#[derive(Serialize, ToSchema)]
#[schema(as = theme)]
pub(in crate::hub) struct ThemeShape {
    /// What it is called on its pages; `VDX` where nobody said.
    name: String,
    /// Where its logo is, on the hub's own host.
    logo_url: Option<String>,
    /// Its colours.
    colours: Option<ShownColours>,
    /// The heading of the panel beside each step, by language.
    #[schema(schema_with = titles)]
    welcome_title: Option<ThemeTexts<ThemeText<200>>>,
    /// What stands below it, by language.
    #[schema(schema_with = paragraphs)]
    welcome_text: Option<ThemeTexts<ThemeText<600>>>,
    /// Whom to call when something does not work.
    #[schema(value_type = Option<String>)]
    support_phone: Option<SupportPhone>,
    /// What is said beside that number, by language.
    #[schema(schema_with = paragraphs)]
    support_text: Option<ThemeTexts<ThemeText<600>>>,
    /// The terms of use.
    #[schema(value_type = Option<String>)]
    terms_url: Option<TermsUrl>,
}

/// Colours, as `#rrggbb`.
#[derive(Serialize, ToSchema)]
#[schema(as = shownColours)]
struct ShownColours {
    /// Of buttons.
    #[schema(value_type = String)]
    primary: Colour,
    /// Of text on that: black or white, with a contrast of at least 4.5 to 1.
    #[schema(value_type = String)]
    on_primary: Colour,
    /// Of what is behind everything.
    #[schema(value_type = String)]
    background: Colour,
}

/// What an organisation has of its own. What is left out or null comes from the
/// organisation above it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = themeMembers)]
pub(super) struct MembersShape {
    /// What it is called on its pages.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Option<ThemeText<100>>,
    /// Its colours.
    #[schema(value_type = Option<ColoursShape>)]
    colours: Option<Colours>,
    /// The heading of the panel beside each step, by language.
    #[schema(schema_with = titles)]
    welcome_title: Option<ThemeTexts<ThemeText<200>>>,
    /// What stands below it, by language.
    #[schema(schema_with = paragraphs)]
    welcome_text: Option<ThemeTexts<ThemeText<600>>>,
    /// Whom to call when something does not work.
    #[schema(value_type = Option<String>, min_length = 3, max_length = 20, pattern = "^[+]?[0-9]([0-9 ]*[0-9])?$")]
    support_phone: Option<SupportPhone>,
    /// What is said beside that number, by language.
    #[schema(schema_with = paragraphs)]
    support_text: Option<ThemeTexts<ThemeText<600>>>,
    /// The terms of use.
    #[schema(value_type = Option<String>, max_length = 250, pattern = "^https://[0-9A-Za-z][!-~]*$")]
    terms_url: Option<TermsUrl>,
}

/// Colours, as `#rrggbb`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = colours)]
#[expect(dead_code, reason = "it says what the hub's own type looks like")]
struct ColoursShape {
    /// Of buttons.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    primary: String,
    /// Of what is behind everything.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    background: String,
}

/// The theme of an organisation.
#[derive(Serialize, ToSchema)]
#[schema(as = themeDetails)]
pub(super) struct DetailsShape {
    /// What it has of its own: what `PUT` sets.
    own: MembersShape,
    /// Where its own logo is.
    own_logo_url: Option<String>,
    /// What is shown, with what it has from above.
    shown: ThemeShape,
}

impl From<ThemeDetails> for DetailsShape {
    fn from(details: ThemeDetails) -> Self {
        Self {
            own_logo_url: details.own.logo.as_ref().map(address),
            own: details.own.members.into(),
            shown: details.shown.into(),
        }
    }
}

impl From<Theme> for ThemeShape {
    fn from(theme: Theme) -> Self {
        let members = theme.members;
        Self {
            name: members.name.map_or_else(|| NAME.to_owned(), String::from),
            logo_url: theme.logo.as_ref().map(address),
            colours: members.colours.map(ShownColours::from),
            welcome_title: members.welcome_title,
            welcome_text: members.welcome_text,
            support_phone: members.support_phone,
            support_text: members.support_text,
            terms_url: members.terms_url,
        }
    }
}

impl From<Colours> for ShownColours {
    fn from(colours: Colours) -> Self {
        Self {
            primary: colours.primary,
            on_primary: colours.primary.of_text_on_it(),
            background: colours.background,
        }
    }
}

impl From<ThemeMembers> for MembersShape {
    fn from(members: ThemeMembers) -> Self {
        Self {
            name: members.name,
            colours: members.colours,
            welcome_title: members.welcome_title,
            welcome_text: members.welcome_text,
            support_phone: members.support_phone,
            support_text: members.support_text,
            terms_url: members.terms_url,
        }
    }
}

/// Where a logo is. Without a host, so that pages find it by whatever name they
/// reached the hub; with its version, so that browsers keep it.
fn address(logo: &LogoName) -> String {
    let code = utf8_percent_encode(&logo.organisation.0, SEGMENT);
    let version = logo.hash.get(..VERSION_LENGTH).unwrap_or(&logo.hash);
    format!("/api/hub/v1/themes/{code}/logo?v={version}")
}

fn titles() -> Object {
    texts("A heading, by language.", 200)
}

fn paragraphs() -> Object {
    texts("A text, by language.", 600)
}

/// A text in the languages of the pages.
fn texts(description: &str, longest: usize) -> Object {
    let text = |language: &str| {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(language))
            .min_length(Some(1))
            .max_length(Some(longest))
            .build()
    };
    let languages = [
        ("da", "Danish"),
        ("en", "English"),
        ("de", "German"),
        ("fo", "Faroese"),
        ("kl", "Greenlandic"),
    ];
    let texts = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    languages
        .into_iter()
        .fold(texts, |texts, (code, language)| {
            texts.property(code, text(language))
        })
        .build()
}
