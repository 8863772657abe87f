//! Wrong PINs on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{FixedRoomId, MeetingId, RoomKey};
use vdx_store::both_engines;
use vdx_store::pin_tries::{self, PinTries};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

both_engines! {
    async fn the_latest_instant_is_kept_until_it_has_come(test: TestDb) {
        let first = RoomKey::Meeting(MeetingId::generate());
        let second = RoomKey::Fixed(FixedRoomId::generate());
        let mut tx = test.db.begin().await.unwrap();
        for (room, until) in [(first, 10), (second, 5), (first, 20), (first, 15)] {
            let tries = PinTries { room, whole_again: at(until) };
            pin_tries::remember(&mut tx, tries).await.unwrap();
        }
        tx.commit().await.unwrap();
        let kept = [PinTries { room: first, whole_again: at(20) }];
        assert_eq!(pin_tries::all(&mut test.db.reader(), at(0)).await.unwrap().len(), 2);
        assert_eq!(pin_tries::all(&mut test.db.reader(), at(5)).await.unwrap(), kept);

        let mut tx = test.db.begin().await.unwrap();
        pin_tries::forget(&mut tx, at(5)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(pin_tries::all(&mut test.db.reader(), at(0)).await.unwrap(), kept);
    }
}
