//! What remains of a stay.

use super::*;

#[test]
fn the_record_adds_up_the_calls_and_waits_for_their_numbers() {
    let mut rig = Rig::new();
    let a = rig.join(HOST);
    let first = rig.call(a, 1, 1);
    let second = rig.call(a, 1, 1);
    let moved = |bytes| CallStatistics {
        bytes_received: bytes,
        packets_lost_sent: 1,
        ..CallStatistics::default()
    };
    rig.conference
        .call_closed(at(5), first, CloseReason::Closed, &moved(10));
    rig.conference.leave(at(7), a).unwrap();
    assert!(rig.records().is_empty());
    rig.conference
        .call_closed(at(8), second, CloseReason::Closed, &moved(5));
    let records = rig.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].bytes_received, 15);
    assert_eq!(records[0].packets_lost_sent, 2);
    assert_eq!(records[0].ended_at, at(7));
    assert_eq!(records[0].endpoint, EndpointKind::Web);
    assert_eq!(records[0].reason, LegEnd::Left);
    assert!(rig.conference.is_over());
}

#[test]
fn a_record_is_written_without_numbers_that_never_come() {
    let mut rig = Rig::new();
    let a = rig.join(HOST);
    rig.call(a, 1, 1);
    rig.conference.leave(at(0), a).unwrap();
    rig.conference.tick(at(9));
    assert!(rig.records().is_empty());
    rig.conference.tick(at(10));
    assert_eq!(rig.records().len(), 1);
    assert!(rig.conference.is_over());
}
