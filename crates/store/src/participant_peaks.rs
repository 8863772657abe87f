//! How many participants there were at most at one time, on each day.

use jiff::Timestamp;
use jiff::civil::Date;
use vdx_domain::OrganisationCode;

use crate::{Connection, Error, FromRow, Row, Tx};

/// Stands for the whole hub where an organisation's code would stand. Its peak
/// is not the sum of the organisations': theirs came at other times.
const WHOLE_HUB: &str = "*";

/// The most of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peak {
    /// The day, in the hub's time zone.
    pub day: Date,
    /// How many.
    pub peak: u32,
    /// When there were first so many.
    pub at: Timestamp,
}

impl FromRow for Peak {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            day: row.get("day")?,
            peak: row.get("peak")?,
            at: row.get("peak_at")?,
        })
    }
}

/// Raises the peak of a day; one that is as high already stays.
///
/// # Errors
/// [`Error::Engine`].
pub async fn raise(
    tx: &mut Tx,
    organisation: Option<&OrganisationCode>,
    peak: &Peak,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO participant_peaks (organisation_code, day, peak, peak_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (organisation_code, day) DO UPDATE
         SET peak = excluded.peak, peak_at = excluded.peak_at
         WHERE participant_peaks.peak < excluded.peak",
    )
    .bind(name(organisation))
    .bind(peak.day)
    .bind(peak.peak)
    .bind(peak.at)
    .execute()
    .await
    .map(drop)
}

/// The peaks of an organisation, or of the whole hub, from one day to another,
/// both counted, oldest first. Days without participants are left out.
///
/// # Errors
/// [`Error::Engine`].
pub async fn of_days(
    connection: &mut impl Connection,
    organisation: Option<&OrganisationCode>,
    from: Date,
    to: Date,
) -> Result<Vec<Peak>, Error> {
    connection
        .sql(
            "SELECT day, peak, peak_at FROM participant_peaks
             WHERE organisation_code = $1 AND day >= $2 AND day <= $3 ORDER BY day",
        )
        .bind(name(organisation))
        .bind(from)
        .bind(to)
        .all()
        .await
}

fn name(organisation: Option<&OrganisationCode>) -> &str {
    organisation.map_or(WHOLE_HUB, |code| code.0.as_str())
}
