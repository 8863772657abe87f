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
