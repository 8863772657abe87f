//! What is remembered of conferences, on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{ConferenceId, MeetingId, ParticipantId, ParticipantRole, RoomKey};
use vdx_store::both_engines;
use vdx_store::live_conferences::{self, Departure, GuestMicrophones, LiveConference};
use vdx_store::standings::{self, ParticipantStanding, Standing};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn conference() -> LiveConference {
    LiveConference {
        id: ConferenceId::generate(),
        room: RoomKey::Meeting(MeetingId::generate()),
        locked: false,
        guest_microphones: None,
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
        one.guest_microphones = Some(GuestMicrophones { muted: true, can_unmute: false });
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

    async fn how_somebody_stands_is_remembered_until_the_stay_or_the_conference_is_over(test: TestDb) {
        let (one, other) = (conference(), conference());
        let left = departure(&one, at(100));
        let standing = |participant, conference: &LiveConference| ParticipantStanding {
            participant,
            conference: conference.id,
            standing: Standing::free(ParticipantRole::Guest),
        };
        let gone = standing(left.participant, &one);
        let mut changed = standing(ParticipantId::generate(), &one);
        let elsewhere = standing(ParticipantId::generate(), &other);
        let mut tx = test.db.begin().await.unwrap();
        for whose in [&gone, &changed, &elsewhere] {
            standings::remember(&mut tx, whose).await.unwrap();
        }
        changed.standing = Standing {
            role: ParticipantRole::Host,
            microphone_off_by_owner: true,
            microphone_off_by_host: false,
            client_muted: true,
            video_muted: true,
            video_off_by_host: false,
            presentation_denied: true,
        };
        standings::remember(&mut tx, &changed).await.unwrap();
        live_conferences::depart(&mut tx, &left).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        let all = standings::all(&mut reader).await.unwrap();
        assert!(all.len() == 2 && all.contains(&changed) && all.contains(&elsewhere));

        let mut tx = test.db.begin().await.unwrap();
        live_conferences::forget(&mut tx, one.id).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        assert_eq!(standings::all(&mut reader).await.unwrap(), [elsewhere]);
    }
}
