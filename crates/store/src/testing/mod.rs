//! Runs the same test on both engines, each time on a database of its own.
//!
//! ```ignore
//! vdx_store::both_engines! {
//!     async fn an_organisation_is_found_again(test: TestDb) {
//!         let mut tx = test.db.begin().await.unwrap();
//!         …
//!     }
//! }
//! ```
//!
//! PostgreSQL is looked for at `TEST_POSTGRES_URL`, by default
//! `postgres://postgres@127.0.0.1/postgres`; each test gets a schema of its
//! own there, which is dropped when it ends.

#![expect(
    clippy::expect_used,
    reason = "for tests alone, which stop when their rig fails"
)]

mod explain;
mod many;

use std::future::Future;

use tempfile::TempDir;
use uuid::Uuid;
use vdx_domain::SystemClock;

use crate::{DatabaseUrl, Db, EngineKind, Sealer};

pub use explain::Explainer;
pub use many::{IdleRooms, ManyRooms, analyze};

/// Where tests look for PostgreSQL unless told otherwise.
const POSTGRES: &str = "postgres://postgres@127.0.0.1/postgres";

/// A database for one test.
#[derive(Debug)]
pub struct TestDb {
    /// Open and up to date.
    pub db: Db,
    /// Its address, to open it a second time.
    pub url: DatabaseUrl,
    /// The address as text, as it stands in a configuration.
    pub url_text: String,
    /// Seals with a key of its own.
    pub sealer: Sealer,
    /// A folder that goes when the test ends.
    pub folder: TempDir,
}

/// The address of an empty database of its own; for PostgreSQL a new schema.
fn fresh(engine: EngineKind, folder: &TempDir) -> (String, Option<String>) {
    match engine {
        EngineKind::Sqlite => (
            format!("sqlite://{}", folder.path().join("vdx.db").display()),
            None,
        ),
        EngineKind::Postgres => {
            let server = server();
            let schema = format!("test_{}", Uuid::new_v4().simple());
            let joint = if server.contains('?') { '&' } else { '?' };
            (
                format!("{server}{joint}options=-csearch_path%3D{schema}"),
                Some(schema),
            )
        }
    }
}

fn server() -> String {
    std::env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| POSTGRES.to_owned())
}

async fn on_server(statement: String) {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(&server())
        .await
        .expect("PostgreSQL is not reachable: start it, or name another in TEST_POSTGRES_URL");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("the schema of the test");
}

/// Runs a test on a fresh database and takes the database away, whether the
/// test passed or not. Called by [`both_engines!`](crate::both_engines).
pub fn run<F>(engine: EngineKind, test: impl FnOnce(TestDb) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let (url_text, schema) = fresh(engine, &folder);
            if let Some(schema) = &schema {
                on_server(format!("CREATE SCHEMA {schema}")).await;
            }
            let url = DatabaseUrl::parse(&url_text, folder.path()).expect("an address");
            let db = Db::open(&url, &SystemClock).await.expect("a database");
            let sealer = Sealer::open(&folder.path().join("secret.key")).expect("a key");
            let held = db.clone();
            let ended = tokio::spawn(test(TestDb {
                db,
                url,
                url_text,
                sealer,
                folder,
            }))
            .await;
            held.close().await;
            if let Some(schema) = &schema {
                on_server(format!("DROP SCHEMA {schema} CASCADE")).await;
            }
            if let Err(error) = ended {
                std::panic::resume_unwind(error.into_panic());
            }
        });
}

/// Makes two tests of each function: on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($test:ident: TestDb) $body:block)+) => {
        $(
            mod $name {
                use super::*;

                async fn body($test: $crate::testing::TestDb) $body

                $(#[$meta])*
                #[test]
                fn sqlite() {
                    $crate::testing::run($crate::EngineKind::Sqlite, body);
                }

                $(#[$meta])*
                #[test]
                fn postgres() {
                    $crate::testing::run($crate::EngineKind::Postgres, body);
                }
            }
        )+
    };
}
