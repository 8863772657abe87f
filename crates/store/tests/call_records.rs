//! Call records on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{
    ConferenceId, EndpointKind, LegEnd, MeetingId, OrganisationCode, ParticipantId,
    ParticipantRole, QualityRating, RoomKey,
};
use vdx_store::{
    CallRecord, DirectionQuality, Error, LegQuality, both_engines, call_quality, call_records,
};

fn record(conference: ConferenceId, room: RoomKey) -> CallRecord {
    CallRecord {
        conference,
        room,
        organisation: OrganisationCode("region".to_owned()),
        participant: ParticipantId::generate(),
        role: ParticipantRole::Guest,
        endpoint: EndpointKind::Web,
        started_at: Timestamp::from_millisecond(1_800_000_000_000).unwrap(),
        ended_at: Timestamp::from_millisecond(1_800_000_060_001).unwrap(),
        reason: LegEnd::ConnectionLost,
        bytes_received: 1,
        bytes_sent: u64::from(u32::MAX) * 3,
        packets_received: 3,
        packets_sent: 4,
        packets_lost_received: 5,
        packets_lost_sent: 6,
        quality: LegQuality::default(),
    }
}

both_engines! {
    async fn a_record_reads_back(test: TestDb) {
        let conference = ConferenceId::generate();
        let room = RoomKey::Meeting(MeetingId::generate());
        let written = record(conference, room);
        let mut tx = test.db.begin().await.unwrap();
        call_records::insert(&mut tx, &written).await.unwrap();
        call_records::insert(&mut tx, &record(ConferenceId::generate(), room)).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        let read = call_records::of_conference(&mut reader, conference).await.unwrap();
        assert_eq!(read, [written]);
        assert_eq!(call_records::of_room(&mut reader, room).await.unwrap().len(), 2);
    }

    async fn a_stay_has_one_record(test: TestDb) {
        let written = record(ConferenceId::generate(), RoomKey::Meeting(MeetingId::generate()));
        let mut tx = test.db.begin().await.unwrap();
        call_records::insert(&mut tx, &written).await.unwrap();
        let again = call_records::insert(&mut tx, &written).await;
        assert!(matches!(again, Err(Error::Duplicate)));
    }

    async fn the_quality_of_both_directions_reads_back(test: TestDb) {
        let conference = ConferenceId::generate();
        let written = CallRecord {
            quality: LegQuality {
                rating: Some(QualityRating::Bad),
                rtt_average_ms: Some(31),
                rtt_worst_ms: Some(250),
                received: DirectionQuality { good_seconds: 55, ok_seconds: 5, ..SPOKEN },
                sent: SPOKEN,
            },
            ..record(conference, RoomKey::Meeting(MeetingId::generate()))
        };
        let mut tx = test.db.begin().await.unwrap();
        call_records::insert(&mut tx, &written).await.unwrap();
        tx.commit().await.unwrap();
        let read = call_records::of_conference(&mut test.db.reader(), conference).await.unwrap();
        assert_eq!(read, [written]);
    }

    async fn a_month_counts_the_legs_that_began_in_it(test: TestDb) {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let room = RoomKey::Meeting(MeetingId::generate());
        let leg = |conference, second, rating| {
            let leg = record(conference, room);
            CallRecord { started_at: at(second), quality: LegQuality { rating, ..LegQuality::default() }, ..leg }
        };
        let (two, alone) = (ConferenceId::generate(), ConferenceId::generate());
        let silent = CallRecord { packets_received: 0, packets_sent: 0, ..leg(alone, 50, None) };
        let elsewhere = CallRecord {
            organisation: OrganisationCode("town".to_owned()),
            ..leg(ConferenceId::generate(), 50, Some(QualityRating::Bad))
        };
        let mut tx = test.db.begin().await.unwrap();
        for record in [
            leg(two, 0, Some(QualityRating::Good)),
            leg(two, 99, Some(QualityRating::Ok)),
            leg(two, 99, None),
            leg(alone, 50, Some(QualityRating::Bad)),
            silent,
            elsewhere,
            leg(ConferenceId::generate(), 100, Some(QualityRating::Good)),
        ] {
            call_records::insert(&mut tx, &record).await.unwrap();
        }
        tx.commit().await.unwrap();
        let region = OrganisationCode("region".to_owned());
        let mut reader = test.db.reader();
        let own = call_quality::counts(&mut reader, Some(&region), at(0), at(100)).await.unwrap();
        assert_eq!((own.meetings, own.calls), (1, 4), "who neither sent nor received is no call");
        assert_eq!((own.good, own.ok, own.bad), (1, 1, 1));
        let all = call_quality::counts(&mut reader, None, at(0), at(100)).await.unwrap();
        assert_eq!((all.meetings, all.calls, all.bad), (1, 5, 2));
        let none = call_quality::counts(&mut reader, None, at(500), at(600)).await.unwrap();
        assert_eq!(none, call_quality::Counts::default());
    }
}

/// A direction somebody spoke in.
const SPOKEN: DirectionQuality = DirectionQuality {
    good_seconds: 10,
    ok_seconds: 20,
    bad_seconds: 30,
    bits_average: 1_250_000,
    loss_worst_ppm: 81_000,
    jitter_average_ms: 4,
    jitter_worst_ms: 60,
    frame_rate_average: 29,
    picture_height: 720,
    frozen_ms: 1_700,
    concealed_ppm: 12_000,
};
