//! The two engines behind one face.

mod address;
mod row;
mod statement;
mod value;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool, Postgres, SqlSafeStr, Sqlite, SqlitePool};
use tokio::sync::Notify;
use vdx_domain::Clock;

use crate::audit::{self, NewRecord};
use crate::{Error, migrations};

pub use address::DatabaseUrl;
pub use row::{Column, FromRow, Row};
pub use statement::Statement;
pub use value::Value;

/// Connections that read at the same time on SQLite.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 10;
/// How long a caller waits for a free connection or for SQLite's write lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection to PostgreSQL that was used so shortly before is taken to be alive.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// Rows SQLite's thread reads ahead: lists are markedly quicker than with the default of 50.
const SQLITE_ROWS_AHEAD: usize = 500;

/// Which engine is behind a [`Db`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// An open database, up to date. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pools: Pools,
    bells: Arc<Bells>,
}

/// Rung when a transaction that wrote such rows has been committed here. Other
/// nodes ring only their own, so who waits for one also looks from time to time.
#[derive(Debug, Default)]
pub struct Bells {
    /// The outbox has new messages.
    pub outbox: Notify,
    /// The audit trail has new records.
    pub audit: Notify,
}

#[derive(Debug, Clone)]
enum Pools {
    /// SQLite has one writer at a time: a pool of one, so that writers queue
    /// here instead of failing there.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens the database, makes it when it is a file that does not exist, and
    /// applies the migrations it lacks.
    ///
    /// # Errors
    /// [`Error::Newer`] when a newer program migrated it, [`Error::Altered`]
    /// and [`Error::Migration`] when a migration does not fit, otherwise
    /// [`Error::Engine`].
    pub async fn open(url: &DatabaseUrl, clock: &dyn Clock) -> Result<Self, Error> {
        let db = Self::connect(url).await?;
        migrations::apply(&db, clock).await?;
        Ok(db)
    }

    /// Opens the database as it is, without migrating: for `vdx check`.
    ///
    /// # Errors
    /// [`Error::Engine`] when it cannot be reached.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, Error> {
        match url {
            DatabaseUrl::Sqlite(options) => Self::connect_sqlite(options).await,
            DatabaseUrl::Postgres(options) => Self::connect_postgres(options).await,
        }
        .map(|pools| Self {
            pools,
            bells: Arc::default(),
        })
    }

    async fn connect_sqlite(options: &SqliteConnectOptions) -> Result<Pools, Error> {
        let options = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            // With FULL the log is flushed at each commit: what was answered
            // survives a power cut, not only the end of the process.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .row_buffer_size(SQLITE_ROWS_AHEAD);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone().create_if_missing(true))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(PATIENCE)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Pools::Sqlite { read, write })
    }

    async fn connect_postgres(options: &PgConnectOptions) -> Result<Pools, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            // A connection in steady use is not asked first whether it still
            // answers: that would be a round trip more for every transaction.
            .test_before_acquire(false)
            .before_acquire(|connection, used| {
                Box::pin(async move {
                    if used.idle_for < TRUSTED_IDLE {
                        return Ok(true);
                    }
                    // A connection that died is replaced by a new one.
                    Ok(connection.ping().await.is_ok())
                })
            })
            .connect_with(options.clone().application_name("vdx"))
            .await?;
        Ok(Pools::Postgres(pool))
    }

    /// Which engine this is.
    #[must_use]
    pub fn engine(&self) -> EngineKind {
        match self.pools {
            Pools::Sqlite { .. } => EngineKind::Sqlite,
            Pools::Postgres(_) => EngineKind::Postgres,
        }
    }

    /// For single reads: each statement sees the last committed state.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader(self.clone())
    }

    /// Begins a transaction that may write. Dropping it without
    /// [`Tx::commit`] undoes it.
    ///
    /// On SQLite the write lock is taken at once, so what the transaction
    /// reads cannot change under it. On PostgreSQL (READ COMMITTED) a check
    /// before a write needs [`Tx::lock`].
    ///
    /// # Errors
    /// [`Error::Engine`] when no connection is to be had within 10 s.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let inner = match &self.pools {
            Pools::Sqlite { write, .. } => {
                TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            inner,
            bells: Arc::clone(&self.bells),
            rings: Rings::default(),
            audit: Vec::new(),
        })
    }

    /// What is rung after a commit.
    #[must_use]
    pub fn bells(&self) -> &Bells {
        &self.bells
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Engine`] when it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.reader()
            .sql("SELECT CAST(1 AS BIGINT)")
            .exists()
            .await
            .map(drop)
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Something a statement can be run on: a [`Reader`] or a [`Tx`].
pub trait Connection: Send {
    /// A statement, with `$1`, `$2`… for the values bound to it in order.
    fn sql(&mut self, text: impl SqlSafeStr) -> Statement<'_>;

    /// Which engine it runs on, for the few statements that differ.
    fn engine(&self) -> EngineKind;
}

/// Reads outside a transaction. Writing through it fails on SQLite.
#[derive(Debug, Clone)]
pub struct Reader(Db);

impl Connection for Reader {
    fn sql(&mut self, text: impl SqlSafeStr) -> Statement<'_> {
        match &self.0.pools {
            Pools::Sqlite { read, .. } => Statement::on_sqlite_pool(read, text),
            Pools::Postgres(pool) => Statement::on_postgres_pool(pool, text),
        }
    }

    fn engine(&self) -> EngineKind {
        self.0.engine()
    }
}

/// A transaction.
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
    bells: Arc<Bells>,
    rings: Rings,
    /// Records for the audit trail, written together right before the commit.
    audit: Vec<NewRecord>,
}

/// Which bells a transaction rings when it is committed.
#[derive(Debug, Default)]
struct Rings {
    outbox: bool,
}

#[derive(Debug)]
enum TxInner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Connection for Tx {
    fn sql(&mut self, text: impl SqlSafeStr) -> Statement<'_> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => Statement::on_sqlite(tx, text),
            TxInner::Postgres(tx) => Statement::on_postgres(tx, text),
        }
    }

    fn engine(&self) -> EngineKind {
        match self.inner {
            TxInner::Sqlite(_) => EngineKind::Sqlite,
            TxInner::Postgres(_) => EngineKind::Postgres,
        }
    }
}

impl Tx {
    /// Keeps what was written. When this returns, it survives power loss.
    ///
    /// # Errors
    /// [`Error::Engine`]; whether it was kept is then unknown.
    pub async fn commit(mut self) -> Result<(), Error> {
        let records = std::mem::take(&mut self.audit);
        audit::write(&mut self, &records).await?;
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        if self.rings.outbox {
            self.bells.outbox.notify_one();
        }
        if !records.is_empty() {
            self.bells.audit.notify_one();
        }
        Ok(())
    }

    /// Rings for the outbox when this is committed.
    pub(crate) fn ring_for_outbox(&mut self) {
        self.rings.outbox = true;
    }

    /// Puts a record into the audit trail with the commit.
    pub(crate) fn record(&mut self, record: NewRecord) {
        self.audit.push(record);
    }

    /// Waits until no other transaction holds the lock of this name, and holds
    /// it until this one ends. Take it before a check that must still be true
    /// when the row is written (a free number, say). Nothing is to be done on
    /// SQLite, where one transaction writes at a time.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn lock(&mut self, name: &str) -> Result<(), Error> {
        if let TxInner::Postgres(_) = self.inner {
            self.sql("SELECT CAST(1 AS BIGINT) AS one FROM (SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || $1, 0))) AS held")
                .bind(name)
                .execute()
                .await?;
        }
        Ok(())
    }

    /// Keeps everybody else from writing booked rooms until this transaction
    /// ends, for a check over them that must still be true when another table
    /// is written. Nothing is to be done on SQLite, where one transaction writes
    /// at a time.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub(crate) async fn hold_rooms(&mut self) -> Result<(), Error> {
        if let TxInner::Postgres(_) = self.inner {
            self.sql("LOCK TABLE scheduling_infos IN SHARE ROW EXCLUSIVE MODE")
                .execute()
                .await?;
        }
        Ok(())
    }

    /// Runs several statements at once, without values: for migrations.
    pub(crate) async fn run_script(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop),
            TxInner::Postgres(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop),
        }
    }
}
