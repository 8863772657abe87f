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

/// An empty database. Call [`Database::remove`] at the end.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
    url: String,
    folder: TempDir,
}

#[derive(Debug)]
enum Engine {
    Sqlite,
    Postgres { server: String, schema: String },
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.engine {
            Engine::Sqlite => "sqlite",
            Engine::Postgres { .. } => "postgres",
        })
    }
}

impl Database {
    /// One on each engine that can be had; PostgreSQL only where its server is named.
    ///
    /// # Errors
    /// When a named server does not answer.
    pub async fn all() -> Result<Vec<Self>> {
        let mut databases = vec![Self::sqlite()?];
        match std::env::var(POSTGRES) {
            Ok(server) => databases.push(Self::postgres(server).await?),
            Err(_) => eprintln!("{POSTGRES} names no server: PostgreSQL is not measured"),
        }
        Ok(databases)
    }

    fn sqlite() -> Result<Self> {
        let folder = TempDir::with_prefix("vdx-bench-")?;
        Ok(Self {
            engine: Engine::Sqlite,
            url: format!("sqlite://{}", folder.path().join("vdx.db").display()),
            folder,
        })
    }

    async fn postgres(server: String) -> Result<Self> {
        let schema = format!("bench_{}", uuid::Uuid::new_v4().simple());
        on_server(&server, &format!("CREATE SCHEMA {schema}")).await?;
        let joint = if server.contains('?') { '&' } else { '?' };
        Ok(Self {
            url: format!("{server}{joint}options=-csearch_path%3D{schema}%2Cpublic"),
            engine: Engine::Postgres { server, schema },
            folder: TempDir::with_prefix("vdx-bench-")?,
        })
    }

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
        if let Engine::Postgres { server, schema } = &self.engine {
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
