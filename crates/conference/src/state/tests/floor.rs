//! Presentations: who may, and who receives them.

use super::*;

#[test]
fn who_loses_the_right_to_present_loses_the_floor() {
    let mut room = room();
    room.settings.guests_can_present = false;
    let mut rig = Rig::in_room(room);
    let (a, b) = (rig.join(HOST), rig.join(HOST));
    rig.conference.take_floor(b).unwrap();
    assert!(rig.view(b).presenting);
    rig.effects();
    rig.conference.set_role(at(0), a, b, GUEST).unwrap();
    let effects = rig.effects();
    assert!(told(&effects, a).contains(&Event::PresentationStop));
    assert!(!rig.view(b).presenting);
    assert!(!rig.status(b).presentation_allowed);
}

#[test]
fn a_host_says_who_receives_presentations() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    rig.call(host, 1, 1);
    rig.call(guest, 1, 1);
    assert_eq!(
        rig.conference.let_receive_presentation(guest, guest, true),
        Err(Refused::NotAllowed)
    );
    rig.conference.take_floor(host).unwrap();
    rig.effects();
    assert!(rig.reaches(host, guest, Content::Slides));
    rig.conference
        .let_receive_presentation(host, guest, false)
        .unwrap();
    assert!(!rig.reaches(host, guest, Content::Slides));
    assert!(!rig.view(guest).receives_presentation);
    assert!(rig.told(guest).contains(&Event::PresentationStop));
    rig.conference
        .let_receive_presentation(host, guest, true)
        .unwrap();
    assert!(rig.reaches(host, guest, Content::Slides));
    let starts = |event: &Event| matches!(event, Event::PresentationStart { .. });
    assert!(rig.told(guest).iter().any(starts));
}

#[test]
fn presenting_takes_the_floor_from_the_one_before() {
    let mut rig = Rig::new();
    let (a, b, c) = (rig.join(HOST), rig.join(GUEST), rig.join(GUEST));
    for who in [a, b, c] {
        rig.call(who, 1, 1);
    }
    rig.effects();
    rig.conference.take_floor(a).unwrap();
    let effects = rig.effects();
    let starts = |events: &[Event], by| {
        events
            .iter()
            .any(|e| matches!(e, Event::PresentationStart { presenter, .. } if *presenter == by))
    };
    assert!(starts(&told(&effects, b), a));
    assert!(!starts(&told(&effects, a), a), "not told of its own");
    assert_eq!(in_slot(&told(&effects, b), Content::Slides, 0), Some(a));

    rig.conference.take_floor(b).unwrap();
    let effects = rig.effects();
    assert!(starts(&told(&effects, a), b));
    assert!(starts(&told(&effects, c), b));
    assert!(told(&effects, b).contains(&Event::PresentationStop));

    rig.conference.release_floor(a).unwrap();
    assert!(rig.effects().is_empty(), "it was not its floor");
    rig.conference.release_floor(b).unwrap();
    let effects = rig.effects();
    assert!(told(&effects, a).contains(&Event::PresentationStop));
    assert_eq!(in_slot(&told(&effects, c), Content::Slides, 0), None);
}

#[test]
fn guests_present_only_where_they_may_and_never_from_the_waiting_room() {
    let mut room = room();
    room.settings.guests_can_present = false;
    let mut rig = Rig::in_room(room);
    let guest = rig.join(GUEST);
    assert_eq!(rig.conference.take_floor(guest), Err(Refused::NotAllowed));
    let host = rig.join(HOST);
    assert_eq!(rig.conference.take_floor(guest), Err(Refused::NotAllowed));
    assert_eq!(rig.conference.take_floor(host), Ok(()));
    let mut rig = Rig::new();
    let waiting = rig.join(GUEST);
    assert_eq!(rig.conference.take_floor(waiting), Err(Refused::NotAllowed));
}
