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

#[test]
fn a_page_that_is_loaded_anew_keeps_its_seat_and_one_that_is_closed_has_left() {
    let mut rig = Rig::new();
    let host = rig.join(HOST);
    let [reloads, closes] = [(); 2].map(|()| {
        let who = rig.try_join(GUEST).unwrap().participant;
        let subscription = rig.conference.attach(who).unwrap();
        rig.call(who, 1, 1);
        rig.effects();
        rig.conference.step_out(at(0), who).unwrap();
        let effects = rig.effects();
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::CloseCall(_)))
        );
        rig.conference.detach(at(0), who, subscription);
        who
    });
    rig.wait(2);
    rig.conference.attach(reloads).unwrap();
    rig.wait(2);
    assert!(rig.conference.has(closes));
    rig.wait(60);
    assert!(rig.conference.has(reloads) && rig.conference.has(host));
    assert!(!rig.conference.has(closes));
}

#[test]
fn a_farewell_that_comes_after_the_page_is_back_ends_nothing() {
    let mut rig = Rig::new();
    let a = rig.try_join(HOST).unwrap().participant;
    let subscription = rig.conference.attach(a).unwrap();
    rig.conference.step_out(at(0), a).unwrap();
    rig.wait(6);
    assert!(rig.conference.has(a));
    rig.conference.detach(at(rig.now), a, subscription);
    rig.wait(6);
    assert!(
        rig.conference.has(a),
        "a line that breaks later is mended as ever"
    );
}
