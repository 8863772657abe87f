//! What both engines promise.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, SystemClock};
use vdx_store::testing::TestDb;
use vdx_store::{Connection, DatabaseUrl, Db, EngineKind, Error, FromRow, Row, both_engines};

struct Secret {
    name: String,
    at: Timestamp,
}

impl FromRow for Secret {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            name: row.get("name")?,
            at: row.get("created_at")?,
        })
    }
}

async fn put(db: &Db, name: &str) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    tx.sql("INSERT INTO secrets (name, value_sealed, created_at) VALUES ($1, $2, $3)")
        .bind(name)
        .bind("x")
        .bind(Timestamp::from_millisecond(1_700_000_000_123).unwrap())
        .execute()
        .await?;
    tx.commit().await
}

async fn names(db: &Db) -> Vec<String> {
    let rows: Vec<Secret> = db
        .reader()
        .sql("SELECT name, created_at FROM secrets ORDER BY name")
        .all()
        .await
        .unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

both_engines! {
    async fn what_is_committed_is_read(test: TestDb) {
        put(&test.db, "æøå '\"; --").await.unwrap();
        let row: Secret = test.db.reader().sql("SELECT * FROM secrets").one().await.unwrap();
        assert_eq!(row.name, "æøå '\"; --");
        assert_eq!(row.at.as_millisecond(), 1_700_000_000_123);
    }

    async fn a_dropped_transaction_leaves_nothing(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        tx.sql("INSERT INTO secrets (name, value_sealed, created_at) VALUES ('a', 'x', CAST(1 AS BIGINT))")
            .execute()
            .await
            .unwrap();
        drop(tx);
        assert!(names(&test.db).await.is_empty());
    }

    async fn a_second_row_of_the_same_key_is_a_duplicate(test: TestDb) {
        put(&test.db, "a").await.unwrap();
        assert!(matches!(put(&test.db, "a").await, Err(Error::Duplicate)));
    }

    async fn a_reference_to_nothing_is_refused(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        let written = tx
            .sql("INSERT INTO groups (id, name, kind, parent_id) VALUES ($1, 'x', 'group', $2)")
            .bind(1_i64)
            .bind(99_i64)
            .execute()
            .await;
        assert!(matches!(written, Err(Error::Reference)));
    }

    async fn one_row_that_is_not_there_is_missing(test: TestDb) {
        let row = test.db.reader().sql("SELECT * FROM secrets").one::<Secret>().await;
        assert!(matches!(row, Err(Error::Missing)));
    }

    async fn a_check_under_a_lock_is_still_true_at_the_write(test: TestDb) {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let db = test.db.clone();
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    tx.lock("secrets").await.unwrap();
                    let taken = tx
                        .sql("SELECT * FROM secrets WHERE name = $1")
                        .bind(OrganisationCode("only".to_owned()))
                        .exists()
                        .await
                        .unwrap();
                    if !taken {
                        tx.sql("INSERT INTO secrets (name, value_sealed, created_at) VALUES ('only', 'x', CAST(1 AS BIGINT))")
                            .execute()
                            .await
                            .unwrap();
                    }
                    tx.commit().await.unwrap();
                    !taken
                })
            })
            .collect();
        let mut wrote = 0;
        for writer in writers {
            wrote += usize::from(writer.await.unwrap());
        }
        assert_eq!(wrote, 1);
    }

    async fn opening_a_second_time_changes_nothing(test: TestDb) {
        put(&test.db, "a").await.unwrap();
        let again = Db::open(&test.url, &SystemClock).await.unwrap();
        assert_eq!(names(&again).await, ["a"]);
        assert_eq!(vdx_store::check_migrations(&again).await.unwrap(), 0);
        again.close().await;
    }

    async fn a_database_of_a_newer_program_is_refused(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        tx.sql("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, '9000_tomorrow', 'x', $1)")
            .bind(9000_i64)
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let refused = Db::open(&test.url, &SystemClock).await.unwrap_err();
        assert!(matches!(refused, Error::Newer { .. }), "{refused}");
        assert!(refused.to_string().contains("9000_tomorrow"));
        assert!(vdx_store::check_migrations(&test.db).await.is_err());
    }

    async fn a_migration_with_another_text_is_refused(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        tx.sql("UPDATE schema_migrations SET checksum = 'x' WHERE number = $1")
            .bind(1_i64)
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let refused = Db::open(&test.url, &SystemClock).await.unwrap_err();
        assert!(matches!(refused, Error::Altered(_)), "{refused}");
    }

    async fn starts_at_the_same_time_wait_for_one_another(test: TestDb) {
        let url = match test.db.engine() {
            EngineKind::Sqlite => {
                let file = test.folder.path().join("second.db");
                DatabaseUrl::parse(&format!("sqlite://{}", file.display()), test.folder.path()).unwrap()
            }
            EngineKind::Postgres => {
                // The same schema, emptied.
                let tables: Vec<Table> = test.db.reader()
                    .sql("SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables WHERE table_schema = current_schema()")
                    .all()
                    .await
                    .unwrap();
                let mut tx = test.db.begin().await.unwrap();
                for Table(name) in tables {
                    tx.sql(sqlx::AssertSqlSafe(format!("DROP TABLE {name} CASCADE"))).execute().await.unwrap();
                }
                tx.commit().await.unwrap();
                test.url.clone()
            }
        };
        let starts: Vec<_> = (0..6)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { Db::open(&url, &SystemClock).await })
            })
            .collect();
        for start in starts {
            let db = start.await.unwrap().unwrap();
            put(&db, &uuid::Uuid::new_v4().to_string()).await.unwrap();
            db.close().await;
        }
    }
}

struct Table(String);

impl FromRow for Table {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("name")?))
    }
}

#[test]
fn readers_on_sqlite_cannot_write() {
    vdx_store::testing::run(EngineKind::Sqlite, |test: TestDb| async move {
        let written = test
            .db
            .reader()
            .sql("INSERT INTO secrets (name, value_sealed, created_at) VALUES ('a', 'x', 1)")
            .execute()
            .await;
        assert!(matches!(written, Err(Error::Engine(_))));
    });
}
