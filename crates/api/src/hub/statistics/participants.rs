//! `GET statistics/participants`: how many take part, and did at most.

use axum::Json;
use axum::extract::{Query, State};
use http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vdx_store::participant_peaks::Peak;

use super::super::HubError;
use super::super::access::Overseer;
use super::access::Whose;
use crate::{Failure, Hub};

/// Most days in one answer.
const MOST_DAYS: i32 = 366;

/// Which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Days {
    /// First day; left out: the first of the last day's month.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Last day; left out: today. At most 366 days.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
}

/// How many participants there are, and were at most.
#[derive(Serialize, ToSchema)]
#[schema(as = participantFigures)]
pub(super) struct Participants {
    /// Code of the organisation; `null` = the whole hub.
    #[schema(value_type = Option<String>)]
    organisation: Option<String>,
    /// In or waiting now, on the node that answers.
    now: u32,
    /// The most at one time in these days.
    peak: u32,
    /// The days that had any, oldest first.
    days: Vec<Day>,
}

/// The most of a day.
#[derive(Serialize, ToSchema)]
#[schema(as = participantPeak)]
struct Day {
    /// In the hub's time zone.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// Participants at one time.
    peak: u32,
    /// When there were first so many.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Peak> for Day {
    fn from(peak: Peak) -> Self {
        Self {
            day: peak.day,
            peak: peak.peak,
            at: peak.at,
        }
    }
}

/// How many participants an organisation's rooms have, and had at most on each
/// day; or those of the whole hub.
///
/// Whoever is in a room counts, also while waiting. The peak of several
/// organisations is not the sum of theirs. Needs the role operator or
/// management-admin.
#[utoipa::path(
    get,
    path = "/statistics/participants",
    tag = "Statistics",
    security(("oauth2" = [])),
    params(Whose, Days),
    responses(
        (status = 200, description = "The figures.", body = Participants),
        (status = 400, description = "These are no days, or too many.", body = HubError),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "The role is missing, or the organisation is neither the caller's nor below it.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    overseer: Overseer,
    Query(whose): Query<Whose>,
    Query(days): Query<Days>,
) -> Result<Json<Participants>, Failure> {
    let (from, to) = days.range(hub.conferences.today())?;
    let organisation = overseer.one(&hub, whose).await?;
    let figures = hub
        .conferences
        .participants(organisation.as_ref(), from, to)
        .await?;
    Ok(Json(Participants {
        organisation: organisation.map(|code| code.0),
        now: figures.now,
        peak: figures.days.iter().map(|day| day.peak).max().unwrap_or(0),
        days: figures.days.into_iter().map(Day::from).collect(),
    }))
}

impl Days {
    fn range(&self, today: Date) -> Result<(Date, Date), Failure> {
        let wrong = |text: &str| Failure::new(StatusCode::BAD_REQUEST).text(text);
        let to = match &self.to {
            Some(text) => text
                .parse()
                .map_err(|_| wrong("to: must be a day, YYYY-MM-DD"))?,
            None => today,
        };
        let from: Date = match &self.from {
            Some(text) => text
                .parse()
                .map_err(|_| wrong("from: must be a day, YYYY-MM-DD"))?,
            None => to.first_of_month(),
        };
        let days = to.since(from).map_or(i32::MAX, |span| span.get_days());
        if from > to {
            Err(wrong("from: must not be after to"))
        } else if days >= MOST_DAYS {
            Err(wrong("to: must be within 366 days of from"))
        } else {
            Ok((from, to))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: Option<&str>, to: Option<&str>) -> Option<(String, String)> {
        let days = Days {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let range = days.range("2026-03-09".parse().unwrap()).ok();
        range.map(|(from, to)| (from.to_string(), to.to_string()))
    }

    #[test]
    fn days_are_bounded_and_default_to_the_month() {
        let of = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(range(None, None), of("2026-03-01", "2026-03-09"));
        assert_eq!(
            range(None, Some("2025-12-31")),
            of("2025-12-01", "2025-12-31")
        );
        assert_eq!(
            range(Some("2025-03-09"), None),
            of("2025-03-09", "2026-03-09")
        );
        assert_eq!(range(Some("2025-03-08"), None), None, "367 days");
        assert_eq!(range(Some("2026-03-10"), None), None);
        assert_eq!(range(Some("yesterday"), None), None);
        assert_eq!(range(None, Some("2026-02-30")), None);
    }
}
