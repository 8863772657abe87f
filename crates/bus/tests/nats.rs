//! Against a real NATS server with JetStream, looked for at `TEST_NATS_URL`,
//! by default `nats://127.0.0.1:4222`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, consumer, stream};
use futures::StreamExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use vdx_bus::{Bus, export_audit, relay};
use vdx_domain::{
    Agent, AuditOperation, AuditResource, Clock as _, OrganisationCode, SystemClock,
    SystemRandomness,
};
use vdx_store::audit::{self, Chain, NewRecord, change};
use vdx_store::testing::TestDb;
use vdx_store::{both_engines, outbox};

/// Generous: only a message that never comes fails a test.
const PATIENCE: Duration = Duration::from_secs(60);

fn url() -> String {
    std::env::var("TEST_NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned())
}

/// A stream of this test alone, removed at the end.
struct TestStream {
    jetstream: jetstream::Context,
    name: String,
    subject: String,
}

impl TestStream {
    /// The name only; nothing listens to the subject yet.
    async fn named() -> Self {
        let client = async_nats::connect(url())
            .await
            .expect("NATS is not reachable: start it with JetStream, or name it in TEST_NATS_URL");
        let name = format!("test-{}", uuid::Uuid::new_v4().simple());
        Self {
            jetstream: jetstream::new(client),
            subject: format!("{name}.subject"),
            name,
        }
    }

    async fn create(&self) {
        let config = stream::Config {
            name: self.name.clone(),
            subjects: vec![self.subject.clone()],
            ..Default::default()
        };
        self.jetstream.create_stream(config).await.unwrap();
    }

    /// The first `count` messages.
    async fn take(&self, count: usize) -> Vec<Value> {
        let stream = self.jetstream.get_stream(&self.name).await.unwrap();
        let consumer = stream
            .create_consumer(consumer::pull::Config::default())
            .await
            .unwrap();
        let messages = consumer.messages().await.unwrap().take(count);
        let read =
            messages.map(|message| serde_json::from_slice(&message.unwrap().payload).unwrap());
        tokio::time::timeout(PATIENCE, read.collect())
            .await
            .unwrap()
    }

    async fn count(&self) -> u64 {
        let mut stream = self.jetstream.get_stream(&self.name).await.unwrap();
        stream.info().await.unwrap().state.messages
    }

    async fn remove(self) {
        self.jetstream.delete_stream(&self.name).await.unwrap();
    }
}

async fn put(test: &TestDb, subject: &str, numbers: std::ops::Range<i32>) {
    for n in numbers {
        let mut tx = test.db.begin().await.unwrap();
        outbox::put(
            &mut tx,
            &test.sealer,
            subject,
            &json!({ "n": n }),
            Timestamp::UNIX_EPOCH,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}

both_engines! {
    async fn the_outbox_reaches_the_stream_in_order_and_empties(test: TestDb) {
        let stream = TestStream::named().await;
        put(&test, &stream.subject, 0..150).await;
        let bus = Bus::connect(&url()).await.unwrap();
        // Two relays, as on two nodes: only one of them works at a time.
        let (stop, stopped) = tokio::sync::watch::channel(());
        let relays: Vec<_> = (0..2)
            .map(|_| {
                let mut stopped = stopped.clone();
                tokio::spawn(relay(
                    test.db.clone(),
                    test.sealer.clone(),
                    bus.clone(),
                    Arc::new(SystemClock),
                    async move { while stopped.changed().await.is_ok() {} },
                ))
            })
            .collect();
        // Nobody listens yet: everything waits in the outbox.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let waiting = outbox::oldest(&mut test.db.reader(), &test.sealer, 1000).await.unwrap();
        assert_eq!(waiting.len(), 150);

        stream.create().await;
        put(&test, &stream.subject, 150..160).await;
        let numbers: Vec<i64> = stream
            .take(160)
            .await
            .iter()
            .map(|message| message["n"].as_i64().unwrap())
            .collect();
        assert_eq!(numbers, (0..160).collect::<Vec<i64>>());
        drop(stop);
        for relay in relays {
            relay.await.unwrap();
        }
        let left = outbox::oldest(&mut test.db.reader(), &test.sealer, 1000).await.unwrap();
        assert_eq!(left, []);
        assert_eq!(stream.count().await, 160);
        stream.remove().await;
    }

    async fn changes_of_the_audit_trail_are_exported_once(test: TestDb) {
        let stream = TestStream::named().await;
        stream.create().await;
        let chain = Chain::open(test.db.clone(), &test.sealer, &SystemRandomness, &SystemClock)
            .await
            .unwrap();
        let operations = [AuditOperation::Create, AuditOperation::Read, AuditOperation::Delete];
        for (n, operation) in operations.into_iter().enumerate() {
            let record = NewRecord {
                at: "2026-12-01T10:00:00Z".parse().unwrap(),
                organisation: OrganisationCode("region".into()),
                agent: Agent { email: Some("me@example.org".into()), ..Agent::hub("test") },
                resource: AuditResource::Meeting,
                operation,
                identifier: n.to_string(),
                details: match operation {
                    AuditOperation::Delete => change(Some(&json!({ "subject": "old" })), None),
                    _ => change(None, Some(&json!({ "subject": "new" }))),
                },
            };
            let mut tx = test.db.begin().await.unwrap();
            audit::append(&mut tx, record);
            tx.commit().await.unwrap();
        }
        chain.extend().await.unwrap();
        let bus = Bus::connect(&url()).await.unwrap();
        // Twice from the start, as after a restart.
        for _ in 0..2 {
            let (stop, mut stopped) = tokio::sync::watch::channel(());
            let export = tokio::spawn(export_audit(
                test.db.clone(),
                bus.clone(),
                stream.subject.clone(),
                Arc::new(SystemClock),
                async move { while stopped.changed().await.is_ok() {} },
            ));
            let events = stream.take(2).await;
            assert_eq!(
                events[0],
                json!({ "version": 1, "auditEvent": {
                    "organisationCode": "region",
                    "resource": "meeting",
                    "operation": "create",
                    "auditEventDateTime": "2026-12-01T10:00:00Z",
                    "source": "video-api",
                    "identifier": "0",
                    "user": "me@example.org",
                    "auditData": { "subject": "new" },
                }})
            );
            assert_eq!(events[1]["auditEvent"]["operation"], "delete");
            assert_eq!(events[1]["auditEvent"]["auditData"]["subject"], "old");
            let reached = async {
                while audit::cursor(&mut test.db.reader(), "bus_export").await.unwrap() != 3 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(PATIENCE, reached).await.unwrap();
            drop(stop);
            export.await.unwrap();
        }
        assert_eq!(stream.count().await, 2);
        stream.remove().await;
    }
}

#[tokio::test]
async fn a_subject_that_no_stream_listens_to_is_found_out() {
    let stream = TestStream::named().await;
    let subjects = [stream.subject.as_str()];
    let unheard = Bus::probe(&url(), &subjects).await;
    assert!(matches!(unheard, Err(vdx_bus::Error::Unheard(subject)) if subject == stream.subject));
    Bus::probe(&url(), &[]).await.unwrap();
    stream.create().await;
    Bus::probe(&url(), &subjects).await.unwrap();
    stream.remove().await;
}

#[tokio::test]
async fn a_hub_starts_without_its_bus() {
    // Port 1 of this machine: nobody listens there.
    let bus = Bus::connect("nats://127.0.0.1:1").await.unwrap();
    assert!(!bus.is_connected());
    assert!(Bus::probe("nats://127.0.0.1:1", &[]).await.is_err());
    assert!(Bus::connect("no address at all").await.is_err());
    assert!(SystemClock.now() > Timestamp::UNIX_EPOCH);
}
