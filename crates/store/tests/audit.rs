//! The audit trail, the outbox and leases, on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use vdx_domain::{
    Agent, AuditOperation, AuditResource, OrganisationCode, SystemClock, SystemRandomness,
};
use vdx_store::audit::{self, Chain, Flaw, NewRecord, ReadLog, change};
use vdx_store::leases::Lease;
use vdx_store::testing::TestDb;
use vdx_store::{Connection as _, both_engines, outbox};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn record(identifier: &str, second: i64) -> NewRecord {
    NewRecord {
        at: at(second),
        organisation: OrganisationCode("region".into()),
        agent: Agent {
            id: "client:x".into(),
            email: Some("me@example.org".into()),
            organisation: Some(OrganisationCode("region".into())),
            address: Some("192.0.2.1".parse().unwrap()),
        },
        resource: AuditResource::Meeting,
        operation: AuditOperation::Create,
        identifier: identifier.into(),
        details: change(None, Some(&json!({ "subject": "Talk" }))),
    }
}

async fn write(test: &TestDb, records: &[NewRecord]) {
    let mut tx = test.db.begin().await.unwrap();
    for record in records {
        audit::append(&mut tx, record.clone());
    }
    tx.commit().await.unwrap();
}

async fn chain(test: &TestDb) -> Chain {
    Chain::open(
        test.db.clone(),
        &test.sealer,
        &SystemRandomness,
        &SystemClock,
    )
    .await
    .unwrap()
}

/// A chain of five records, and what was done to the table afterwards.
async fn verified_after(test: &TestDb, tampering: &'static str) -> Result<i64, Flaw> {
    let chain = chain(test).await;
    for n in 0..5 {
        write(test, &[record(&n.to_string(), n)]).await;
    }
    chain.extend().await.unwrap();
    assert_eq!(chain.verify(at(10)).await.unwrap().records, 5);
    let mut tx = test.db.begin().await.unwrap();
    tx.sql(tampering).execute().await.unwrap();
    tx.commit().await.unwrap();
    chain.verify(at(10)).await.map(|verified| verified.records)
}

both_engines! {
    async fn records_are_chained_in_order_and_read_back(test: TestDb) {
        let chain = chain(&test).await;
        write(&test, &[record("b", 2), record("a", 1)]).await;
        assert_eq!(chain.extend().await.unwrap(), 2);
        assert_eq!(chain.extend().await.unwrap(), 0);
        write(&test, &[record("c", 0)]).await;
        assert_eq!(chain.extend().await.unwrap(), 1);

        let mut reader = test.db.reader();
        let records = audit::chained_after(&mut reader, 0, 10).await.unwrap();
        let order: Vec<&str> = records.iter().map(|r| &*r.identifier).collect();
        assert_eq!(order, ["a", "b", "c"]);
        assert_eq!(records[0].origin.as_deref(), Some("192.0.2.1"));
        let details: serde_json::Value = serde_json::from_str(&records[0].details).unwrap();
        assert_eq!(details, json!({ "before": null, "after": { "subject": "Talk" } }));
        assert_eq!(audit::of(&mut reader, "c").await.unwrap().len(), 1);

        let verified = chain.verify(at(10)).await.unwrap();
        assert_eq!((verified.records, verified.unchained), (3, 0));
        assert_eq!(Some(verified.head), records[2].chain_hash);
    }

    async fn a_rolled_back_change_leaves_no_record(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        audit::append(&mut tx, record("a", 1));
        drop(tx);
        assert_eq!(chain(&test).await.extend().await.unwrap(), 0);
    }

    async fn a_changed_record_is_found(test: TestDb) {
        let sql = "UPDATE audit_records SET details = '{}' WHERE identifier = '3'";
        assert!(matches!(
            verified_after(&test, sql).await,
            Err(Flaw::Changed { position: 4, .. })
        ));
    }

    async fn an_emptied_column_is_found(test: TestDb) {
        let sql = "UPDATE audit_records SET origin = NULL WHERE identifier = '0'";
        assert!(matches!(
            verified_after(&test, sql).await,
            Err(Flaw::Changed { position: 1, .. })
        ));
    }

    async fn a_removed_record_is_found(test: TestDb) {
        let sql = "DELETE FROM audit_records WHERE identifier = '1'";
        assert!(matches!(
            verified_after(&test, sql).await,
            Err(Flaw::Missing(2))
        ));
    }

    async fn two_records_that_changed_places_are_found(test: TestDb) {
        let sql = "UPDATE audit_records SET chain_position = CASE chain_position
            WHEN 2 THEN 13 WHEN 3 THEN 12 ELSE chain_position END";
        // SQLite and PostgreSQL check uniqueness row by row, hence the way over free places.
        let second = "UPDATE audit_records SET chain_position = chain_position - 10
            WHERE chain_position > 10";
        assert!(verified_after(&test, sql).await.is_err());
        let mut tx = test.db.begin().await.unwrap();
        tx.sql(second).execute().await.unwrap();
        tx.commit().await.unwrap();
        let found = chain(&test).await.verify(at(10)).await;
        assert!(matches!(found, Err(Flaw::Changed { position: 2, .. })), "{found:?}");
    }

    async fn a_record_taken_out_of_the_chain_is_found_after_ten_minutes(test: TestDb) {
        let sql = "UPDATE audit_records SET chain_position = NULL, chain_hash = NULL
            WHERE chain_position = 5";
        assert_eq!(verified_after(&test, sql).await.unwrap(), 4);
        let found = chain(&test).await.verify(at(4 + 601)).await;
        assert!(matches!(found, Err(Flaw::Unchained(when)) if when == at(4)));
    }

    async fn another_key_makes_no_chain_that_holds(test: TestDb) {
        write(&test, &[record("a", 1)]).await;
        chain(&test).await.extend().await.unwrap();
        let mut tx = test.db.begin().await.unwrap();
        tx.sql("DELETE FROM secrets WHERE name = 'audit_chain'").execute().await.unwrap();
        tx.commit().await.unwrap();
        assert!(chain(&test).await.verify(at(10)).await.is_err());
    }

    async fn many_writers_and_chainers_make_one_chain(test: TestDb) {
        let chain = chain(&test).await;
        let writers: Vec<_> = (0..20)
            .map(|writer: i64| {
                let (db, chain) = (test.db.clone(), chain.clone());
                tokio::spawn(async move {
                    for n in 0..10 {
                        let mut tx = db.begin().await.unwrap();
                        audit::append(&mut tx, record(&format!("{writer}-{n}"), n));
                        tx.commit().await.unwrap();
                        chain.extend().await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        while chain.extend().await.unwrap() > 0 {}
        assert_eq!(chain.verify(at(20)).await.unwrap().records, 200);
    }

    async fn readings_are_kept_before_they_are_answered(test: TestDb) {
        let log = ReadLog::start(test.db.clone());
        let readers: Vec<_> = (0..50)
            .map(|n| {
                let (log, db) = (log.clone(), test.db.clone());
                tokio::spawn(async move {
                    let id = format!("read-{n}");
                    log.append(record(&id, n)).await.unwrap();
                    audit::of(&mut db.reader(), &id).await.unwrap().len()
                })
            })
            .collect();
        for reader in readers {
            assert_eq!(reader.await.unwrap(), 1);
        }
    }

    async fn a_lease_has_one_holder_until_it_runs_out(test: TestDb) {
        let (mine, yours) = (
            Lease::new("job", Duration::from_secs(10)),
            Lease::new("job", Duration::from_secs(10)),
        );
        assert!(mine.hold(&test.db, at(0)).await.unwrap());
        assert!(!yours.hold(&test.db, at(9)).await.unwrap());
        assert!(mine.hold(&test.db, at(9)).await.unwrap());
        assert!(!yours.hold(&test.db, at(18)).await.unwrap());
        assert!(yours.hold(&test.db, at(19)).await.unwrap());
        assert!(!mine.hold(&test.db, at(20)).await.unwrap());
        yours.release(&test.db).await.unwrap();
        assert!(mine.hold(&test.db, at(20)).await.unwrap());
        assert!(Lease::new("other", Duration::from_secs(10)).hold(&test.db, at(20)).await.unwrap());
    }

    async fn messages_leave_in_order_and_once(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        for n in 0..3 {
            outbox::put(&mut tx, &test.sealer, "rooms", &json!({ "n": n, "pin": "1234" }), at(n))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let messages = outbox::oldest(&mut test.db.reader(), &test.sealer, 2).await.unwrap();
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].payload, br#"{"n":0,"pin":"1234"}"#);
        let mut tx = test.db.begin().await.unwrap();
        outbox::remove(&mut tx, &[messages[0].id, messages[1].id]).await.unwrap();
        tx.commit().await.unwrap();
        let rest = outbox::oldest(&mut test.db.reader(), &test.sealer, 2).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].payload, br#"{"n":2,"pin":"1234"}"#);
        assert!(!format!("{rest:?}").contains("1234"));
    }
}
