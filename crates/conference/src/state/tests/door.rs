//! Waiting, the lock, and letting people in.

use super::*;

#[test]
fn who_comes_to_a_locked_room_knocks_and_is_let_in_or_turned_away() {
    let mut rig = Rig::new();
    let (host, inside) = (rig.join(HOST), rig.join(GUEST));
    rig.conference.lock(at(0), host).unwrap();
    assert!(rig.status(inside).locked);
    assert!(!rig.is_waiting(inside), "who is inside stays");
    rig.effects();

    let joined = rig.try_join(GUEST).unwrap();
    assert!(joined.waiting);
    let effects = rig.effects();
    let knocking = joined.participant;
    assert_eq!(
        created(&told(&effects, host)),
        [(knocking, true)],
        "a knock"
    );
    assert!(told(&effects, inside).is_empty(), "guests hear no knock");

    rig.conference.admit(host, knocking).unwrap();
    assert!(!rig.is_waiting(knocking));
    let effects = rig.effects();
    assert_eq!(updated(&told(&effects, host)), [(knocking, false)]);
    assert_eq!(created(&told(&effects, inside)), [(knocking, false)]);

    let turned_away = rig.join(GUEST);
    assert!(rig.is_waiting(turned_away));
    rig.effects();
    rig.conference.disconnect(at(1), host, turned_away).unwrap();
    let effects = rig.effects();
    let events = told(&effects, turned_away);
    assert!(matches!(events[..], [Event::Disconnect { .. }]));
    assert!(rig.status(host).locked, "still");
}

#[test]
fn who_has_the_host_pin_comes_straight_in_and_unlocking_lets_all_in() {
    let mut rig = Rig::new();
    let host = rig.join(HOST);
    rig.conference.lock(at(0), host).unwrap();
    assert!(!rig.try_join(HOST).unwrap().waiting);
    let waiting = [rig.join(GUEST), rig.join(GUEST)];
    assert!(waiting.iter().all(|who| rig.is_waiting(*who)));
    rig.conference.unlock(host).unwrap();
    assert!(!waiting.iter().any(|who| rig.is_waiting(*who)));
    assert!(!rig.try_join(GUEST).unwrap().waiting);
}

#[test]
fn all_who_wait_are_let_in_and_the_lock_stays() {
    let mut rig = Rig::new();
    let (host, inside) = (rig.join(HOST), rig.join(GUEST));
    rig.conference.lock(at(0), host).unwrap();
    let knocking = [rig.join(GUEST), rig.join(GUEST)];
    let no = Err(Refused::NotAllowed);
    for by in [inside, knocking[0]] {
        assert_eq!(rig.conference.admit_all(by), no);
    }
    assert!(knocking.iter().all(|who| rig.is_waiting(*who)));
    rig.effects();
    rig.conference.admit_all(host).unwrap();
    let effects = rig.effects();
    assert_eq!(
        updated(&told(&effects, host)),
        knocking.map(|who| (who, false))
    );
    assert_eq!(created(&told(&effects, inside)).len(), 2);
    assert!(rig.status(host).locked, "still");
    assert!(rig.try_join(GUEST).unwrap().waiting, "who comes next waits");
    // With nobody waiting it changes nothing.
    rig.conference.admit_all(host).unwrap();
    rig.effects();
    rig.conference.admit_all(host).unwrap();
    assert!(rig.effects().is_empty());
}

#[test]
fn how_long_somebody_waits_is_seen_and_stays_the_time_they_came() {
    let mut rig = Rig::new();
    let host = rig.join(HOST);
    rig.conference.lock(at(0), host).unwrap();
    rig.wait(30);
    let knocking = rig.join(GUEST);
    rig.wait(30);
    assert_eq!(rig.view(knocking).joined_at, at(30));
    rig.conference.admit_all(host).unwrap();
    assert_eq!(rig.view(knocking).joined_at, at(30));
}

#[test]
fn a_room_without_a_host_pin_asks_those_inside() {
    let mut room = room();
    room.host_pin = None;
    let mut rig = Rig::in_room(room);
    let (a, b) = (rig.join(HOST), rig.join(HOST));
    rig.conference.lock(at(0), a).unwrap();
    rig.effects();
    let knocking = rig.join(HOST);
    assert!(rig.is_waiting(knocking));
    let effects = rig.effects();
    for who in [a, b] {
        assert_eq!(created(&told(&effects, who)), [(knocking, true)]);
    }
    // Who waits has none of the rights of those inside.
    let conference = &mut rig.conference;
    let no = Err(Refused::NotAllowed);
    assert_eq!(conference.admit(knocking, knocking), no);
    assert_eq!(conference.unlock(knocking), no);
    assert_eq!(conference.disconnect(at(0), knocking, a), no);
    assert_eq!(conference.mute(knocking, a, Mute::Audio, true), no);
    assert_eq!(conference.roster(knocking).unwrap().len(), 1);
    assert_eq!(conference.admit(b, knocking), Ok(()));
    assert!(!rig.is_waiting(knocking));
}

#[test]
fn guests_neither_lock_nor_admit() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    rig.conference.lock(at(0), host).unwrap();
    let knocking = rig.join(GUEST);
    let conference = &mut rig.conference;
    let no = Err(Refused::NotAllowed);
    for by in [guest, knocking] {
        assert_eq!(conference.lock(at(0), by), no);
        assert_eq!(conference.unlock(by), no);
        assert_eq!(conference.admit(by, knocking), no);
        assert_eq!(conference.start(by), no);
    }
    let nobody = ParticipantId::generate();
    assert_eq!(conference.admit(host, nobody), Err(Refused::UnknownTarget));
    assert_eq!(conference.start(host), Ok(()));
    assert!(rig.is_waiting(knocking), "starting opens no lock");
}

#[test]
fn a_lock_that_was_forgotten_clears_after_a_day() {
    let mut rig = Rig::new();
    rig.conference = rig.conference.with_timers(Timers {
        waiting: SignedDuration::from_hours(48),
        ..Timers::default()
    });
    let host = rig.join(HOST);
    rig.conference.lock(at(0), host).unwrap();
    rig.conference.lock(at(3600), host).unwrap();
    let knocking = rig.join(GUEST);
    let day = 24 * 3600;
    for (seconds, waits) in [(day - 1, true), (day, false)] {
        rig.now = seconds - 1;
        rig.wait(1);
        assert_eq!(rig.is_waiting(knocking), waits, "{seconds}");
        assert_eq!(rig.status(host).locked, waits);
    }
}

#[test]
fn a_lock_ends_with_the_last_one_inside() {
    let mut rig = Rig::new();
    let host = rig.join(HOST);
    rig.conference.lock(at(0), host).unwrap();
    let knocking = rig.join(GUEST);
    rig.conference.leave(at(1), host).unwrap();
    assert!(rig.is_waiting(knocking), "for a host, as before the first");
    let host = rig.join(HOST);
    assert!(!rig.is_waiting(knocking));
    assert!(!rig.status(host).locked);
}

#[test]
fn a_room_without_a_host_pin_is_open_again_when_those_inside_have_left() {
    let mut room = room();
    room.host_pin = None;
    let mut rig = Rig::in_room(room);
    let inside = rig.join(HOST);
    rig.conference.lock(at(0), inside).unwrap();
    let knocking = rig.join(HOST);
    rig.conference.leave(at(1), inside).unwrap();
    assert!(!rig.is_waiting(knocking));
}

#[test]
fn guests_wait_alone_until_the_first_host_comes() {
    let mut rig = Rig::new();
    assert!(rig.try_join(GUEST).unwrap().waiting);
    let a = rig.join(GUEST);
    let b = rig.join(GUEST);
    let effects = rig.effects();
    for who in [a, b] {
        assert_eq!(created(&told(&effects, who)), [(who, true)], "only oneself");
        assert_eq!(started(&told(&effects, who)), Some(false));
    }
    rig.call(a, 4, 3);
    rig.call(b, 4, 3);
    let effects = rig.effects();
    assert!(
        !effects
            .iter()
            .any(|e| matches!(e, Effect::Assign(t) if !t.is_empty()))
    );

    let host = rig.join(HOST);
    let effects = rig.effects();
    let events = told(&effects, a);
    assert_eq!(updated(&events), [(a, false)]);
    assert_eq!(created(&events).len(), 3, "the others and the host");
    assert_eq!(started(&events), Some(true));
    assert_eq!(in_slot(&events, Content::Main, 0), Some(b));
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Assign(t) if t.len() == 4))
    );
    assert!(!rig.try_join(GUEST).unwrap().waiting, "the door stays open");
    rig.conference.leave(at(1), host).unwrap();
    assert!(!rig.try_join(GUEST).unwrap().waiting);
}

#[test]
fn the_room_is_closed_again_when_everybody_has_left() {
    let mut rig = Rig::new();
    let host = rig.join(HOST);
    rig.conference.leave(at(1), host).unwrap();
    rig.effects();
    assert!(rig.conference.is_over());
    assert!(rig.try_join(GUEST).unwrap().waiting);
}

#[test]
fn the_limit_keeps_a_seat_for_a_host() {
    let mut room = room();
    room.settings.max_participants = 2;
    let mut rig = Rig::in_room(room);
    rig.try_join(GUEST).unwrap();
    assert_eq!(rig.try_join(GUEST), Err(Refused::Full));
    let host = rig.try_join(HOST).unwrap().participant;
    assert_eq!(rig.try_join(HOST), Err(Refused::Full));
    rig.conference.leave(at(0), host).unwrap();
    rig.try_join(HOST).unwrap();
}

#[test]
fn hosts_put_others_out_and_guests_do_not() {
    let mut rig = Rig::new();
    let (host, a, b) = (rig.join(HOST), rig.join(GUEST), rig.join(GUEST));
    assert_eq!(
        rig.conference.disconnect(at(1), a, b),
        Err(Refused::NotAllowed)
    );
    rig.effects();
    rig.conference.disconnect(at(1), host, a).unwrap();
    let effects = rig.effects();
    assert!(matches!(told(&effects, a)[..], [Event::Disconnect { .. }]));
    assert_eq!(records(effects)[0].reason, LegEnd::Disconnected);
    rig.conference.disconnect(at(1), b, b).unwrap();
    assert_eq!(rig.records()[0].reason, LegEnd::Left);
}
