//! What remains of a conference: one row for each participant's stay.

use jiff::Timestamp;
use vdx_domain::{
    ConferenceId, EndpointKind, LegEnd, OrganisationCode, ParticipantId, ParticipantRole, RoomKey,
};

use crate::{Connection, Error, FromRow, LegQuality, Row, Tx, call_quality};

/// A participant's stay in a conference, from coming in to going. Seen from the
/// hub: *received* is what came from the participant. All its calls together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The session.
    pub conference: ConferenceId,
    /// The room it was held in.
    pub room: RoomKey,
    /// Whose room.
    pub organisation: OrganisationCode,
    /// Which participant; nothing else says who it was.
    pub participant: ParticipantId,
    /// As what.
    pub role: ParticipantRole,
    /// With what.
    pub endpoint: EndpointKind,
    /// Came in, or into the waiting room.
    pub started_at: Timestamp,
    /// Went.
    pub ended_at: Timestamp,
    /// Why it went.
    pub reason: LegEnd,
    /// Payload bytes from the participant.
    pub bytes_received: u64,
    /// Payload bytes to the participant.
    pub bytes_sent: u64,
    /// RTP packets from the participant.
    pub packets_received: u64,
    /// RTP packets to the participant.
    pub packets_sent: u64,
    /// Packets from the participant that did not arrive.
    pub packets_lost_received: u64,
    /// Packets the participant reported as lost.
    pub packets_lost_sent: u64,
    /// How good sound and pictures were.
    pub quality: LegQuality,
}

impl FromRow for CallRecord {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let counted = |column| row.get::<i64>(column).map(i64::unsigned_abs);
        Ok(Self {
            conference: row.get("conference_id")?,
            room: row.get("room")?,
            organisation: row.get("organisation_code")?,
            participant: row.get("participant_id")?,
            role: row.get("role")?,
            endpoint: row.get("endpoint")?,
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
            reason: row.get("reason")?,
            bytes_received: counted("bytes_received")?,
            bytes_sent: counted("bytes_sent")?,
            packets_received: counted("packets_received")?,
            packets_sent: counted("packets_sent")?,
            packets_lost_received: counted("packets_lost_received")?,
            packets_lost_sent: counted("packets_lost_sent")?,
            quality: LegQuality::without_directions(row)?,
        })
    }
}

/// Writes a record.
///
/// # Errors
/// [`Error::Duplicate`] when this stay has a record already, otherwise
/// [`Error::Engine`].
pub async fn insert(tx: &mut Tx, record: &CallRecord) -> Result<(), Error> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    tx.sql(
        "INSERT INTO call_records (participant_id, conference_id, room, organisation_code,
            role, endpoint, started_at, ended_at, reason, bytes_received, bytes_sent,
            packets_received, packets_sent, packets_lost_received, packets_lost_sent,
            rating, rtt_average_ms, rtt_worst_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
            $16, $17, $18)",
    )
    .bind(record.participant)
    .bind(record.conference)
    .bind(record.room)
    .bind(&record.organisation)
    .bind(record.role)
    .bind(record.endpoint)
    .bind(record.started_at)
    .bind(record.ended_at)
    .bind(record.reason)
    .bind(count(record.bytes_received))
    .bind(count(record.bytes_sent))
    .bind(count(record.packets_received))
    .bind(count(record.packets_sent))
    .bind(count(record.packets_lost_received))
    .bind(count(record.packets_lost_sent))
    .bind(record.quality.rating)
    .bind(record.quality.rtt_average_ms)
    .bind(record.quality.rtt_worst_ms)
    .execute()
    .await?;
    call_quality::insert(tx, record.participant, &record.quality).await
}

/// The records of one session, in the order people came.
///
/// # Errors
/// [`Error::Engine`].
pub async fn of_conference(
    connection: &mut impl Connection,
    conference: ConferenceId,
) -> Result<Vec<CallRecord>, Error> {
    let records = connection
        .sql("SELECT * FROM call_records WHERE conference_id = $1 ORDER BY started_at, participant_id")
        .bind(conference)
        .all()
        .await?;
    with_directions(connection, records).await
}

/// The records of one room, in the order people came.
///
/// # Errors
/// [`Error::Engine`].
pub async fn of_room(
    connection: &mut impl Connection,
    room: RoomKey,
) -> Result<Vec<CallRecord>, Error> {
    let records = connection
        .sql("SELECT * FROM call_records WHERE room = $1 ORDER BY started_at, participant_id")
        .bind(room)
        .all()
        .await?;
    with_directions(connection, records).await
}

async fn with_directions(
    connection: &mut impl Connection,
    mut records: Vec<CallRecord>,
) -> Result<Vec<CallRecord>, Error> {
    for record in &mut records {
        call_quality::read_directions(connection, record.participant, &mut record.quality).await?;
    }
    Ok(records)
}
