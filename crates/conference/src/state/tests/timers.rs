//! What time does, second by second.

use super::*;
use crate::event::Ending;

fn reasons(rig: &mut Rig) -> Vec<LegEnd> {
    rig.records().iter().map(|record| record.reason).collect()
}

fn hour() -> i64 {
    3600
}

#[test]
fn who_waits_for_a_host_is_out_after_an_hour() {
    let mut rig = Rig::new();
    let guest = rig.join(GUEST);
    rig.wait(hour() - 1);
    assert!(rig.conference.has(guest));
    rig.effects();
    rig.wait(1);
    assert!(!rig.conference.has(guest));
    let effects = rig.effects();
    let [Event::Disconnect { reason }] = told(&effects, guest)[..] else {
        panic!("told why");
    };
    assert!(reason.starts_with("Timeout waiting for conference host"));
    assert_eq!(records(effects)[0].reason, LegEnd::WaitedTooLong);
}

#[test]
fn who_waits_at_a_lock_is_out_after_an_hour_and_who_is_inside_stays() {
    let mut rig = Rig::new();
    let (host, inside) = (rig.join(HOST), rig.join(GUEST));
    rig.conference.lock(at(0), host).unwrap();
    let knocking = rig.join(GUEST);
    rig.wait(hour());
    assert!(!rig.conference.has(knocking));
    assert!(rig.conference.has(host) && rig.conference.has(inside));
}

#[test]
fn guests_alone_are_out_a_minute_after_the_last_host() {
    let mut rig = Rig::new();
    let (first, second) = (rig.join(HOST), rig.join(HOST));
    let guest = rig.join(GUEST);
    rig.conference.leave(at(0), first).unwrap();
    rig.wait(100);
    rig.conference.leave(at(rig.now), second).unwrap();
    rig.wait(59);
    assert!(rig.conference.has(guest));
    // A host who comes back in time stops the clock, and it starts anew.
    let host = rig.join(HOST);
    rig.wait(60);
    assert!(rig.conference.has(guest));
    rig.conference.leave(at(rig.now), host).unwrap();
    rig.wait(59);
    assert!(rig.conference.has(guest));
    rig.records();
    rig.wait(1);
    assert_eq!(reasons(&mut rig), [LegEnd::HostsLeft]);
    assert!(rig.conference.is_over());
}

#[test]
fn a_host_who_becomes_a_guest_has_left_the_hosts() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    rig.conference.set_role(at(0), host, host, GUEST).unwrap();
    rig.wait(60);
    assert!(!rig.conference.has(guest));
}

#[test]
fn the_last_one_stays_unless_the_hub_says_how_long() {
    for (limit, stays) in [(None, true), (Some(SignedDuration::from_secs(90)), false)] {
        let mut rig = Rig::new();
        rig.conference = rig.conference.with_timers(Timers {
            last_participant: limit,
            ..Timers::default()
        });
        let host = rig.join(HOST);
        rig.wait(1000);
        assert!(rig.conference.has(host), "nobody has come yet");
        let guest = rig.join(GUEST);
        rig.wait(1000);
        rig.conference.leave(at(rig.now), guest).unwrap();
        rig.wait(89);
        assert!(rig.conference.has(host));
        rig.records();
        rig.wait(1);
        assert_eq!(rig.conference.has(host), stays);
        if !stays {
            assert_eq!(reasons(&mut rig), [LegEnd::LeftAlone]);
        }
    }
}

fn endings(events: &[Event]) -> Vec<i64> {
    let endings = events.iter().filter_map(|event| match event {
        Event::Ending(Ending { within, .. }) => Some(*within),
        _ => None,
    });
    endings.collect()
}

#[test]
fn before_the_end_time_everybody_is_warned() {
    let mut room = room();
    room.ends_at = Some(at(1000));
    room.settings.end_meeting_on_end_time = true;
    let mut rig = Rig::in_room(room);
    let host = rig.join(HOST);
    let status = rig.status(host);
    assert_eq!(
        (status.ends_at, status.ends_for_all),
        (Some(at(1000)), true)
    );
    for (until, within) in [(400, 600), (700, 300), (940, 60)] {
        rig.wait(until - 1 - rig.now);
        rig.effects();
        rig.wait(1);
        assert_eq!(endings(&rig.told(host)), [within], "at {until}");
    }
    let late = rig.join(GUEST);
    assert_eq!(
        endings(&rig.told(late)),
        [60],
        "who comes late is told, too"
    );
    rig.wait(59);
    assert!(endings(&rig.told(host)).is_empty(), "once each");
    rig.wait(1);
    assert!(!rig.conference.has(host));
}

#[test]
fn an_end_that_moves_away_takes_its_warning_along() {
    let mut room = room();
    room.ends_at = Some(at(100));
    room.settings.end_meeting_on_end_time = true;
    let mut rig = Rig::in_room(room);
    let host = rig.join(HOST);
    rig.wait(1);
    assert_eq!(endings(&rig.told(host)), [300]);
    rig.conference.move_end(at(1), at(10_000), Some(at(1)));
    assert_eq!(ends(&rig.told(host)), [Some(at(10_000))], "at once");
    assert_eq!(rig.status(host).ends_at, Some(at(10_000)));
    let late = rig.join(GUEST);
    assert!(endings(&rig.told(late)).is_empty());
    rig.wait(10_000 - 600 - rig.now);
    assert_eq!(endings(&rig.told(host)), [600], "of the new end");
}

fn ends(events: &[Event]) -> Vec<Option<Timestamp>> {
    let views = events.iter().filter_map(|event| match event {
        Event::Conference(view) => Some(view.ends_at),
        _ => None,
    });
    views.collect()
}

#[test]
fn news_of_a_meeting_that_come_late_change_nothing() {
    let mut room = room();
    (room.ends_at, room.changed_at) = (Some(at(100)), None);
    let stale = room.clone();
    room.settings.end_meeting_on_end_time = true;
    let mut rig = Rig::in_room(room);
    let host = rig.join(HOST);
    rig.conference.move_end(at(1), at(300), Some(at(3)));
    rig.conference.move_end(at(1), at(200), Some(at(2)));
    assert_eq!(rig.status(host).ends_at, Some(at(300)));
    // Somebody comes in by what was read before the change.
    let newcomer = Newcomer {
        name: DisplayName::parse("late").unwrap(),
        role: GUEST,
        direct_chat: false,
        direct_media: false,
    };
    rig.conference.join(at(1), stale, newcomer).unwrap();
    assert_eq!(rig.status(host).ends_at, Some(at(300)));
    // The same change again, and a later one.
    rig.conference.move_end(at(1), at(300), Some(at(3)));
    rig.conference.move_end(at(1), at(250), Some(at(4)));
    assert_eq!(rig.status(host).ends_at, Some(at(250)));
}

#[test]
fn who_may_stay_after_the_end_is_not_warned() {
    let mut room = room();
    room.ends_at = Some(at(100));
    let mut rig = Rig::in_room(room);
    let host = rig.join(HOST);
    rig.wait(200);
    assert!(endings(&rig.told(host)).is_empty());
    let status = rig.status(host);
    assert_eq!(
        (status.ends_at, status.ends_for_all),
        (Some(at(100)), false)
    );
}

#[test]
fn a_token_that_is_not_renewed_ends_the_stay() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(GUEST));
    rig.conference.renew(at(60), a).unwrap();
    rig.conference.tick(at(119));
    assert!(rig.conference.has(b));
    rig.effects();
    rig.conference.tick(at(120));
    let effects = rig.effects();
    let events = told(&effects, b);
    assert!(matches!(events[..], [Event::Disconnect { .. }]));
    assert_eq!(records(effects)[0].reason, LegEnd::TokenExpired);
    assert!(rig.conference.has(a));
}

#[test]
fn without_events_and_media_the_stay_ends_after_ten_seconds() {
    let mut rig = Rig::new();
    let a = rig.try_join(HOST).unwrap().participant;
    rig.wait(30);
    assert!(rig.conference.has(a), "it never listened");
    let subscription = rig.conference.attach(a).unwrap();
    let call = rig.call(a, 1, 1);
    rig.conference.detach(at(rig.now), a, subscription);
    rig.wait(30);
    assert!(rig.conference.has(a), "media flows");
    let none = CallStatistics::default();
    rig.conference
        .call_closed(at(rig.now), call, CloseReason::ConnectionLost, &none);
    rig.wait(9);
    assert!(rig.conference.has(a));
    let subscription = rig.conference.attach(a).unwrap();
    rig.wait(20);
    assert!(rig.conference.has(a), "it came back");
    rig.conference.detach(at(rig.now), a, subscription);
    rig.wait(10);
    assert!(!rig.conference.has(a));
    assert_eq!(rig.records()[0].reason, LegEnd::ConnectionLost);
}

#[test]
fn the_end_time_ends_the_meeting_only_where_it_shall() {
    for ends in [true, false] {
        let mut room = room();
        room.ends_at = Some(at(100));
        room.settings.end_meeting_on_end_time = ends;
        let mut rig = Rig::in_room(room);
        let a = rig.join(HOST);
        rig.wait(99);
        assert!(rig.conference.has(a));
        rig.wait(1);
        assert_eq!(rig.conference.has(a), !ends);
        let reasons: Vec<_> = rig.records().iter().map(|record| record.reason).collect();
        assert_eq!(reasons.contains(&LegEnd::MeetingEnded), ends);
    }
}

#[test]
fn a_moved_end_counts_and_one_that_has_come_closes_the_room() {
    for ends in [true, false] {
        let mut room = room();
        room.ends_at = Some(at(100));
        room.settings.end_meeting_on_end_time = ends;
        let mut rig = Rig::in_room(room);
        let a = rig.join(HOST);
        rig.conference.move_end(at(0), at(200), None);
        rig.wait(199);
        assert!(rig.conference.has(a));
        // The end it has already changes nothing.
        rig.conference.move_end(at(199), at(200), None);
        assert!(rig.conference.has(a));
        rig.conference.move_end(at(199), at(199), None);
        assert!(!rig.conference.has(a));
        assert_eq!(rig.records()[0].reason, LegEnd::MeetingEnded);
    }
}
