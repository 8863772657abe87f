//! `GET statistics/months/{month}`: the figures of a month.

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::HubError;
use super::super::access::Overseer;
use super::access::Whose;
use crate::{Failure, Hub};

/// The figures of a month, by the definitions of `docs/quality.md`.
#[derive(Serialize, ToSchema)]
#[schema(as = monthFigures)]
pub(super) struct Month {
    /// `YYYY-MM`.
    #[schema(example = "2026-03")]
    month: String,
    /// Code of the organisation; `null` = the whole hub.
    #[schema(value_type = Option<String>)]
    organisation: Option<String>,
    /// Conferences with at least two calls.
    meetings: u32,
    /// Stays of participants in which something was sent or received.
    calls: u32,
    /// Calls that were long enough to be rated: good, ok and bad together.
    rated: u32,
    /// Rated good.
    good: u32,
    /// Rated ok.
    ok: u32,
    /// Rated bad.
    bad: u32,
    /// Share of the rated calls that were good or ok, in percent with two digits
    /// behind the point; `null` where none was rated.
    quality_percent: Option<f64>,
    /// The most participants at one time.
    participants_peak: u32,
    /// When there were first so many.
    #[schema(value_type = Option<String>, format = DateTime)]
    participants_peak_at: Option<Timestamp>,
}

/// The figures of a month that operators report.
///
/// A call counts in the month in which it began, once it has ended. Months are
/// those of the hub's time zone. Needs the role operator or management-admin.
#[utoipa::path(
    get,
    path = "/statistics/months/{month}",
    tag = "Statistics",
    security(("oauth2" = [])),
    params(
        ("month" = String, Path, description = "`YYYY-MM`."),
        Whose,
    ),
    responses(
        (status = 200, description = "The figures.", body = Month),
        (status = 400, description = "It is no month.", body = HubError),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "The role is missing, or the organisation is neither the caller's nor below it.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    overseer: Overseer,
    Path(month): Path<String>,
    Query(whose): Query<Whose>,
) -> Result<Json<Month>, Failure> {
    let first = first_day(&month)
        .ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST).text("month: must be YYYY-MM"))?;
    let organisation = overseer.one(&hub, whose).await?;
    let figures = hub.conferences.month(organisation.as_ref(), first).await?;
    let counts = figures.counts;
    let rated = counts.good + counts.ok + counts.bad;
    Ok(Json(Month {
        month,
        organisation: organisation.map(|code| code.0),
        meetings: counts.meetings,
        calls: counts.calls,
        rated,
        good: counts.good,
        ok: counts.ok,
        bad: counts.bad,
        quality_percent: percent(counts.good + counts.ok, rated),
        participants_peak: figures.peak.as_ref().map_or(0, |peak| peak.peak),
        participants_peak_at: figures.peak.map(|peak| peak.at),
    }))
}

fn first_day(month: &str) -> Option<Date> {
    let (year, number) = month.split_once('-')?;
    let digits =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(number, 2) {
        return None;
    }
    Date::new(year.parse().ok()?, number.parse().ok()?, 1).ok()
}

fn percent(part: u32, whole: u32) -> Option<f64> {
    let hundredths =
        (u64::from(part) * 20_000 + u64::from(whole)).checked_div(u64::from(whole) * 2)?;
    Some(f64::from(u32::try_from(hundredths).ok()?) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_digits_and_two() {
        assert!(first_day("2026-12").is_some());
        for wrong in [
            "2026-13", "2026-00", "2026-1", "26-01", "2026-+1", "2026", "",
        ] {
            assert_eq!(first_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_share_is_rounded_to_two_digits() {
        assert_eq!(percent(2, 3), Some(66.67));
        assert_eq!(percent(1, 3), Some(33.33));
        assert_eq!(percent(3, 3), Some(100.0));
        assert_eq!(percent(0, 0), None);
    }
}
