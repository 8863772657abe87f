//! A statement being put together and run.

use serde::Serialize;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{PgConnection, PgPool, Postgres, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool};

use super::{FromRow, Row, Value};
use crate::Error;

/// A statement on a connection, with the values bound so far.
#[must_use = "a statement does nothing until it is run"]
pub struct Statement<'c>(Inner<'c>, Plans<'c>);

/// Where the plan of an explained statement goes; `None` for every other.
type Plans<'c> = Option<&'c mut Vec<String>>;

enum Inner<'c> {
    Sqlite(Query<'c, Sqlite, SqliteArguments>, SqliteTarget<'c>),
    Postgres(Query<'c, Postgres, PgArguments>, PostgresTarget<'c>),
}

enum SqliteTarget<'c> {
    Pool(&'c SqlitePool),
    Connection(&'c mut SqliteConnection),
}

enum PostgresTarget<'c> {
    Pool(&'c PgPool),
    Connection(&'c mut PgConnection),
}

impl<'c> Statement<'c> {
    pub(super) fn on_sqlite_pool(pool: &'c SqlitePool, text: impl SqlSafeStr) -> Self {
        Self(
            Inner::Sqlite(sqlx::query(text), SqliteTarget::Pool(pool)),
            None,
        )
    }

    pub(super) fn on_sqlite(connection: &'c mut SqliteConnection, text: impl SqlSafeStr) -> Self {
        Self(
            Inner::Sqlite(sqlx::query(text), SqliteTarget::Connection(connection)),
            None,
        )
    }

    pub(super) fn on_postgres_pool(pool: &'c PgPool, text: impl SqlSafeStr) -> Self {
        Self(
            Inner::Postgres(sqlx::query(text), PostgresTarget::Pool(pool)),
            None,
        )
    }

    pub(super) fn on_postgres(connection: &'c mut PgConnection, text: impl SqlSafeStr) -> Self {
        Self(
            Inner::Postgres(sqlx::query(text), PostgresTarget::Connection(connection)),
            None,
        )
    }

    /// Makes this, a statement that explains another, put what it tells into
    /// `plans` instead of giving it as rows.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn explaining(self, plans: &'c mut Vec<String>) -> Self {
        Self(self.0, Some(plans))
    }

    /// Binds the next value.
    pub fn bind(self, value: impl Into<Value>) -> Self {
        let bound = match (self.0, value.into()) {
            (Inner::Sqlite(query, target), Value::Text(v)) => Inner::Sqlite(query.bind(v), target),
            (Inner::Sqlite(query, target), Value::Integer(v)) => {
                Inner::Sqlite(query.bind(v), target)
            }
            (Inner::Sqlite(query, target), Value::Flag(v)) => Inner::Sqlite(query.bind(v), target),
            (Inner::Postgres(query, target), Value::Text(v)) => {
                Inner::Postgres(query.bind(v), target)
            }
            (Inner::Postgres(query, target), Value::Integer(v)) => {
                Inner::Postgres(query.bind(v), target)
            }
            (Inner::Postgres(query, target), Value::Flag(v)) => {
                Inner::Postgres(query.bind(v), target)
            }
        };
        Self(bound, self.1)
    }

    /// Binds the next value as JSON.
    ///
    /// # Errors
    /// [`Error::Unwritable`] when the value has no JSON form.
    pub fn bind_json(self, value: &impl Serialize) -> Result<Self, Error> {
        let text = serde_json::to_string(value).map_err(Error::Unwritable)?;
        Ok(self.bind(text))
    }

    /// Runs it and gives the number of rows it changed.
    ///
    /// # Errors
    /// [`Error::Duplicate`], [`Error::Reference`] or [`Error::Engine`].
    pub async fn execute(self) -> Result<u64, Error> {
        if self.1.is_some() {
            return self.rows().await.map(|_| 0);
        }
        Ok(match self.0 {
            Inner::Sqlite(query, SqliteTarget::Pool(pool)) => {
                query.execute(pool).await?.rows_affected()
            }
            Inner::Sqlite(query, SqliteTarget::Connection(connection)) => {
                query.execute(connection).await?.rows_affected()
            }
            Inner::Postgres(query, PostgresTarget::Pool(pool)) => {
                query.execute(pool).await?.rows_affected()
            }
            Inner::Postgres(query, PostgresTarget::Connection(connection)) => {
                query.execute(connection).await?.rows_affected()
            }
        })
    }

    /// All rows. The statement must limit how many there can be.
    ///
    /// # Errors
    /// As [`Statement::execute`], and [`Error::Unreadable`].
    pub async fn all<T: FromRow>(self) -> Result<Vec<T>, Error> {
        self.rows().await?.iter().map(T::from_row).collect()
    }

    /// All rows, read by `read`: for rows that are no aggregate of their own.
    /// The statement must limit how many there can be.
    ///
    /// # Errors
    /// As [`Statement::all`].
    pub async fn all_with<T>(
        self,
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.rows().await?.iter().map(read).collect()
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Statement::all`].
    pub async fn optional<T: FromRow>(self) -> Result<Option<T>, Error> {
        self.row().await?.as_ref().map(T::from_row).transpose()
    }

    /// The first row.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none; else as [`Statement::all`].
    pub async fn one<T: FromRow>(self) -> Result<T, Error> {
        self.optional().await?.ok_or(Error::Missing)
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// As [`Statement::execute`].
    pub async fn exists(self) -> Result<bool, Error> {
        Ok(self.row().await?.is_some())
    }

    async fn rows(self) -> Result<Vec<Row>, Error> {
        let rows = Self::fetch(self.0).await?;
        let Some(plans) = self.1 else {
            return Ok(rows);
        };
        let steps: Vec<String> = rows.iter().map(Row::plan_step).collect::<Result<_, _>>()?;
        plans.push(steps.join("\n"));
        Ok(Vec::new())
    }

    async fn fetch(statement: Inner<'c>) -> Result<Vec<Row>, Error> {
        let sqlite = |rows: Vec<SqliteRow>| rows.into_iter().map(Row::Sqlite).collect();
        let postgres = |rows: Vec<PgRow>| rows.into_iter().map(Row::Postgres).collect();
        Ok(match statement {
            Inner::Sqlite(query, SqliteTarget::Pool(pool)) => sqlite(query.fetch_all(pool).await?),
            Inner::Sqlite(query, SqliteTarget::Connection(connection)) => {
                sqlite(query.fetch_all(connection).await?)
            }
            Inner::Postgres(query, PostgresTarget::Pool(pool)) => {
                postgres(query.fetch_all(pool).await?)
            }
            Inner::Postgres(query, PostgresTarget::Connection(connection)) => {
                postgres(query.fetch_all(connection).await?)
            }
        })
    }

    async fn row(self) -> Result<Option<Row>, Error> {
        if self.1.is_some() {
            return self.rows().await.map(|_| None);
        }
        Ok(match self.0 {
            Inner::Sqlite(query, SqliteTarget::Pool(pool)) => {
                query.fetch_optional(pool).await?.map(Row::Sqlite)
            }
            Inner::Sqlite(query, SqliteTarget::Connection(connection)) => {
                query.fetch_optional(connection).await?.map(Row::Sqlite)
            }
            Inner::Postgres(query, PostgresTarget::Pool(pool)) => {
                query.fetch_optional(pool).await?.map(Row::Postgres)
            }
            Inner::Postgres(query, PostgresTarget::Connection(connection)) => {
                query.fetch_optional(connection).await?.map(Row::Postgres)
            }
        })
    }
}
