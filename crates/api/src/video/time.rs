//! Instants as the versions write and read them: v2 `yyyy-MM-dd'T'HH:mm:ssXXX`,
//! v1 `yyyy-MM-dd'T'HH:mm:ss Z` (the letters are Java's).

use std::borrow::Cow;

use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::json;
use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::refusal::{YEAR, invalid};
use super::version::Version;
use crate::Failure;

/// An instant of an answer, in the document of v2.
pub(crate) struct Instant;

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant to the second, with offset."))
            .into()
    }
}

impl ToSchema for Instant {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("instant")
    }
}

/// An instant of a request, in the document of v2.
pub(crate) struct AskedInstant;

impl PartialSchema for AskedInstant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some(ASKED))
            .into()
    }
}

impl ToSchema for AskedInstant {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("askedInstant")
    }
}

const ASKED: &str = "With offset; fractions of a second are dropped; the year has four digits.";
/// As v1 writes instants.
const V1_PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}$";

impl AskedInstant {
    /// The same in the document of v1: what v1 writes it reads too.
    pub(crate) fn schema_of_v1() -> RefOr<Schema> {
        let written = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(V1_PATTERN));
        let standard = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        AnyOfBuilder::new()
            .item(standard)
            .item(written)
            .description(Some(ASKED))
            .into()
    }
}

impl Instant {
    /// The same in the document of v1: for the format `date-time` (RFC 3339)
    /// there is a space too much in it.
    pub(crate) fn schema_of_v1() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(V1_PATTERN))
            .description(Some(
                "An instant to the second, with offset behind a space.",
            ))
            .examples([json!("2019-10-02T13:00:00 +0000")])
            .into()
    }
}

/// To the second, with the zone's offset, or `Z` in v2. Before zones had whole
/// minutes (Copenhagen until 1894) the offset cannot be written, and it is UTC.
pub(crate) fn format(version: Version, instant: Timestamp, zone: &TimeZone) -> String {
    let mut zoned = instant.to_zoned(zone.clone());
    if zoned.offset().seconds() % 60 != 0 {
        zoned = instant.to_zoned(TimeZone::UTC);
    }
    let form = match version {
        Version::V1 => "%Y-%m-%dT%H:%M:%S %z",
        Version::V2 if zoned.offset() == Offset::UTC => "%Y-%m-%dT%H:%M:%SZ",
        Version::V2 => "%Y-%m-%dT%H:%M:%S%:z",
    };
    zoned.strftime(form).to_string()
}

/// ISO 8601 with an offset, which in v1 may stand behind a space; fractions of a
/// second are dropped.
pub(crate) fn parse(version: Version, field: &str, text: &str) -> Result<Timestamp, Failure> {
    match version {
        Version::V1 => parse_iso(field, &without_space(text)),
        Version::V2 => parse_iso(field, text),
    }
}

/// `2019-10-02T13:00:00 +0000` as `2019-10-02T13:00:00+0000`.
fn without_space(text: &str) -> Cow<'_, str> {
    match text.rsplit_once(' ') {
        Some((time, offset)) if offset.starts_with(['+', '-', 'Z']) => {
            Cow::Owned(format!("{time}{offset}"))
        }
        _ => Cow::Borrowed(text),
    }
}

fn parse_iso(field: &str, text: &str) -> Result<Timestamp, Failure> {
    if let Some(short) = with_year_of_four_digits(text) {
        return Err(match short.parse::<Timestamp>() {
            Ok(_) => Failure::new(StatusCode::BAD_REQUEST)
                .code(YEAR)
                .text("Date format is wrong, year must only have 4 digits"),
            Err(_) => malformed(field),
        });
    }
    let instant = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| end_of_time(text))
        .ok_or_else(|| malformed(field))?;
    Timestamp::from_second(instant.as_millisecond().div_euclid(1000)).map_err(|_| malformed(field))
}

fn malformed(field: &str) -> Failure {
    invalid(
        field,
        "must be a date and time with offset, such as 2019-10-02T15:00:00Z",
    )
}

/// The same text with the year 2000, when its year is longer than four digits.
fn with_year_of_four_digits(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &unsigned[digits..];
    (digits > 4 && rest.starts_with('-')).then(|| format!("2000{rest}"))
}

/// The library's instants end on 30 December 9999. What lies in the two days
/// after it means "without end" and becomes the last instant.
fn end_of_time(text: &str) -> Option<Timestamp> {
    let rest = text.strip_prefix("9999-12-3")?;
    format!("9998-12-3{rest}").parse::<Timestamp>().ok()?;
    Some(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, &'static str> {
        read_in(Version::V2, text)
    }

    fn read_in(version: Version, text: &str) -> Result<String, &'static str> {
        parse(version, "startTime", text)
            .map(|instant| format(version, instant, &TimeZone::UTC))
            .map_err(|failure| failure.code.unwrap())
    }

    #[test]
    fn v1_reads_four_spellings_and_writes_one() {
        for text in [
            "2019-10-02T15:00:00 +0200",
            "2019-10-02T15:00:00+0200",
            "2019-10-02T15:00:00 +02",
            "2019-10-02T15:00:00+02:00",
            "2019-10-02T15:00:00 +02:00",
            "2019-10-02T13:00:00Z",
            "2019-10-02T13:00:00 Z",
            "2019-10-02T13:00:00.7 +0000",
        ] {
            let read = read_in(Version::V1, text);
            assert_eq!(read.as_deref(), Ok("2019-10-02T13:00:00 +0000"), "{text}");
        }
        for (text, code) in [
            ("2019-10-02T13:00:00", "10"),
            ("2019-10-02T13:00:00 ", "10"),
            ("2019-10-02T13:00:00  +0000", "10"),
            ("2019-10-02T13:00:00 0000", "10"),
            ("10000-01-01T00:00:00 +0000", "25"),
        ] {
            assert_eq!(read_in(Version::V1, text), Err(code), "{text}");
        }
    }

    #[test]
    fn v2_reads_no_space() {
        assert_eq!(read("2019-10-02T15:00:00 +0200"), Err("10"));
    }

    #[test]
    fn offsets_are_understood_and_fractions_dropped() {
        for (text, instant) in [
            ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z"),
            ("2026-12-01T10:00:00+01:00", "2026-12-01T09:00:00Z"),
            ("2026-12-01T10:00:00.999999+01:00", "2026-12-01T09:00:00Z"),
            ("2026-12-01T10:00:00.5-00:30", "2026-12-01T10:30:00Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(instant), "{text}");
        }
    }

    #[test]
    fn years_have_four_digits() {
        assert_eq!(
            read("9999-01-01T00:00:00Z").as_deref(),
            Ok("9999-01-01T00:00:00Z")
        );
        assert_eq!(
            read("9999-12-31T23:59:59Z").as_deref(),
            Ok("9999-12-30T22:00:00Z")
        );
        assert_eq!(
            read("9999-12-30T23:30:00+01:00").as_deref(),
            Ok("9999-12-30T22:00:00Z")
        );
        for long in [
            "10000-01-01T00:00:00Z",
            "+12026-12-01T10:00:00Z",
            "99999-12-31T23:59:59+01:00",
        ] {
            assert_eq!(read(long), Err("25"), "{long}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for wrong in [
            "",
            "tomorrow",
            "2026-12-01",
            "2026-12-01T10:00:00",
            "2026-13-01T10:00:00Z",
            "12026-13-01T10:00:00Z",
            "9999-12-32T10:00:00Z",
            "123456",
        ] {
            assert_eq!(read(wrong), Err("10"), "{wrong}");
        }
    }

    #[test]
    fn the_zone_decides_the_offset() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let at = |text: &str| format(Version::V2, text.parse().unwrap(), &zone);
        assert_eq!(at("2026-12-01T10:00:00Z"), "2026-12-01T11:00:00+01:00");
        assert_eq!(at("2026-07-01T10:00:00Z"), "2026-07-01T12:00:00+02:00");
        assert_eq!(at("0178-12-26T04:16:50Z"), "0178-12-26T04:16:50Z");
        let at = |text: &str| format(Version::V1, text.parse().unwrap(), &zone);
        assert_eq!(at("2026-12-01T10:00:00Z"), "2026-12-01T11:00:00 +0100");
        assert_eq!(at("0178-12-26T04:16:50Z"), "0178-12-26T04:16:50 +0000");
    }
}
