//! Finding meetings. Each way to search is one statement that an index serves;
//! a test reads the engines' plans.

use jiff::Timestamp;
#[cfg(any(test, feature = "testing"))]
use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr;
use vdx_domain::{MeetingId, OrganisationCode, RoomAddress};

use crate::meeting_texts::Sought;
use crate::meeting_users::MeetingUserId;
use crate::{Connection, EngineKind, Error, FromRow, Row, Statement, Value};

/// Most meetings a search finds. One more than these is given when there are
/// more.
pub const MOST_FOUND: usize = 10_000;

/// One more, to know that there are more.
const LIMIT: i64 = MOST_FOUND as i64 + 1;

/// Whose meetings are searched.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// All of an organisation.
    Organisation(&'a OrganisationCode),
    /// Those of one organiser.
    Organizer {
        /// The organiser's organisation.
        organisation: &'a OrganisationCode,
        /// The organiser.
        id: MeetingUserId,
    },
}

impl Scope<'_> {
    fn value(self) -> Value {
        match self {
            Self::Organisation(code) => code.into(),
            Self::Organizer { id, .. } => id.0.into(),
        }
    }
}

/// Meetings that begin after one instant and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    after: i64,
    before: i64,
}

impl Window {
    /// All meetings.
    pub const ALL: Self = Self {
        after: i64::MIN,
        before: i64::MAX,
    };

    /// The bounds do not belong to it.
    #[must_use]
    pub fn between(after: Timestamp, before: Timestamp) -> Self {
        Self {
            after: after.as_millisecond(),
            before: before.as_millisecond(),
        }
    }

    /// The bounds belong to it.
    #[must_use]
    pub fn from_to(from: Timestamp, to: Timestamp) -> Self {
        Self {
            after: from.as_millisecond() - 1,
            before: to.as_millisecond() + 1,
        }
    }
}

/// What meetings are searched by.
#[derive(Debug, Clone, Copy)]
pub enum Criterion<'a> {
    /// One of the labels is exactly this.
    Label(&'a str),
    /// The subject is exactly this, in whatever window.
    Subject(&'a str),
    /// Who organises it; somebody in the scope.
    Organizer(MeetingUserId),
    /// It begins in the window.
    Start,
    /// Subject or description hold this, by the index of texts.
    TextByIndex(&'a Sought),
    /// The same, by looking into each meeting of scope and window.
    TextByLooking(&'a Sought),
}

/// A statement and what is bound to it.
struct Asked {
    text: &'static str,
    values: Vec<Value>,
}

/// The text for either scope: `{before}{column} = $1{after}`.
macro_rules! in_scope {
    ($scope:expr, $before:literal, $after:literal) => {
        match $scope {
            Scope::Organisation(_) => concat!($before, "organisation_code = $1", $after),
            Scope::Organizer { .. } => concat!($before, "organized_by = $1", $after),
        }
    };
}

impl Asked {
    fn new(engine: EngineKind, scope: Scope<'_>, criterion: Criterion<'_>, window: Window) -> Self {
        let mut values = vec![scope.value(), window.after.into(), window.before.into()];
        let text = match criterion {
            Criterion::Label(label) => {
                values.push(label.into());
                // The index holds the beginning of a label: PostgreSQL's keys
                // have a limit, and labels may be longer.
                in_scope!(
                    scope,
                    "SELECT DISTINCT m.id FROM meeting_labels l JOIN meetings m ON m.id = l.meeting_id
                     WHERE l.",
                    " AND SUBSTR(l.label, 1, 100) = SUBSTR($4, 1, 100) AND l.label = $4
                     AND m.starts_at > $2 AND m.starts_at < $3 LIMIT $5"
                )
            }
            Criterion::Subject(subject) => {
                // Without the window, which would make another index look better.
                values = vec![scope.value(), subject.into()];
                in_scope!(
                    scope,
                    "SELECT id FROM meetings WHERE ",
                    " AND subject = $2 LIMIT $3"
                )
            }
            Criterion::Organizer(organizer) => {
                values[0] = organizer.0.into();
                "SELECT id FROM meetings
                 WHERE organized_by = $1 AND starts_at > $2 AND starts_at < $3 LIMIT $4"
            }
            Criterion::Start => in_scope!(
                scope,
                "SELECT id FROM meetings WHERE ",
                " AND starts_at > $2 AND starts_at < $3 LIMIT $4"
            ),
            Criterion::TextByLooking(sought) => {
                values.push(sought.pattern().into());
                in_scope!(
                    scope,
                    "SELECT id FROM meetings WHERE ",
                    r" AND starts_at > $2 AND starts_at < $3 AND searchable LIKE $4 ESCAPE '\' LIMIT $5"
                )
            }
            Criterion::TextByIndex(sought) => {
                let (organisation, organizer) = match scope {
                    Scope::Organisation(code) => (code, None),
                    Scope::Organizer { organisation, id } => (organisation, Some(id)),
                };
                values.push(sought.pattern().into());
                values.push(sought.query(engine, organisation, organizer).into());
                text_by_index(engine, scope)
            }
        };
        values.push(LIMIT.into());
        Self { text, values }
    }
}

/// The index is asked first, and its candidates are looked at: neither engine
/// may think better of it (`CROSS JOIN` and `OFFSET 0` say so).
fn text_by_index(engine: EngineKind, scope: Scope<'_>) -> &'static str {
    match engine {
        EngineKind::Sqlite => in_scope!(
            scope,
            "SELECT m.id FROM meeting_texts t CROSS JOIN meeting_numbers n CROSS JOIN meetings m
             WHERE n.number = t.rowid AND m.id = n.meeting_id AND meeting_texts MATCH $5 AND m.",
            r" AND m.starts_at > $2 AND m.starts_at < $3 AND m.searchable LIKE $4 ESCAPE '\' LIMIT $6"
        ),
        EngineKind::Postgres => in_scope!(
            scope,
            "SELECT m.id FROM (
                SELECT meeting_id FROM meeting_texts
                WHERE runs @> CAST(CAST($5 AS TEXT) AS INTEGER[]) OFFSET 0
             ) t JOIN meetings m ON m.id = t.meeting_id WHERE m.",
            r" AND m.starts_at > $2 AND m.starts_at < $3 AND m.searchable LIKE $4 ESCAPE '\' LIMIT $6"
        ),
    }
}

struct FoundId(MeetingId);

impl FromRow for FoundId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("id")?))
    }
}

struct Count(i64);

impl FromRow for Count {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("number")?))
    }
}

fn ask<'c>(
    connection: &'c mut impl Connection,
    text: impl SqlSafeStr,
    values: Vec<Value>,
) -> Statement<'c> {
    values
        .into_iter()
        .fold(connection.sql(text), Statement::bind)
}

/// The meetings of the scope, in the window, that meet the criterion: up to
/// [`MOST_FOUND`] and one, in no order.
///
/// # Errors
/// [`Error::Engine`].
pub async fn ids(
    connection: &mut impl Connection,
    scope: Scope<'_>,
    criterion: Criterion<'_>,
    window: Window,
) -> Result<Vec<MeetingId>, Error> {
    let asked = Asked::new(connection.engine(), scope, criterion, window);
    let found: Vec<FoundId> = ask(connection, asked.text, asked.values).all().await?;
    Ok(found.into_iter().map(|found| found.0).collect())
}

/// The meetings of the scope, in the window, that hold a text; `None` when it
/// is too short to be looked for among so many meetings.
///
/// Where the window holds few meetings, each is looked into: that takes no
/// longer than [`MOST_FOUND`] of them. Otherwise the index is asked, which does
/// not know texts shorter than three characters.
///
/// # Errors
/// [`Error::Engine`].
pub async fn ids_with_text(
    connection: &mut impl Connection,
    scope: Scope<'_>,
    sought: &Sought,
    window: Window,
) -> Result<Option<Vec<MeetingId>>, Error> {
    let asks_index = sought.is_indexed() && window == Window::ALL;
    let criterion = if !asks_index && holds_few(connection, scope, window).await? {
        Criterion::TextByLooking(sought)
    } else if sought.is_indexed() {
        Criterion::TextByIndex(sought)
    } else {
        return Ok(None);
    };
    ids(connection, scope, criterion, window).await.map(Some)
}

async fn holds_few(
    connection: &mut impl Connection,
    scope: Scope<'_>,
    window: Window,
) -> Result<bool, Error> {
    let text = in_scope!(
        scope,
        "SELECT COUNT(*) AS number FROM (SELECT 1 AS one FROM meetings WHERE ",
        " AND starts_at > $2 AND starts_at < $3 LIMIT $4) AS counted"
    );
    let Count(number) = connection
        .sql(text)
        .bind(scope.value())
        .bind(window.after)
        .bind(window.before)
        .bind(LIMIT)
        .one()
        .await?;
    Ok(number < LIMIT)
}

/// The meetings, in the window, whose room has or had this address: up to
/// [`MOST_FOUND`] and one, in no order. Without a scope, everybody's.
///
/// # Errors
/// [`Error::Engine`].
pub async fn ids_at(
    connection: &mut impl Connection,
    address: &RoomAddress,
    scope: Option<Scope<'_>>,
    window: Window,
) -> Result<Vec<MeetingId>, Error> {
    let asked = Asked::at(address, scope, window);
    let found: Vec<FoundId> = ask(connection, asked.text, asked.values).all().await?;
    Ok(found.into_iter().map(|found| found.0).collect())
}

/// How a room is looked up.
#[derive(Debug, Clone, Copy)]
pub enum RoomName<'a> {
    /// By its whole address.
    Address(&'a str),
    /// By number or chosen name, in whatever domain; while the room has it.
    Number(&'a str),
}

/// The text for a room's name with or without a scope:
/// `{column} = $1 AND {scope} = $2{after}`.
macro_rules! by_room {
    ($column:literal and $scope:literal, $after:literal) => {
        concat!(
            "SELECT m.id FROM scheduling_infos s JOIN meetings m ON m.id = s.meeting_id WHERE ",
            $column,
            " = $1",
            $scope,
            $after
        )
    };
    ($scope:expr, $column:literal, $after:literal) => {
        match $scope {
            None => by_room!($column and "", $after),
            Some(Scope::Organisation(_)) => {
                by_room!($column and " AND m.organisation_code = $2", $after)
            }
            Some(Scope::Organizer { .. }) => by_room!($column and " AND m.organized_by = $2", $after),
        }
    };
}

/// The live room first, then the one that was made last.
macro_rules! best_room {
    ($scope:expr, $column:literal) => {
        by_room!(
            $scope,
            $column,
            " ORDER BY CASE WHEN s.number_folded IS NULL THEN 1 ELSE 0 END, s.created_at DESC, s.id DESC
             LIMIT 1"
        )
    };
}

/// The meeting in the room of this name: in the live one, and when none is
/// live in the one that was made last. With a scope, rooms of other meetings do
/// not count.
///
/// # Errors
/// [`Error::Engine`].
pub async fn id_by_room(
    connection: &mut impl Connection,
    name: RoomName<'_>,
    scope: Option<Scope<'_>>,
) -> Result<Option<MeetingId>, Error> {
    let asked = Asked::room(name, scope);
    let found: Option<FoundId> = ask(connection, asked.text, asked.values).optional().await?;
    Ok(found.map(|found| found.0))
}

impl Asked {
    fn room(name: RoomName<'_>, scope: Option<Scope<'_>>) -> Self {
        let (text, name) = match name {
            RoomName::Address(address) => (best_room!(scope, "s.address_folded"), address),
            RoomName::Number(number) => (best_room!(scope, "LOWER(s.uri_without_domain)"), number),
        };
        let mut values = vec![name.to_lowercase().into()];
        values.extend(scope.map(Scope::value));
        Self { text, values }
    }

    fn at(address: &RoomAddress, scope: Option<Scope<'_>>, window: Window) -> Self {
        let text = match scope {
            None => {
                by_room!("s.address_folded" and "", " AND m.starts_at > $2 AND m.starts_at < $3 LIMIT $4")
            }
            Some(_) => by_room!(
                scope,
                "s.address_folded",
                " AND m.starts_at > $3 AND m.starts_at < $4 LIMIT $5"
            ),
        };
        let mut values = vec![address.folded().into()];
        values.extend(scope.map(Scope::value));
        values.extend([window.after.into(), window.before.into(), LIMIT.into()]);
        Self { text, values }
    }
}

/// How the engine would go about a search, for tests.
#[cfg(any(test, feature = "testing"))]
pub mod plan {
    use super::*;
    use crate::meetings;

    struct Step(String);

    impl FromRow for Step {
        fn from_row(row: &Row) -> Result<Self, Error> {
            let column = match row {
                Row::Sqlite(_) => "detail",
                Row::Postgres(_) => "QUERY PLAN",
            };
            Ok(Self(row.get(column)?))
        }
    }

    async fn of(connection: &mut impl Connection, asked: Asked) -> Result<String, Error> {
        let explain = match connection.engine() {
            EngineKind::Sqlite => "EXPLAIN QUERY PLAN",
            EngineKind::Postgres => "EXPLAIN",
        };
        let text = AssertSqlSafe(format!("{explain} {}", asked.text));
        let steps: Vec<Step> = ask(connection, text, asked.values).all().await?;
        Ok(steps.into_iter().map(|step| step.0 + "\n").collect())
    }

    /// Of [`ids`](super::ids).
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn ids(
        connection: &mut impl Connection,
        scope: Scope<'_>,
        criterion: Criterion<'_>,
        window: Window,
    ) -> Result<String, Error> {
        let asked = Asked::new(connection.engine(), scope, criterion, window);
        of(connection, asked).await
    }

    /// Of [`meetings::load`](crate::meetings::load).
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn load(
        connection: &mut impl Connection,
        ids: &[MeetingId],
    ) -> Result<String, Error> {
        let ids = serde_json::to_string(ids).map_err(Error::Unwritable)?;
        let mut plan = String::new();
        for (text, rest) in meetings::loading(connection.engine())
            .into_iter()
            .zip([0, 1, 1])
        {
            let values = [Value::from(ids.as_str()), LIMIT.into()];
            let values = values.into_iter().take(1 + rest).collect();
            plan += &of(connection, Asked { text, values }).await?;
        }
        Ok(plan)
    }

    /// Of [`ids_at`](super::ids_at).
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn ids_at(
        connection: &mut impl Connection,
        address: &RoomAddress,
        scope: Option<Scope<'_>>,
        window: Window,
    ) -> Result<String, Error> {
        of(connection, Asked::at(address, scope, window)).await
    }

    /// Of [`id_by_room`](super::id_by_room).
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn id_by_room(
        connection: &mut impl Connection,
        name: RoomName<'_>,
        scope: Option<Scope<'_>>,
    ) -> Result<String, Error> {
        of(connection, Asked::room(name, scope)).await
    }
}
