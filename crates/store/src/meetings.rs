//! Meetings: who, when and why.

use jiff::Timestamp;
use vdx_domain::{GuestMicrophone, MeetingId, OrganisationCode, ShortId};

use crate::meeting_users::{MeetingUser, MeetingUserId};
use crate::{Connection, Error, FromRow, Row, Tx};

/// A meeting with all that belongs to it, except its room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// The organisation it was booked in.
    pub organisation: OrganisationCode,
    /// Up to 100 characters.
    pub subject: String,
    /// Up to 500 characters.
    pub description: Option<String>,
    /// Up to 100 characters.
    pub project_code: Option<String>,
    /// Whole seconds.
    pub starts_at: Timestamp,
    /// Whole seconds.
    pub ends_at: Timestamp,
    /// Who booked it.
    pub created_by: MeetingUser,
    /// Who changed it last.
    pub updated_by: Option<MeetingUser>,
    /// Whose meeting it is.
    pub organized_by: MeetingUser,
    /// When it was booked.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
    /// The end of its short link.
    pub short_id: ShortId,
    /// The booking system's own id, unique in the organisation.
    pub external_id: Option<String>,
    /// How guests come in with their microphone.
    pub guest_microphone: GuestMicrophone,
    /// Whether the short link asks for the PIN.
    pub guest_pin_required: bool,
    /// Free tags, in the order given.
    pub labels: Vec<String>,
    /// Keys and values, in the order given; no key twice.
    pub information: Vec<Information>,
}

/// One entry of a meeting's additional information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Information {
    /// Up to 100 characters.
    pub key: String,
    /// Up to 100 characters.
    pub value: String,
}

/// What a new meeting is written from; the fields mean what they mean in [`Meeting`].
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "documented in Meeting")]
pub struct NewMeeting {
    pub id: MeetingId,
    pub organisation: OrganisationCode,
    pub subject: String,
    pub description: Option<String>,
    pub project_code: Option<String>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub created_by: MeetingUserId,
    pub organized_by: MeetingUserId,
    pub created_at: Timestamp,
    pub short_id: ShortId,
    pub external_id: Option<String>,
    pub guest_microphone: GuestMicrophone,
    pub guest_pin_required: bool,
    pub labels: Vec<String>,
    pub information: Vec<Information>,
}

impl FromRow for Meeting {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            organisation: row.get("organisation_code")?,
            subject: row.get("subject")?,
            description: row.get("description")?,
            project_code: row.get("project_code")?,
            starts_at: row.get("starts_at")?,
            ends_at: row.get("ends_at")?,
            created_by: MeetingUser::required(row, "created_by")?,
            updated_by: MeetingUser::from_columns(row, "updated_by")?,
            organized_by: MeetingUser::required(row, "organized_by")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            short_id: row.get("short_id")?,
            external_id: row.get("external_id")?,
            guest_microphone: row.get("guest_microphone")?,
            guest_pin_required: row.get("guest_pin_required")?,
            labels: Vec::new(),
            information: Vec::new(),
        })
    }
}

struct Label(String);

impl FromRow for Label {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("label")?))
    }
}

impl FromRow for Information {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            key: row.get("info_key")?,
            value: row.get("info_value")?,
        })
    }
}

/// Writes a meeting with its labels and additional information.
///
/// `false` means that nothing was written because the id, the short id or the
/// organisation's external id is taken; ask [`exists`] and
/// [`external_id_taken`] which.
///
/// # Errors
/// [`Error::Duplicate`] when a key of the additional information comes twice,
/// otherwise [`Error::Engine`].
pub async fn insert(tx: &mut Tx, meeting: &NewMeeting) -> Result<bool, Error> {
    let written = tx
        .sql(
            "INSERT INTO meetings (id, organisation_code, subject, description, project_code,
                starts_at, ends_at, created_by, organized_by, created_at, short_id, external_id,
                guest_microphone, guest_pin_required)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT DO NOTHING",
        )
        .bind(meeting.id)
        .bind(&meeting.organisation)
        .bind(&meeting.subject)
        .bind(meeting.description.as_deref())
        .bind(meeting.project_code.as_deref())
        .bind(meeting.starts_at)
        .bind(meeting.ends_at)
        .bind(meeting.created_by.0)
        .bind(meeting.organized_by.0)
        .bind(meeting.created_at)
        .bind(&meeting.short_id)
        .bind(meeting.external_id.as_deref())
        .bind(meeting.guest_microphone)
        .bind(meeting.guest_pin_required)
        .execute()
        .await?;
    if written == 0 {
        return Ok(false);
    }
    insert_labels(tx, meeting.id, &meeting.labels).await?;
    insert_information(tx, meeting.id, &meeting.information).await?;
    Ok(true)
}

async fn insert_labels(tx: &mut Tx, meeting: MeetingId, labels: &[String]) -> Result<(), Error> {
    for (position, label) in (0_i64..).zip(labels) {
        tx.sql("INSERT INTO meeting_labels (meeting_id, position, label) VALUES ($1, $2, $3)")
            .bind(meeting)
            .bind(position)
            .bind(label)
            .execute()
            .await?;
    }
    Ok(())
}

async fn insert_information(
    tx: &mut Tx,
    meeting: MeetingId,
    information: &[Information],
) -> Result<(), Error> {
    for (position, entry) in (0_i64..).zip(information) {
        tx.sql(
            "INSERT INTO meeting_information (meeting_id, position, info_key, info_value)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(meeting)
        .bind(position)
        .bind(&entry.key)
        .bind(&entry.value)
        .execute()
        .await?;
    }
    Ok(())
}

/// Whether there is a meeting with this id.
///
/// # Errors
/// [`Error::Engine`].
pub async fn exists(connection: &mut impl Connection, id: MeetingId) -> Result<bool, Error> {
    connection
        .sql("SELECT id FROM meetings WHERE id = $1")
        .bind(id)
        .exists()
        .await
}

/// Whether the organisation has a meeting with this external id.
///
/// # Errors
/// [`Error::Engine`].
pub async fn external_id_taken(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
    external_id: &str,
) -> Result<bool, Error> {
    connection
        .sql("SELECT id FROM meetings WHERE organisation_code = $1 AND external_id = $2")
        .bind(organisation)
        .bind(external_id)
        .exists()
        .await
}

/// The meeting with this id.
///
/// # Errors
/// [`Error::Engine`].
pub async fn find(
    connection: &mut impl Connection,
    id: MeetingId,
) -> Result<Option<Meeting>, Error> {
    let meeting = connection
        .sql(
            "SELECT m.*, c.organisation_code AS created_by_organisation, c.email AS created_by_email,
                u.organisation_code AS updated_by_organisation, u.email AS updated_by_email,
                o.organisation_code AS organized_by_organisation, o.email AS organized_by_email
             FROM meetings m
             JOIN meeting_users c ON c.id = m.created_by
             JOIN meeting_users o ON o.id = m.organized_by
             LEFT JOIN meeting_users u ON u.id = m.updated_by
             WHERE m.id = $1",
        )
        .bind(id)
        .optional::<Meeting>()
        .await?;
    let Some(mut meeting) = meeting else {
        return Ok(None);
    };
    let labels: Vec<Label> = connection
        .sql("SELECT label FROM meeting_labels WHERE meeting_id = $1 ORDER BY position")
        .bind(id)
        .all()
        .await?;
    meeting.labels = labels.into_iter().map(|label| label.0).collect();
    meeting.information = connection
        .sql(
            "SELECT info_key, info_value FROM meeting_information
             WHERE meeting_id = $1 ORDER BY position",
        )
        .bind(id)
        .all()
        .await?;
    Ok(Some(meeting))
}

struct FoundId(MeetingId);

impl FromRow for FoundId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("id")?))
    }
}

/// The meeting behind a short link.
///
/// # Errors
/// [`Error::Engine`].
pub async fn id_by_short_id(
    connection: &mut impl Connection,
    short_id: &ShortId,
) -> Result<Option<MeetingId>, Error> {
    let found: Option<FoundId> = connection
        .sql("SELECT id FROM meetings WHERE short_id = $1")
        .bind(short_id)
        .optional()
        .await?;
    Ok(found.map(|found| found.0))
}

/// Removes a meeting with its labels and additional information. Its room must
/// be gone before.
///
/// # Errors
/// [`Error::Reference`] when the room is still there, otherwise [`Error::Engine`].
pub async fn delete(tx: &mut Tx, id: MeetingId) -> Result<(), Error> {
    tx.sql("DELETE FROM meetings WHERE id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
