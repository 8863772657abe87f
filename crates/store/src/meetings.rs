//! Meetings: who, when and why.

use std::collections::HashMap;

use jiff::Timestamp;
use vdx_domain::{GuestMicrophone, MeetingId, OrganisationCode, ShortId};

use crate::meeting_users::{MeetingUser, MeetingUserId};
use crate::{Connection, EngineKind, Error, FromRow, Row, Tx, meeting_texts};

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
    /// When it was to begin before its start was changed, the last time.
    pub moved_from: Option<Timestamp>,
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
            moved_from: row.get("moved_from")?,
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

impl Meeting {
    /// What free text is looked for in.
    fn searchable(&self) -> String {
        meeting_texts::searchable(&self.subject, self.description.as_deref())
    }
}

/// A label and whose it is.
struct Label(MeetingId, String);

impl FromRow for Label {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("meeting_id")?, row.get("label")?))
    }
}

/// An entry of additional information and whose it is.
struct Entry(MeetingId, Information);

impl FromRow for Entry {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let information = Information {
            key: row.get("info_key")?,
            value: row.get("info_value")?,
        };
        Ok(Self(row.get("meeting_id")?, information))
    }
}

/// Writes a new meeting with its labels and additional information; `creator`
/// and `organizer` are the rows of the people it names.
///
/// `false` means that nothing was written because the id, the short id or the
/// organisation's external id is taken; ask [`exists`] and
/// [`external_id_taken`] which.
///
/// # Errors
/// [`Error::Duplicate`] when a key of the additional information comes twice,
/// otherwise [`Error::Engine`].
pub async fn insert(
    tx: &mut Tx,
    meeting: &Meeting,
    creator: MeetingUserId,
    organizer: MeetingUserId,
) -> Result<bool, Error> {
    let searchable = meeting.searchable();
    let written = tx
        .sql(
            "INSERT INTO meetings (id, organisation_code, subject, description, project_code,
                starts_at, ends_at, created_by, organized_by, created_at, short_id, external_id,
                guest_microphone, guest_pin_required, searchable)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT DO NOTHING",
        )
        .bind(meeting.id)
        .bind(&meeting.organisation)
        .bind(&meeting.subject)
        .bind(meeting.description.as_deref())
        .bind(meeting.project_code.as_deref())
        .bind(meeting.starts_at)
        .bind(meeting.ends_at)
        .bind(creator.0)
        .bind(organizer.0)
        .bind(meeting.created_at)
        .bind(&meeting.short_id)
        .bind(meeting.external_id.as_deref())
        .bind(meeting.guest_microphone)
        .bind(meeting.guest_pin_required)
        .bind(&searchable)
        .execute()
        .await?;
    if written == 0 {
        return Ok(false);
    }
    insert_labels(tx, meeting, organizer).await?;
    insert_information(tx, meeting.id, &meeting.information).await?;
    let organisation = &meeting.organisation;
    meeting_texts::put(tx, meeting.id, organisation, organizer, &searchable).await?;
    Ok(true)
}

/// Writes what can change of a meeting: everything but its id, organisation,
/// creator, short id and external id. `organizer` and `updater` are the rows
/// of the people it names; `None` = changed by nobody a meeting can name.
///
/// # Errors
/// As [`insert`].
pub async fn update(
    tx: &mut Tx,
    meeting: &Meeting,
    organizer: MeetingUserId,
    updater: Option<MeetingUserId>,
) -> Result<(), Error> {
    let searchable = meeting.searchable();
    tx.sql(
        "UPDATE meetings SET subject = $1, description = $2, project_code = $3, starts_at = $4,
            ends_at = $5, organized_by = $6, updated_by = $7, updated_at = $8,
            guest_microphone = $9, guest_pin_required = $10, searchable = $11, moved_from = $12
         WHERE id = $13",
    )
    .bind(&meeting.subject)
    .bind(meeting.description.as_deref())
    .bind(meeting.project_code.as_deref())
    .bind(meeting.starts_at)
    .bind(meeting.ends_at)
    .bind(organizer.0)
    .bind(updater.map(|updater| updater.0))
    .bind(meeting.updated_at)
    .bind(meeting.guest_microphone)
    .bind(meeting.guest_pin_required)
    .bind(&searchable)
    .bind(meeting.moved_from)
    .bind(meeting.id)
    .execute()
    .await?;
    tx.sql("DELETE FROM meeting_labels WHERE meeting_id = $1")
        .bind(meeting.id)
        .execute()
        .await?;
    tx.sql("DELETE FROM meeting_information WHERE meeting_id = $1")
        .bind(meeting.id)
        .execute()
        .await?;
    insert_labels(tx, meeting, organizer).await?;
    insert_information(tx, meeting.id, &meeting.information).await?;
    let organisation = &meeting.organisation;
    meeting_texts::replace(tx, meeting.id, organisation, organizer, &searchable).await
}

async fn insert_labels(
    tx: &mut Tx,
    meeting: &Meeting,
    organizer: MeetingUserId,
) -> Result<(), Error> {
    for (position, label) in (0_i64..).zip(&meeting.labels) {
        tx.sql(
            "INSERT INTO meeting_labels (meeting_id, position, label, organisation_code, organized_by)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(meeting.id)
        .bind(position)
        .bind(label)
        .bind(&meeting.organisation)
        .bind(organizer.0)
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
    Ok(load(connection, &[id]).await?.pop())
}

/// Most labels, and most entries of additional information, that are read with
/// one list of meetings: ten for each of the longest list.
const MOST_WITH_A_LIST: i64 = 100_000;

/// What reads a list of meetings, their labels and their additional
/// information, by a list of ids in JSON.
pub(crate) fn loading(engine: EngineKind) -> [&'static str; 3] {
    macro_rules! listed {
        ($before:literal, $after:literal) => {
            match engine {
                EngineKind::Sqlite => {
                    concat!($before, " IN (SELECT value FROM json_each($1)) ", $after)
                }
                EngineKind::Postgres => concat!(
                    $before,
                    " IN (SELECT json_array_elements_text(CAST($1 AS JSON))) ",
                    $after
                ),
            }
        };
    }
    [
        listed!(
            "SELECT m.*, c.organisation_code AS created_by_organisation, c.email AS created_by_email,
                u.organisation_code AS updated_by_organisation, u.email AS updated_by_email,
                o.organisation_code AS organized_by_organisation, o.email AS organized_by_email
             FROM meetings m
             JOIN meeting_users c ON c.id = m.created_by
             JOIN meeting_users o ON o.id = m.organized_by
             LEFT JOIN meeting_users u ON u.id = m.updated_by
             WHERE m.id",
            "ORDER BY m.starts_at, m.id"
        ),
        listed!(
            "SELECT meeting_id, label FROM meeting_labels WHERE meeting_id",
            "ORDER BY meeting_id, position LIMIT $2"
        ),
        listed!(
            "SELECT meeting_id, info_key, info_value FROM meeting_information WHERE meeting_id",
            "ORDER BY meeting_id, position LIMIT $2"
        ),
    ]
}

/// The meetings with these ids, by their beginning; those that are not there
/// are left out.
///
/// # Errors
/// [`Error::TooMuch`] when they have more labels or additional information than
/// can be read at once, otherwise [`Error::Engine`].
pub async fn load(
    connection: &mut impl Connection,
    ids: &[MeetingId],
) -> Result<Vec<Meeting>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let [meetings, labels, information] = loading(connection.engine());
    let mut found: Vec<Meeting> = connection.sql(meetings).bind_json(&ids)?.all().await?;
    let at: HashMap<MeetingId, usize> = found
        .iter()
        .enumerate()
        .map(|(at, meeting)| (meeting.id, at))
        .collect();
    let rest = MOST_WITH_A_LIST + 1;
    let labels: Vec<Label> = connection
        .sql(labels)
        .bind_json(&ids)?
        .bind(rest)
        .all()
        .await?;
    let entries: Vec<Entry> = connection
        .sql(information)
        .bind_json(&ids)?
        .bind(rest)
        .all()
        .await?;
    if labels.len().max(entries.len()) > MOST_WITH_A_LIST as usize {
        return Err(Error::TooMuch);
    }
    for Label(id, label) in labels {
        if let Some(meeting) = at.get(&id).and_then(|at| found.get_mut(*at)) {
            meeting.labels.push(label);
        }
    }
    for Entry(id, entry) in entries {
        if let Some(meeting) = at.get(&id).and_then(|at| found.get_mut(*at)) {
            meeting.information.push(entry);
        }
    }
    Ok(found)
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
    meeting_texts::remove(tx, id).await?;
    tx.sql("DELETE FROM meetings WHERE id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
