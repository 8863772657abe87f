//! How good the sound and pictures of a participant's stay were: kept with its
//! call record, as a summary of bounded size.

use jiff::Timestamp;
use vdx_domain::{MediaDirection, OrganisationCode, ParticipantId, QualityRating};

use crate::{Connection, Error, FromRow, Row, Tx};

/// The quality of a stay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LegQuality {
    /// Of the whole stay; `None` where too little came and went to tell.
    pub rating: Option<QualityRating>,
    /// Average round trip between hub and participant.
    pub rtt_average_ms: Option<u32>,
    /// The longest one.
    pub rtt_worst_ms: Option<u32>,
    /// From the participant.
    pub received: DirectionQuality,
    /// To the participant.
    pub sent: DirectionQuality,
}

/// The quality of one direction of a stay. Zero where nothing went that way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectionQuality {
    /// How long it was good.
    pub good_seconds: u32,
    /// How long it was ok.
    pub ok_seconds: u32,
    /// How long it was bad.
    pub bad_seconds: u32,
    /// Payload bits a second, on average.
    pub bits_average: u32,
    /// The largest share of packets lost in one sample, in millionths.
    pub loss_worst_ppm: u32,
    /// Average jitter.
    pub jitter_average_ms: u32,
    /// The largest jitter.
    pub jitter_worst_ms: u32,
    /// Pictures a second, on average while there were any.
    pub frame_rate_average: u32,
    /// Height of the largest camera picture, in pixels.
    pub picture_height: u32,
    /// How long pictures stood still.
    pub frozen_ms: u32,
    /// Share of the sound that was made up for what was missing, in millionths.
    pub concealed_ppm: u32,
}

impl DirectionQuality {
    /// How long it could be rated.
    #[must_use]
    pub fn rated_seconds(&self) -> u32 {
        self.good_seconds + self.ok_seconds + self.bad_seconds
    }
}

impl LegQuality {
    /// What stands in the call record itself.
    pub(crate) fn without_directions(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            rating: row.get("rating")?,
            rtt_average_ms: row.get("rtt_average_ms")?,
            rtt_worst_ms: row.get("rtt_worst_ms")?,
            ..Self::default()
        })
    }
}

struct Direction(MediaDirection, DirectionQuality);

impl FromRow for Direction {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let quality = DirectionQuality {
            good_seconds: row.get("good_seconds")?,
            ok_seconds: row.get("ok_seconds")?,
            bad_seconds: row.get("bad_seconds")?,
            bits_average: row.get("bits_average")?,
            loss_worst_ppm: row.get("loss_worst_ppm")?,
            jitter_average_ms: row.get("jitter_average_ms")?,
            jitter_worst_ms: row.get("jitter_worst_ms")?,
            frame_rate_average: row.get("frame_rate_average")?,
            picture_height: row.get("picture_height")?,
            frozen_ms: row.get("frozen_ms")?,
            concealed_ppm: row.get("concealed_ppm")?,
        };
        Ok(Self(row.get("direction")?, quality))
    }
}

/// Writes the directions in which something went.
pub(crate) async fn insert(
    tx: &mut Tx,
    participant: ParticipantId,
    quality: &LegQuality,
) -> Result<(), Error> {
    for (direction, quality) in [
        (MediaDirection::Received, &quality.received),
        (MediaDirection::Sent, &quality.sent),
    ] {
        if *quality == DirectionQuality::default() {
            continue;
        }
        tx.sql(
            "INSERT INTO call_quality (participant_id, direction, good_seconds, ok_seconds,
                bad_seconds, bits_average, loss_worst_ppm, jitter_average_ms, jitter_worst_ms,
                frame_rate_average, picture_height, frozen_ms, concealed_ppm)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(participant)
        .bind(direction)
        .bind(quality.good_seconds)
        .bind(quality.ok_seconds)
        .bind(quality.bad_seconds)
        .bind(quality.bits_average)
        .bind(quality.loss_worst_ppm)
        .bind(quality.jitter_average_ms)
        .bind(quality.jitter_worst_ms)
        .bind(quality.frame_rate_average)
        .bind(quality.picture_height)
        .bind(quality.frozen_ms)
        .bind(quality.concealed_ppm)
        .execute()
        .await?;
    }
    Ok(())
}

/// Puts what was written of a stay's directions into `quality`.
pub(crate) async fn read_directions(
    connection: &mut impl Connection,
    participant: ParticipantId,
    quality: &mut LegQuality,
) -> Result<(), Error> {
    let directions: Vec<Direction> = connection
        .sql("SELECT * FROM call_quality WHERE participant_id = $1")
        .bind(participant)
        .all()
        .await?;
    for Direction(direction, read) in directions {
        match direction {
            MediaDirection::Received => quality.received = read,
            MediaDirection::Sent => quality.sent = read,
        }
    }
    Ok(())
}

/// Meetings and calls of a while, and how good they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Conferences with at least two calls.
    pub meetings: u32,
    /// Stays in which something was sent or received.
    pub calls: u32,
    /// Of these, rated good.
    pub good: u32,
    /// Rated ok.
    pub ok: u32,
    /// Rated bad.
    pub bad: u32,
}

impl FromRow for Counts {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            meetings: row.get("meetings")?,
            calls: row.get("calls")?,
            good: row.get("good")?,
            ok: row.get("ok")?,
            bad: row.get("bad")?,
        })
    }
}

/// `$organisation` narrows whose calls are counted. Counted by conference
/// first, then together, so that each row is read once.
macro_rules! counts {
    ($organisation:literal) => {
        concat!(
            "SELECT COUNT(CASE WHEN calls >= 2 THEN 1 END) AS meetings,
                CAST(COALESCE(SUM(calls), 0) AS BIGINT) AS calls,
                CAST(COALESCE(SUM(good), 0) AS BIGINT) AS good,
                CAST(COALESCE(SUM(ok), 0) AS BIGINT) AS ok,
                CAST(COALESCE(SUM(bad), 0) AS BIGINT) AS bad
             FROM (SELECT COUNT(*) AS calls,
                    COUNT(CASE WHEN rating = 'good' THEN 1 END) AS good,
                    COUNT(CASE WHEN rating = 'ok' THEN 1 END) AS ok,
                    COUNT(CASE WHEN rating = 'bad' THEN 1 END) AS bad
                FROM call_records
                WHERE started_at >= $1 AND started_at < $2
                    AND packets_received + packets_sent > 0",
            $organisation,
            " GROUP BY conference_id) conferences"
        )
    };
}

/// Counts what began from `from` to before `to`: of one organisation's rooms,
/// or of all.
///
/// # Errors
/// [`Error::Engine`].
pub async fn counts(
    connection: &mut impl Connection,
    organisation: Option<&OrganisationCode>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Counts, Error> {
    let statement = match organisation {
        None => connection.sql(counts!("")),
        Some(_) => connection.sql(counts!(" AND organisation_code = $3")),
    };
    let statement = statement.bind(from).bind(to);
    match organisation {
        None => statement.one().await,
        Some(code) => statement.bind(code).one().await,
    }
}
