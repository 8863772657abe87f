//! Who is told how good calls are, and when.

use std::sync::Arc;
use std::time::Duration;

use vdx_domain::QualityRating;
use vdx_media::{CallSample, DirectionSample};

use super::*;
use crate::event::QualityView;
use crate::quality::ClientReport;

fn sample(loss_ppm: u32) -> CallSample {
    let flowing = |loss_ppm| DirectionSample {
        bits_per_second: 500_000,
        loss_ppm: Some(loss_ppm),
        ..DirectionSample::default()
    };
    CallSample {
        span: Duration::from_secs(5),
        rtt: None,
        received: flowing(loss_ppm),
        sent: flowing(0),
    }
}

/// The rows of the quality events `who` was told since the last look.
fn rows(rig: &mut Rig, who: ParticipantId) -> Vec<Vec<(ParticipantId, Option<QualityRating>)>> {
    let row = |view: &QualityView| (view.participant, view.latest.rating());
    rig.told(who)
        .iter()
        .filter_map(|event| match event {
            Event::Quality(rows) => Some(rows.iter().map(row).collect()),
            _ => None,
        })
        .collect()
}

#[test]
fn hosts_are_told_what_changed_or_is_not_good_and_guests_nothing() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let calls = [rig.call(host, 1, 1), rig.call(guest, 1, 1)];
    let (good, bad) = (Some(QualityRating::Good), Some(QualityRating::Bad));
    for call in calls {
        rig.conference.sampled(call, &sample(0));
    }
    rig.wait(1);
    let effects = rig.effects();
    let told_guest = told(&effects, guest);
    assert!(
        !told_guest
            .iter()
            .any(|event| matches!(event, Event::Quality(_)))
    );
    assert_eq!(
        told(&effects, host)
            .iter()
            .filter(|e| matches!(e, Event::Quality(_)))
            .count(),
        1
    );

    // Good as before: nothing to tell.
    rig.conference.sampled(calls[1], &sample(0));
    rig.wait(10);
    assert!(rows(&mut rig, host).is_empty());

    for _ in 0..2 {
        rig.conference.sampled(calls[1], &sample(50_000));
        rig.wait(5);
        assert_eq!(
            rows(&mut rig, host),
            [[(guest, bad)]],
            "each time while it is bad"
        );
    }
    rig.conference.sampled(calls[1], &sample(0));
    rig.wait(5);
    assert_eq!(
        rows(&mut rig, host),
        [[(guest, good)]],
        "and once when it is good again"
    );
    rig.wait(10);
    assert!(rows(&mut rig, host).is_empty(), "not without a new sample");
}

#[test]
fn hosts_are_told_at_most_once_in_five_seconds_and_newcomers_everything() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let call = rig.call(guest, 1, 1);
    rig.conference.sampled(call, &sample(50_000));
    rig.wait(1);
    assert_eq!(rows(&mut rig, host).len(), 1);
    for _ in 0..4 {
        rig.conference.sampled(call, &sample(50_000));
        rig.wait(1);
    }
    assert!(rows(&mut rig, host).is_empty());
    rig.wait(1);
    assert_eq!(rows(&mut rig, host).len(), 1);

    rig.conference.sampled(call, &sample(0));
    rig.wait(5);
    rig.effects();
    let second = rig.join(HOST);
    rig.wait(5);
    let effects = rig.effects();
    let quality = |who| {
        let all = told(&effects, who);
        all.iter()
            .filter(|event| matches!(event, Event::Quality(_)))
            .count()
    };
    assert_eq!((quality(second), quality(host)), (1, 0));
}

#[test]
fn a_report_is_taken_for_the_own_call_and_the_record_sums_up() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let call = rig.call(guest, 1, 1);
    let report = ClientReport {
        frozen_ppm: Some(200_000),
        ..ClientReport::default()
    };
    assert_eq!(
        rig.conference.reported(at(0), host, call, report),
        Err(Refused::UnknownCall)
    );
    rig.conference.reported(at(0), guest, call, report).unwrap();
    for _ in 0..4 {
        rig.conference.sampled(call, &sample(0)).unwrap();
    }
    assert_eq!(rig.conference.qualities().count(), 1);
    let moved = CallStatistics::default();
    rig.conference
        .call_closed(at(1), call, CloseReason::Closed, &moved);
    assert_eq!(rig.conference.qualities().count(), 0, "it is over");
    assert!(rig.conference.sampled(call, &sample(0)).is_none());
    rig.conference.leave(at(2), guest).unwrap();
    let quality = rig.records()[0].quality;
    assert_eq!(quality.rating, Some(QualityRating::Ok));
    assert_eq!(quality.sent.bad_seconds, 5);
    assert_eq!(quality.sent.good_seconds, 15);
    assert_eq!(quality.received.good_seconds, 20);
}

#[test]
fn a_host_is_told_of_a_hundred_at_most_the_worst_first() {
    let mut rig = Rig::new();
    let host = rig.join(HOST);
    for n in 0..150 {
        let guest = rig.join(GUEST);
        let call = rig.call(guest, 1, 1);
        let loss = if n % 50 == 49 { 50_000 } else { 0 };
        rig.conference.sampled(call, &sample(loss));
    }
    rig.effects();
    rig.wait(1);
    let told: Vec<Arc<[QualityView]>> = rig
        .told(host)
        .into_iter()
        .filter_map(|event| match event {
            Event::Quality(rows) => Some(rows),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].len(), MAX_QUALITY_ROWS);
    let bad = |row: &QualityView| row.latest.rating() == Some(QualityRating::Bad);
    assert!(told[0][..3].iter().all(bad));
    assert!(!told[0][3..].iter().any(bad));
}
