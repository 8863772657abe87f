//! How the engines would run the store's statements.

use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::pool::{self, Wanted};
use crate::{Connection, Db, EngineKind, Error, Reader, Statement};

/// A connection that runs nothing: each statement is explained, and finds
/// nothing. Load enough rows and call [`analyze`](super::analyze) before, or
/// the engine takes a scan for the shortest way.
#[derive(Debug)]
pub struct Explainer {
    reader: Reader,
    plans: Vec<String>,
}

impl Explainer {
    /// For statements on this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self {
            reader: db.reader(),
            plans: Vec::new(),
        }
    }

    /// Explains how [`pool::take`] finds its room, which it does in a transaction.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn take_from_pool(&mut self, wanted: Wanted<'_>) -> Result<(), Error> {
        pool::find_free(self, wanted).await.map(drop)
    }

    /// The plans of the statements since the last time, a line a step.
    pub fn plans(&mut self) -> Vec<String> {
        std::mem::take(&mut self.plans)
    }
}

impl Connection for Explainer {
    fn sql(&mut self, text: impl SqlSafeStr) -> Statement<'_> {
        let explain = match self.engine() {
            EngineKind::Sqlite => "EXPLAIN QUERY PLAN",
            EngineKind::Postgres => "EXPLAIN",
        };
        let text = format!("{explain} {}", text.into_sql_str().as_str());
        self.reader
            .sql(AssertSqlSafe(text))
            .explaining(&mut self.plans)
    }

    fn engine(&self) -> EngineKind {
        self.reader.engine()
    }
}
