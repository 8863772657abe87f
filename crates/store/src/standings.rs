//! What participants of conferences that are going on are, and what is switched
//! off for them: a restart must neither give back what a host took, nor have
//! somebody heard who is not.

use vdx_domain::{ConferenceId, ParticipantId, ParticipantRole};

use crate::{Connection, Error, FromRow, Row, Tx};

/// How one participant stands in the conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// As what; a host may have changed it.
    pub role: ParticipantRole,
    /// Its owner switched the microphone off at the hub.
    pub microphone_off_by_owner: bool,
    /// A host or the room switched the microphone off.
    pub microphone_off_by_host: bool,
    /// The microphone is off in the participant's own client.
    pub client_muted: bool,
    /// The camera is not passed on.
    pub video_muted: bool,
    /// A host switched the camera off.
    pub video_off_by_host: bool,
    /// A host took presentations away.
    pub presentation_denied: bool,
}

/// Whose standing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParticipantStanding {
    /// Who.
    pub participant: ParticipantId,
    /// In which conference.
    pub conference: ConferenceId,
    /// How.
    pub standing: Standing,
}

impl Standing {
    /// Of somebody for whom nothing is switched off.
    #[must_use]
    pub fn free(role: ParticipantRole) -> Self {
        Self {
            role,
            microphone_off_by_owner: false,
            microphone_off_by_host: false,
            client_muted: false,
            video_muted: false,
            video_off_by_host: false,
            presentation_denied: false,
        }
    }
}

impl FromRow for ParticipantStanding {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            participant: row.get("participant_id")?,
            conference: row.get("conference_id")?,
            standing: Standing {
                role: row.get("role")?,
                microphone_off_by_owner: row.get("microphone_off_by_owner")?,
                microphone_off_by_host: row.get("microphone_off_by_host")?,
                client_muted: row.get("client_muted")?,
                video_muted: row.get("video_muted")?,
                video_off_by_host: row.get("video_off_by_host")?,
                presentation_denied: row.get("presentation_denied")?,
            },
        })
    }
}

/// Remembers how somebody stands now.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remember(tx: &mut Tx, whose: &ParticipantStanding) -> Result<(), Error> {
    let standing = whose.standing;
    tx.sql(
        "INSERT INTO standings (participant_id, conference_id, role,
             microphone_off_by_owner, microphone_off_by_host, client_muted,
             video_muted, video_off_by_host, presentation_denied)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (participant_id) DO UPDATE SET role = excluded.role,
             microphone_off_by_owner = excluded.microphone_off_by_owner,
             microphone_off_by_host = excluded.microphone_off_by_host,
             client_muted = excluded.client_muted,
             video_muted = excluded.video_muted,
             video_off_by_host = excluded.video_off_by_host,
             presentation_denied = excluded.presentation_denied",
    )
    .bind(whose.participant)
    .bind(whose.conference)
    .bind(standing.role)
    .bind(standing.microphone_off_by_owner)
    .bind(standing.microphone_off_by_host)
    .bind(standing.client_muted)
    .bind(standing.video_muted)
    .bind(standing.video_off_by_host)
    .bind(standing.presentation_denied)
    .execute()
    .await
    .map(drop)
}

/// All that are remembered.
///
/// # Errors
/// [`Error::Engine`].
pub async fn all(connection: &mut impl Connection) -> Result<Vec<ParticipantStanding>, Error> {
    connection
        .sql(
            "SELECT participant_id, conference_id, role, microphone_off_by_owner,
                 microphone_off_by_host, client_muted, video_muted, video_off_by_host,
                 presentation_denied
             FROM standings",
        )
        .all()
        .await
}
