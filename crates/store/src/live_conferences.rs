//! The conferences that are going on, as far as a restart must not forget them,
//! and who left them.

use jiff::Timestamp;
use vdx_domain::{ConferenceId, ParticipantId, RoomKey};

use crate::{Connection, Error, FromRow, Row, Tx};

/// A conference that is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveConference {
    /// Which.
    pub id: ConferenceId,
    /// Of which room.
    pub room: RoomKey,
    /// Whether whoever comes has to be let in.
    pub locked: bool,
    /// What hosts said of the guests' microphones; without it, what the room says
    /// holds.
    pub guest_microphones: Option<GuestMicrophones>,
}

/// What a conference says of its guests' microphones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestMicrophones {
    /// Guests come in muted.
    pub muted: bool,
    /// Guests may switch on what a host or the room switched off.
    pub can_unmute: bool,
}

/// Somebody whose stay is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// Who.
    pub participant: ParticipantId,
    /// From which conference.
    pub conference: ConferenceId,
    /// Until when the participant's token is good.
    pub token_until: Timestamp,
}

impl FromRow for LiveConference {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let muted: Option<bool> = row.get("guests_muted")?;
        let can_unmute: Option<bool> = row.get("guests_can_unmute")?;
        let said = muted.zip(can_unmute);
        Ok(Self {
            id: row.get("id")?,
            room: row.get("room")?,
            locked: row.get("locked")?,
            guest_microphones: said
                .map(|(muted, can_unmute)| GuestMicrophones { muted, can_unmute }),
        })
    }
}

impl FromRow for Departure {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            participant: row.get("participant_id")?,
            conference: row.get("conference_id")?,
            token_until: row.get("token_until")?,
        })
    }
}

/// Remembers how a conference is now.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remember(tx: &mut Tx, conference: &LiveConference) -> Result<(), Error> {
    let said = conference.guest_microphones;
    tx.sql(
        "INSERT INTO live_conferences (id, room, locked, guests_muted, guests_can_unmute)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET locked = excluded.locked,
             guests_muted = excluded.guests_muted,
             guests_can_unmute = excluded.guests_can_unmute",
    )
    .bind(conference.id)
    .bind(conference.room)
    .bind(conference.locked)
    .bind(said.map(|said| said.muted))
    .bind(said.map(|said| said.can_unmute))
    .execute()
    .await
    .map(drop)
}

/// Remembers that somebody's stay is over, and nothing else of it.
///
/// # Errors
/// [`Error::Engine`].
pub async fn depart(tx: &mut Tx, departure: &Departure) -> Result<(), Error> {
    tx.sql("DELETE FROM standings WHERE participant_id = $1")
        .bind(departure.participant)
        .execute()
        .await?;
    tx.sql(
        "INSERT INTO departures (participant_id, conference_id, token_until) VALUES ($1, $2, $3)
         ON CONFLICT (participant_id) DO UPDATE SET token_until = excluded.token_until
         WHERE departures.token_until < excluded.token_until",
    )
    .bind(departure.participant)
    .bind(departure.conference)
    .bind(departure.token_until)
    .execute()
    .await
    .map(drop)
}

/// A conference is over: forgets it, and who was in it.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget(tx: &mut Tx, id: ConferenceId) -> Result<(), Error> {
    for text in [
        "DELETE FROM departures WHERE conference_id = $1",
        "DELETE FROM standings WHERE conference_id = $1",
        "DELETE FROM live_conferences WHERE id = $1",
    ] {
        tx.sql(text).bind(id).execute().await?;
    }
    Ok(())
}

/// Forgets those who left and whose tokens have ended at `now`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget_departures(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    tx.sql("DELETE FROM departures WHERE token_until <= $1")
        .bind(now)
        .execute()
        .await
        .map(drop)
}

/// All conferences that were going on.
///
/// # Errors
/// [`Error::Engine`].
pub async fn all(connection: &mut impl Connection) -> Result<Vec<LiveConference>, Error> {
    connection
        .sql("SELECT id, room, locked, guests_muted, guests_can_unmute FROM live_conferences")
        .all()
        .await
}

/// All whose stay is over although their token is good at `now`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn departures(
    connection: &mut impl Connection,
    now: Timestamp,
) -> Result<Vec<Departure>, Error> {
    connection
        .sql(
            "SELECT participant_id, conference_id, token_until FROM departures
             WHERE token_until > $1",
        )
        .bind(now)
        .all()
        .await
}
