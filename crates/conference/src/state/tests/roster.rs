//! Who sees whom, and how it is told.

use super::*;

#[test]
fn a_new_listener_is_told_the_whole_roster_between_two_marks() {
    let mut rig = Rig::new();
    let host = rig.join(HOST);
    rig.effects();
    let other = rig.join(HOST);
    let effects = rig.effects();
    let events = told(&effects, other);
    assert_eq!(events[0], Event::SyncBegin);
    assert_eq!(created(&events[1..3]), [(host, false), (other, false)]);
    assert_eq!(events[3], Event::SyncEnd);
    assert_eq!(started(&events), Some(true));
    assert_eq!(codec(&events), Some(VideoCodec::Vp8));
    assert_eq!(created(&told(&effects, host)), [(other, false)]);
    assert_eq!(started(&told(&effects, host)), None, "nothing changed");
}

#[test]
fn the_roster_follows_who_comes_changes_and_goes() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(GUEST));
    rig.effects();
    rig.call(b, 1, 1);
    assert_eq!(updated(&rig.told(a)), [(b, false)]);
    rig.conference.mute(b, b, Mute::OwnAudio, true).unwrap();
    assert_eq!(updated(&rig.told(a)), [(b, false)]);
    rig.conference.mute(b, b, Mute::OwnAudio, true).unwrap();
    assert!(rig.told(a).is_empty());
    rig.conference.leave(at(1), b).unwrap();
    let effects = rig.effects();
    assert!(told(&effects, a).contains(&Event::ParticipantDelete(b)));
    assert!(effects.contains(&Effect::EndEvents(b)));
    assert_eq!(
        rig.conference.renew(at(1), b),
        Err(Refused::UnknownParticipant)
    );
}
