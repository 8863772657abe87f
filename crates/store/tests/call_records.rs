//! Call records on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{
    ConferenceId, EndpointKind, LegEnd, MeetingId, OrganisationCode, ParticipantId,
    ParticipantRole, RoomKey,
};
use vdx_store::{CallRecord, Error, both_engines, call_records};

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
}
