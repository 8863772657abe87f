//! The index of free text: which meetings hold a piece of text in subject or
//! description.
//!
//! A text is cut into all its runs of three characters, as trigram indexes do.
//! Each run is kept together with the organisation it was written in, as one
//! number. So a search reads only what its own organisation wrote: it takes as
//! long for the thousandth meeting of the country as for the millionth, and a
//! word that everybody uses costs an organisation no more than its own use of
//! it. The numbers are found by a GIN index of PostgreSQL, and by FTS5 in
//! SQLite. Two runs may share a number: what is found is a candidate, and
//! whoever asks compares the text itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use uuid::Uuid;
use vdx_domain::{MeetingId, OrganisationCode};

use crate::meeting_users::MeetingUserId;
use crate::{Connection, EngineKind, Error, FromRow, Row, Tx};

/// Characters in a run.
const RUN: usize = 3;
/// Most runs of one search; the text itself is compared in full.
const MOST_SOUGHT: usize = 32;
/// Stands between subject and description, so that nothing is found across them.
const BETWEEN: char = '\u{1f}';

/// What can be looked for in: `subject` and `description` in lower case.
pub(crate) fn searchable(subject: &str, description: Option<&str>) -> String {
    let description = description.unwrap_or_default();
    format!("{subject}{BETWEEN}{description}").to_lowercase()
}

/// A piece of text to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    folded: String,
}

impl Sought {
    /// Upper and lower case mean the same. `None` for what no meeting can hold.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let possible = !text.is_empty() && !text.contains(['\0', BETWEEN]);
        possible.then(|| Self {
            folded: text.to_lowercase(),
        })
    }

    /// Whether the index can be asked: it knows nothing of shorter pieces.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.folded.chars().count() >= RUN
    }

    /// A pattern for `LIKE … ESCAPE '\'`.
    pub(crate) fn pattern(&self) -> String {
        let mut pattern = String::from("%");
        for character in self.folded.chars() {
            if matches!(character, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('%');
        pattern
    }

    /// What to ask the index for: meetings of `organisation`, and where one is
    /// given only those of `organizer`.
    pub(crate) fn query(
        &self,
        engine: EngineKind,
        organisation: &OrganisationCode,
        organizer: Option<MeetingUserId>,
    ) -> String {
        let runs = runs(organisation, &self.folded);
        // Evenly from all over the text: a rare one among them is enough.
        let step = runs.len().div_ceil(MOST_SOUGHT).max(1);
        let mut numbers: BTreeSet<u32> = runs.into_iter().step_by(step).collect();
        numbers.extend(organizer.map(person));
        write(engine, &numbers)
    }
}

/// The numbers of all runs of a text, in the order they stand there.
fn runs(organisation: &OrganisationCode, text: &str) -> Vec<u32> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .windows(RUN)
        .filter(|run| !run.contains(&BETWEEN))
        .map(|run| {
            let mut buffer = [0; 4];
            let mut hash = Fnv::new();
            hash.add(organisation.0.as_bytes());
            for character in run {
                hash.add(character.encode_utf8(&mut buffer).as_bytes());
            }
            hash.end()
        })
        .collect()
}

/// The number that stands for the organiser.
fn person(id: MeetingUserId) -> u32 {
    let mut hash = Fnv::new();
    hash.add(id.0.as_bytes());
    hash.end()
}

/// FNV-1a with 64 bits, folded to 32. The numbers are kept in the database, so
/// this must stay as it is.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a part, and a byte that no text has after it.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn end(&self) -> u32 {
        let [high @ .., a, b, c, d] = self.0.to_be_bytes();
        u32::from_be_bytes(high) ^ u32::from_be_bytes([a, b, c, d])
    }
}

/// Numbers as the engine's index reads them: words for FTS5, a list for PostgreSQL.
fn write(engine: EngineKind, numbers: &BTreeSet<u32>) -> String {
    let mut text = String::with_capacity(numbers.len() * 12 + 2);
    for number in numbers {
        if !text.is_empty() {
            text.push(if engine == EngineKind::Sqlite {
                ' '
            } else {
                ','
            });
        }
        // Writing to a String cannot fail.
        let _ = match engine {
            EngineKind::Sqlite => write!(text, "x{number:08x}"),
            // PostgreSQL's integers have a sign.
            EngineKind::Postgres => write!(text, "{}", number.cast_signed()),
        };
    }
    match engine {
        EngineKind::Sqlite => text,
        EngineKind::Postgres => format!("{{{text}}}"),
    }
}

/// What the database keeps of a meeting's text, for those who write meetings by
/// the million: the benchmarks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// `meetings.searchable`.
    pub searchable: String,
    /// `meeting_texts.runs`, as the engine reads it.
    pub runs: String,
}

impl Indexed {
    /// Of a meeting of `organisation`; `organizer` is the row of its organiser.
    #[must_use]
    pub fn new(
        engine: EngineKind,
        organisation: &OrganisationCode,
        organizer: Uuid,
        subject: &str,
        description: Option<&str>,
    ) -> Self {
        let searchable = searchable(subject, description);
        let runs = entry(engine, organisation, MeetingUserId(organizer), &searchable);
        Self { searchable, runs }
    }
}

/// What stands in the index for a text, as the engine reads it.
fn entry(
    engine: EngineKind,
    organisation: &OrganisationCode,
    organizer: MeetingUserId,
    searchable: &str,
) -> String {
    let mut numbers: BTreeSet<u32> = runs(organisation, searchable).into_iter().collect();
    numbers.insert(person(organizer));
    write(engine, &numbers)
}

struct Number(i64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("number")?))
    }
}

/// Puts a meeting into the index, in place of what stands there for it.
pub(crate) async fn replace(
    tx: &mut Tx,
    id: MeetingId,
    organisation: &OrganisationCode,
    organizer: MeetingUserId,
    searchable: &str,
) -> Result<(), Error> {
    remove(tx, id).await?;
    put(tx, id, organisation, organizer, searchable).await
}

/// Puts a meeting into the index that is not there, or was taken out.
pub(crate) async fn put(
    tx: &mut Tx,
    id: MeetingId,
    organisation: &OrganisationCode,
    organizer: MeetingUserId,
    searchable: &str,
) -> Result<(), Error> {
    let numbers = entry(tx.engine(), organisation, organizer, searchable);
    match tx.engine() {
        EngineKind::Sqlite => {
            let Number(number) = tx
                .sql(
                    "INSERT INTO meeting_numbers (meeting_id) VALUES ($1)
                     ON CONFLICT (meeting_id) DO UPDATE SET meeting_id = excluded.meeting_id
                     RETURNING number",
                )
                .bind(id)
                .one()
                .await?;
            tx.sql("INSERT INTO meeting_texts (rowid, runs) VALUES ($1, $2)")
                .bind(number)
                .bind(numbers)
                .execute()
                .await?;
        }
        EngineKind::Postgres => {
            tx.sql(
                "INSERT INTO meeting_texts (meeting_id, runs)
                 VALUES ($1, CAST(CAST($2 AS TEXT) AS INTEGER[]))
                 ON CONFLICT (meeting_id) DO UPDATE SET runs = excluded.runs",
            )
            .bind(id)
            .bind(numbers)
            .execute()
            .await?;
        }
    }
    Ok(())
}

/// Takes a meeting out of the index, before its row goes.
pub(crate) async fn remove(tx: &mut Tx, id: MeetingId) -> Result<(), Error> {
    // In PostgreSQL the row goes with its meeting, and an index row is replaced.
    if tx.engine() == EngineKind::Sqlite {
        tx.sql(
            "DELETE FROM meeting_texts
             WHERE rowid = (SELECT number FROM meeting_numbers WHERE meeting_id = $1)",
        )
        .bind(id)
        .execute()
        .await?;
    }
    Ok(())
}

struct Unindexed {
    id: MeetingId,
    organisation: OrganisationCode,
    organizer: MeetingUserId,
    searchable: String,
}

impl FromRow for Unindexed {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let subject: String = row.get("subject")?;
        let description: Option<String> = row.get("description")?;
        Ok(Self {
            id: row.get("id")?,
            organisation: row.get("organisation_code")?,
            organizer: MeetingUserId(row.get("organized_by")?),
            searchable: searchable(&subject, description.as_deref()),
        })
    }
}

/// Puts all meetings into the index: for the migration that makes it.
pub(crate) async fn put_all(tx: &mut Tx) -> Result<(), Error> {
    const BATCH: i64 = 1000;
    let mut last = String::new();
    loop {
        let batch: Vec<Unindexed> = tx
            .sql(
                "SELECT id, organisation_code, organized_by, subject, description FROM meetings
                 WHERE id > $1 ORDER BY id LIMIT $2",
            )
            .bind(&last)
            .bind(BATCH)
            .all()
            .await?;
        let Some(end) = batch.last() else {
            return Ok(());
        };
        last = end.id.to_string();
        for meeting in &batch {
            tx.sql("UPDATE meetings SET searchable = $1 WHERE id = $2")
                .bind(&meeting.searchable)
                .bind(meeting.id)
                .execute()
                .await?;
            put(
                tx,
                meeting.id,
                &meeting.organisation,
                meeting.organizer,
                &meeting.searchable,
            )
            .await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(code: &str) -> OrganisationCode {
        OrganisationCode(code.into())
    }

    #[test]
    fn case_does_not_matter_also_not_for_danish_letters() {
        let text = searchable("ÆBLE på Ærø", Some("ÅRSMØDE"));
        assert_eq!(text, "æble på ærø\u{1f}årsmøde");
        assert_eq!(Sought::new("ÆRØ").unwrap().pattern(), "%ærø%");
    }

    #[test]
    fn what_is_special_in_a_pattern_is_only_a_character() {
        assert_eq!(Sought::new(r"100%_\x").unwrap().pattern(), r"%100\%\_\\x%");
    }

    #[test]
    fn what_no_meeting_can_hold_is_not_looked_for() {
        for text in ["", "a\0b", "a\u{1f}b"] {
            assert_eq!(Sought::new(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_index_knows_three_characters_and_more() {
        for (text, indexed) in [("ab", false), ("æø", false), ("abc", true), ("æøå", true)] {
            assert_eq!(Sought::new(text).unwrap().is_indexed(), indexed, "{text}");
        }
    }

    #[test]
    fn what_a_text_holds_is_among_its_runs() {
        let region = organisation("region");
        let all: BTreeSet<u32> = runs(&region, &searchable("Konsultation hos lægen", None))
            .into_iter()
            .collect();
        for piece in ["kon", "tion hos", "lægen", "n"] {
            let piece: BTreeSet<u32> = runs(&region, piece).into_iter().collect();
            assert!(all.is_superset(&piece));
        }
        let elsewhere: BTreeSet<u32> = runs(&organisation("town"), "konsultation")
            .into_iter()
            .collect();
        assert!(all.is_disjoint(&elsewhere));
    }

    #[test]
    fn nothing_runs_from_the_subject_into_the_description() {
        let region = organisation("region");
        assert_eq!(
            runs(&region, &searchable("abc", Some("def"))),
            [runs(&region, "abc"), runs(&region, "def")].concat()
        );
    }

    #[test]
    fn the_numbers_stay_as_they_are() {
        // They stand in databases.
        let known = runs(&organisation("region"), "abc");
        assert_eq!(known, [1_270_693_792]);
        assert_eq!(
            write(EngineKind::Sqlite, &BTreeSet::from([1, u32::MAX])),
            "x00000001 xffffffff"
        );
        assert_eq!(
            write(EngineKind::Postgres, &BTreeSet::from([1, u32::MAX])),
            "{1,-1}"
        );
    }

    #[test]
    fn a_long_text_is_asked_for_by_some_of_its_runs() {
        let text: String = ('a'..='z').cycle().take(500).collect();
        let text = format!("{text}{}", "0123456789".repeat(10));
        let query = Sought::new(&text)
            .unwrap()
            .query(EngineKind::Sqlite, &organisation("o"), None);
        assert!(query.split(' ').count() <= MOST_SOUGHT);
    }
}
