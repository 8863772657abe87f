//! Streams that break and go on.

use super::*;

#[test]
fn a_stream_that_broke_is_told_what_it_missed_and_nothing_anew() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(GUEST));
    rig.call(a, 1, 1);
    rig.effects();
    let Ok(Some(subscription)) = rig.conference.resume(a) else {
        panic!("it listens");
    };
    assert!(rig.effects().is_empty());
    rig.conference.detach(at(0), a, subscription);
    rig.conference.leave(at(1), b).unwrap();
    let missed = rig.told(a);
    assert!(missed.contains(&Event::ParticipantDelete(b)));
    rig.wait(5);
    assert!(rig.conference.resume(a).unwrap().is_some());
    assert!(rig.told(a).is_empty());
    rig.wait(60);
    assert!(rig.conference.has(a));
}

#[test]
fn after_half_a_minute_everything_is_told_anew() {
    let mut rig = Rig::new();
    let a = rig.try_join(HOST).unwrap().participant;
    assert_eq!(rig.conference.resume(a), Ok(None), "it never listened");
    let subscription = rig.conference.attach(a).unwrap();
    rig.call(a, 1, 1);
    rig.effects();
    rig.conference.detach(at(0), a, subscription);
    rig.wait(29);
    assert!(!rig.effects().contains(&Effect::EndEvents(a)));
    rig.wait(1);
    assert!(rig.effects().contains(&Effect::EndEvents(a)));
    assert_eq!(rig.conference.resume(a), Ok(None));
    rig.join(GUEST);
    assert!(rig.told(a).is_empty(), "nothing is kept any more");
    rig.conference.attach(a).unwrap();
    assert_eq!(created(&rig.told(a)).len(), 2);
}

#[test]
fn an_older_subscription_that_ends_late_changes_nothing() {
    let mut rig = Rig::new();
    let a = rig.try_join(HOST).unwrap().participant;
    let old = rig.conference.attach(a).unwrap();
    let new = rig.conference.attach(a).unwrap();
    rig.conference.detach(at(0), a, old);
    rig.wait(20);
    assert!(rig.conference.has(a));
    rig.conference.detach(at(rig.now), a, new);
    rig.wait(10);
    assert!(!rig.conference.has(a));
}
