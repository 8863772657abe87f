//! Connection tests on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use serde_json::json;
use vdx_domain::TestReference;
use vdx_store::connection_tests::{self, ConnectionTest};
use vdx_store::{Error, both_engines};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn reference(text: &str) -> TestReference {
    text.parse().unwrap()
}

both_engines! {
    async fn what_was_found_is_told_once_and_forgotten_in_time(test: TestDb) {
        let (first, second) = (reference("BCDFGH"), reference("CDFGHJ"));
        let mut tx = test.db.begin().await.unwrap();
        connection_tests::begin(&mut tx, first, at(0)).await.unwrap();
        connection_tests::begin(&mut tx, second, at(10)).await.unwrap();
        let found = json!({ "verdict": "good", "ways": [] });
        assert!(connection_tests::tell(&mut tx, first, &found).await.unwrap());
        let other = json!({ "verdict": "none" });
        assert!(!connection_tests::tell(&mut tx, first, &other).await.unwrap(), "told before");
        assert!(!connection_tests::tell(&mut tx, reference("DFGHJK"), &other).await.unwrap());
        tx.commit().await.unwrap();

        let mut reader = test.db.reader();
        let told = ConnectionTest { reference: first, started_at: at(0), results: Some(found) };
        assert_eq!(connection_tests::find(&mut reader, first).await.unwrap(), Some(told));
        let untold = ConnectionTest { reference: second, started_at: at(10), results: None };
        assert_eq!(connection_tests::find(&mut reader, second).await.unwrap(), Some(untold.clone()));

        let mut tx = test.db.begin().await.unwrap();
        connection_tests::forget(&mut tx, at(10)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(connection_tests::find(&mut reader, first).await.unwrap(), None);
        assert_eq!(connection_tests::find(&mut reader, second).await.unwrap(), Some(untold));
    }

    async fn a_reference_is_given_once(test: TestDb) {
        let taken = reference("BCDFGH");
        let mut tx = test.db.begin().await.unwrap();
        connection_tests::begin(&mut tx, taken, at(0)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = test.db.begin().await.unwrap();
        let again = connection_tests::begin(&mut tx, taken, at(1)).await;
        assert!(matches!(again, Err(Error::Duplicate)), "{again:?}");
    }
}
