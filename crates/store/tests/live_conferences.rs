//! What is remembered of conferences, on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{ConferenceId, MeetingId, ParticipantId, RoomKey};
use vdx_store::both_engines;
use vdx_store::live_conferences::{self, Departure, LiveConference};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn conference() -> LiveConference {
    LiveConference {
        id: ConferenceId::generate(),
        room: RoomKey::Meeting(MeetingId::generate()),
        locked: false,
    }
}

fn departure(conference: &LiveConference, token_until: Timestamp) -> Departure {
    Departure {
        participant: ParticipantId::generate(),
        conference: conference.id,
        token_until,
    }
}

both_engines! {
    async fn a_conference_is_remembered_as_it_was_last_and_forgotten_with_who_left(test: TestDb) {
        let (mut one, other) = (conference(), conference());
        let (left, stays) = (departure(&one, at(100)), departure(&other, at(100)));
        let mut tx = test.db.begin().await.unwrap();
        live_conferences::remember(&mut tx, &one).await.unwrap();
        live_conferences::remember(&mut tx, &other).await.unwrap();
        one.locked = true;
        live_conferences::remember(&mut tx, &one).await.unwrap();
        for departure in [&left, &left, &stays] {
            live_conferences::depart(&mut tx, departure).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        let all = live_conferences::all(&mut reader).await.unwrap();
        assert!(all.len() == 2 && all.contains(&one) && all.contains(&other));
        let departures = live_conferences::departures(&mut reader, at(99)).await.unwrap();
        assert!(departures.len() == 2 && departures.contains(&left));
        assert_eq!(live_conferences::departures(&mut reader, at(100)).await.unwrap(), []);

        let mut tx = test.db.begin().await.unwrap();
        live_conferences::forget(&mut tx, one.id).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        assert_eq!(live_conferences::all(&mut reader).await.unwrap(), [other]);
        assert_eq!(live_conferences::departures(&mut reader, at(0)).await.unwrap(), [stays]);

        let mut tx = test.db.begin().await.unwrap();
        live_conferences::forget_departures(&mut tx, at(100)).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        assert_eq!(live_conferences::departures(&mut reader, at(0)).await.unwrap(), []);
    }
}
