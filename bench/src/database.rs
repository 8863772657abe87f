//! A database for one run: a SQLite file, or a schema of its own on the
//! PostgreSQL server of `BENCH_POSTGRES_URL`.

use std::fmt;

use anyhow::{Context as _, Result};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use vdx_domain::SystemClock;
use vdx_store::{DatabaseUrl, Db};

/// Where the PostgreSQL server to measure on is named.
pub const POSTGRES: &str = "BENCH_POSTGRES_URL";

/// Where databases can be had.
#[derive(Debug)]
pub enum Kind {
    /// In a file.
    Sqlite,
    /// On the server at this address.
    Postgres(String),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        })
    }
}

impl Kind {
    /// All that can be had here; PostgreSQL only where its server is named.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut kinds = vec![Self::Sqlite];
        match std::env::var(POSTGRES) {
            Ok(server) => kinds.push(Self::Postgres(server)),
            Err(_) => eprintln!("{POSTGRES} names no server: PostgreSQL is not measured"),
        }
        kinds
    }

    /// An empty database.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn create(&self) -> Result<Database> {
        let folder = TempDir::with_prefix("vdx-bench-")?;
        let Self::Postgres(server) = self else {
            return Ok(Database {
                url: format!("sqlite://{}", folder.path().join("vdx.db").display()),
                schema: None,
                folder,
            });
        };
        let schema = format!("bench_{}", uuid::Uuid::new_v4().simple());
        on_server(server, &format!("CREATE SCHEMA {schema}")).await?;
        let joint = if server.contains('?') { '&' } else { '?' };
        Ok(Database {
            url: format!("{server}{joint}options=-csearch_path%3D{schema}%2Cpublic"),
            schema: Some((server.clone(), schema)),
            folder,
        })
    }
}

/// An empty database. Call [`Database::remove`] at the end.
#[derive(Debug)]
pub struct Database {
    url: String,
    /// Server and schema.
    schema: Option<(String, String)>,
    folder: TempDir,
}

impl Database {
    /// The address, as it stands in a configuration.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens it beside the hub.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(&self) -> Result<Db> {
        let url = DatabaseUrl::parse(&self.url, self.folder.path())?;
        Ok(Db::open(&url, &SystemClock).await?)
    }

    /// Takes it away.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn remove(self) -> Result<()> {
        if let Some((server, schema)) = &self.schema {
            on_server(server, &format!("DROP SCHEMA {schema} CASCADE")).await?;
        }
        Ok(())
    }
}

async fn on_server(server: &str, statement: &str) -> Result<()> {
    let mut connection = PgConnection::connect(server).await.context(POSTGRES)?;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await?;
    Ok(())
}
