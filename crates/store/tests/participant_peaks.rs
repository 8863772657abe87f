//! The most participants of each day, on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::OrganisationCode;
use vdx_store::participant_peaks::{self, Peak};
use vdx_store::{Db, both_engines};

fn peak(day: &str, peak: u32, second: i64) -> Peak {
    Peak {
        day: day.parse().unwrap(),
        peak,
        at: Timestamp::from_second(1_800_000_000 + second).unwrap(),
    }
}

async fn raise(db: &Db, organisation: Option<&OrganisationCode>, to: &Peak) {
    let mut tx = db.begin().await.unwrap();
    participant_peaks::raise(&mut tx, organisation, to)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

both_engines! {
    async fn a_peak_only_rises(test: TestDb) {
        let region = OrganisationCode("region".to_owned());
        for (organisation, to) in [
            (Some(&region), peak("2026-03-09", 7, 1)),
            (Some(&region), peak("2026-03-09", 9, 2)),
            (Some(&region), peak("2026-03-09", 9, 3)),
            (Some(&region), peak("2026-03-09", 4, 4)),
            (Some(&region), peak("2026-03-10", 3, 5)),
            (Some(&region), peak("2026-03-11", 8, 6)),
            (None, peak("2026-03-09", 12, 2)),
        ] {
            raise(&test.db, organisation, &to).await;
        }
        let mut reader = test.db.reader();
        let (from, to) = ("2026-03-09".parse().unwrap(), "2026-03-10".parse().unwrap());
        let own = participant_peaks::of_days(&mut reader, Some(&region), from, to).await.unwrap();
        assert_eq!(own, [peak("2026-03-09", 9, 2), peak("2026-03-10", 3, 5)]);
        let all = participant_peaks::of_days(&mut reader, None, from, to).await.unwrap();
        assert_eq!(all, [peak("2026-03-09", 12, 2)]);
    }
}
