//! Brings a database up to date, and refuses one that is ahead of the program.
//!
//! A migration is a file `migrations/NNNN_name.sql`, listed here. It runs on
//! both engines, and is never changed once it has been released. What one
//! engine does in its own way stands in `NNNN_name.sqlite.sql` and
//! `NNNN_name.postgres.sql`, which run after it, and what SQL cannot compute is
//! a [`Fill`], which runs last. All that are
//! missing are applied in one transaction, so a start that fails half way
//! leaves the database as it was; programs that start at the same time wait
//! for one another.

use aws_lc_rs::digest;
use vdx_domain::Clock;

use crate::{Connection, Db, EngineKind, Error, FromRow, Row, Tx, meeting_texts};

struct Migration {
    /// Counted from 1 without gaps.
    number: i64,
    name: &'static str,
    text: &'static str,
    /// What SQLite and what PostgreSQL runs besides.
    own: [&'static str; 2],
    fill: Option<Fill>,
}

/// What a migration has the program compute.
#[derive(Debug, Clone, Copy)]
enum Fill {
    /// The index of texts.
    MeetingTexts,
}

macro_rules! migrations {
    ($($number:literal $name:literal $(by engine, $fill:expr)?,)+) => {
        &[$(Migration {
            number: $number,
            name: $name,
            text: include_str!(concat!("../migrations/", $name, ".sql")),
            own: migrations!(@own $name $(, $fill)?),
            fill: migrations!(@fill $($fill)?),
        },)+]
    };
    (@own $name:literal) => { ["", ""] };
    (@own $name:literal, $fill:expr) => {
        [
            include_str!(concat!("../migrations/", $name, ".sqlite.sql")),
            include_str!(concat!("../migrations/", $name, ".postgres.sql")),
        ]
    };
    (@fill) => { None };
    (@fill $fill:expr) => { $fill };
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_accounts",
    2 "0002_booking",
    3 "0003_call_records",
    4 "0004_outbox_audit",
    5 "0005_clients",
    6 "0006_organisations",
    7 "0007_sms",
    8 "0008_sign_in",
    9 "0009_meeting_search" by engine, Some(Fill::MeetingTexts),
    10 "0010_rooms",
    11 "0011_certificate_sessions",
    12 "0012_pin_tries",
    13 "0013_live_conferences",
    14 "0014_quality",
    15 "0015_links_and_themes",
    16 "0016_connection_tests",
    17 "0017_standings",
    18 "0018_pin_choices",
];

/// A row of the table that remembers what was applied.
struct Applied {
    number: i64,
    name: String,
    checksum: String,
}

impl FromRow for Applied {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            number: row.get("number")?,
            name: row.get("name")?,
            checksum: row.get("checksum")?,
        })
    }
}

/// Applies what is missing.
pub(crate) async fn apply(db: &Db, clock: &dyn Clock) -> Result<(), Error> {
    apply_list(db, clock, MIGRATIONS).await
}

async fn apply_list(db: &Db, clock: &dyn Clock, known: &[Migration]) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    tx.lock("migrations").await?;
    tx.run_script(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
            number BIGINT PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        )",
    )
    .await?;
    let applied = applied(&mut tx).await?;
    compare(&applied, known, db.engine())?;
    for migration in known.iter().skip(applied.len()) {
        run(&mut tx, migration, clock).await?;
    }
    tx.commit().await
}

/// What the database has beyond or apart from what the program knows.
///
/// # Errors
/// [`Error::Newer`], [`Error::Altered`], or [`Error::Engine`] when it cannot be read.
pub async fn check(db: &Db) -> Result<usize, Error> {
    let mut tx = db.begin().await?;
    let table = match db.engine() {
        EngineKind::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
        }
        EngineKind::Postgres => {
            "SELECT table_name FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name = 'schema_migrations'"
        }
    };
    if !tx.sql(table).exists().await? {
        return Ok(MIGRATIONS.len());
    }
    let applied = applied(&mut tx).await?;
    compare(&applied, MIGRATIONS, db.engine())?;
    Ok(MIGRATIONS.len() - applied.len())
}

async fn applied(tx: &mut Tx) -> Result<Vec<Applied>, Error> {
    tx.sql("SELECT number, name, checksum FROM schema_migrations ORDER BY number")
        .all()
        .await
}

fn compare(applied: &[Applied], known: &[Migration], engine: EngineKind) -> Result<(), Error> {
    if let Some(newest) = applied.last()
        && applied.len() > known.len()
    {
        return Err(Error::Newer {
            database: newest.name.clone(),
            program: known.last().map_or("none", |m| m.name).to_owned(),
        });
    }
    for (row, migration) in applied.iter().zip(known) {
        if row.number != migration.number || row.checksum != migration.checksum(engine) {
            return Err(Error::Altered(row.name.clone()));
        }
    }
    Ok(())
}

async fn run(tx: &mut Tx, migration: &Migration, clock: &dyn Clock) -> Result<(), Error> {
    tracing::info!(migration = migration.name, "applying");
    for script in migration.scripts(tx.engine()) {
        tx.run_script(script)
            .await
            .map_err(|source| Error::Migration {
                name: migration.name.to_owned(),
                source,
            })?;
    }
    match migration.fill {
        Some(Fill::MeetingTexts) => meeting_texts::put_all(tx).await?,
        None => {}
    }
    let checksum = migration.checksum(tx.engine());
    tx.sql("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)")
        .bind(migration.number)
        .bind(migration.name)
        .bind(checksum)
        .bind(clock.now())
        .execute()
        .await?;
    Ok(())
}

impl Migration {
    /// What runs on this engine.
    fn scripts(&self, engine: EngineKind) -> impl Iterator<Item = &'static str> {
        let [sqlite, postgres] = self.own;
        let own = match engine {
            EngineKind::Sqlite => sqlite,
            EngineKind::Postgres => postgres,
        };
        [self.text, own].into_iter().filter(|text| !text.is_empty())
    }

    fn checksum(&self, engine: EngineKind) -> String {
        let mut digest = digest::Context::new(&digest::SHA256);
        for script in self.scripts(engine) {
            digest.update(script.as_bytes());
        }
        hex::encode(digest.finish())
    }
}
