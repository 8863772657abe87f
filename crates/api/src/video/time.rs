//! Instants as v2 writes and reads them: `yyyy-MM-dd'T'HH:mm:ssXXX`.

use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::refusal::{YEAR, invalid};
use crate::Failure;

/// To the second, with `Z` or the zone's offset. Before zones had whole minutes
/// (Copenhagen until 1894) the offset cannot be written, and it is UTC.
pub(crate) fn format(instant: Timestamp, zone: &TimeZone) -> String {
    let mut zoned = instant.to_zoned(zone.clone());
    if zoned.offset().seconds() % 60 != 0 {
        zoned = instant.to_zoned(TimeZone::UTC);
    }
    let form = if zoned.offset() == Offset::UTC {
        "%Y-%m-%dT%H:%M:%SZ"
    } else {
        "%Y-%m-%dT%H:%M:%S%:z"
    };
    zoned.strftime(form).to_string()
}

/// ISO 8601 with an offset; fractions of a second are dropped.
pub(crate) fn parse(field: &str, text: &str) -> Result<Timestamp, Failure> {
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
        parse("startTime", text)
            .map(|instant| format(instant, &TimeZone::UTC))
            .map_err(|failure| failure.code.unwrap())
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
        let at = |text: &str| format(text.parse().unwrap(), &zone);
        assert_eq!(at("2026-12-01T10:00:00Z"), "2026-12-01T11:00:00+01:00");
        assert_eq!(at("2026-07-01T10:00:00Z"), "2026-07-01T12:00:00+02:00");
        assert_eq!(at("0178-12-26T04:16:50Z"), "0178-12-26T04:16:50Z");
    }
}
