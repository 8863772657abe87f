//! Microphones: of guests, of lectures, of one-way video.

use vdx_domain::{CallType, GuestMicrophone, VmrType};

use super::*;

const OFF: bool = true;
const ON: bool = false;

fn two(room: Room) -> (Rig, ParticipantId, ParticipantId) {
    let mut rig = Rig::in_room(room);
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    rig.call(host, 2, 2);
    rig.call(guest, 2, 2);
    (rig, host, guest)
}

#[test]
fn muted_guests_are_not_heard_and_unmute_themselves_where_they_may() {
    let mut room = room();
    room.settings.mute_all_guests = true;
    let (mut rig, host, guest) = two(room);
    assert!(rig.status(host).guests_muted && rig.status(host).guests_can_unmute);
    assert!(rig.view(guest).muted && !rig.view(host).muted);
    assert!(!rig.reaches(guest, host, Content::Audio));
    assert!(rig.reaches(host, guest, Content::Audio));
    rig.conference.mute(guest, guest, Mute::Audio, ON).unwrap();
    assert!(rig.reaches(guest, host, Content::Audio));

    rig.conference.mute_guests(host, OFF).unwrap();
    rig.conference.let_guests_unmute(host, false).unwrap();
    assert_eq!(
        rig.conference.mute(guest, guest, Mute::Audio, ON),
        Err(Refused::NotAllowed)
    );
    // Muting oneself is no way around it.
    rig.conference.mute(guest, guest, Mute::Audio, OFF).unwrap();
    assert_eq!(
        rig.conference.mute(guest, guest, Mute::Audio, ON),
        Err(Refused::NotAllowed)
    );
    rig.conference.mute(host, guest, Mute::Audio, ON).unwrap();
    assert!(rig.reaches(guest, host, Content::Audio));
    rig.conference.mute(guest, guest, Mute::Audio, OFF).unwrap();
    rig.conference.mute(guest, guest, Mute::Audio, ON).unwrap();
    assert!(!rig.view(guest).muted, "one's own mute is one's own");
}

#[test]
fn unmuting_all_guests_leaves_who_muted_oneself() {
    let (mut rig, host, a) = two(room());
    let b = rig.join(GUEST);
    rig.conference.mute(a, a, Mute::Audio, OFF).unwrap();
    rig.conference.mute(host, b, Mute::Audio, OFF).unwrap();
    rig.conference.mute_guests(host, ON).unwrap();
    assert!(rig.view(a).muted);
    assert!(!rig.view(b).muted);
    rig.conference.mute_guests(host, OFF).unwrap();
    let late = rig.join(GUEST);
    assert!([a, b, late].iter().all(|who| rig.view(*who).muted));
    assert!(!rig.view(host).muted);
    rig.conference.mute_guests(host, ON).unwrap();
    assert!(![b, late].iter().any(|who| rig.view(*who).muted));
    assert!(rig.view(a).muted, "also when all were muted meanwhile");
    rig.conference.mute(a, a, Mute::Audio, ON).unwrap();
    assert!(!rig.view(a).muted);
}

#[test]
fn who_came_in_muted_is_not_opened_with_all_the_others() {
    let mut room = room();
    room.guest_microphone = GuestMicrophone::Muted;
    let (mut rig, host, guest) = two(room);
    rig.conference.mute_guests(host, OFF).unwrap();
    rig.conference.mute_guests(host, ON).unwrap();
    assert!(rig.view(guest).muted);
    assert!(!rig.reaches(guest, host, Content::Audio));
}

#[test]
fn a_client_that_switches_its_microphone_on_is_heard_unless_a_host_says_no() {
    let mut room = room();
    room.guest_microphone = GuestMicrophone::Muted;
    let (mut rig, host, guest) = two(room);
    assert!(!rig.reaches(guest, host, Content::Audio));
    let open = |rig: &mut Rig| rig.conference.mute(guest, guest, Mute::OwnAudio, ON);
    open(&mut rig).unwrap();
    assert!(rig.reaches(guest, host, Content::Audio));
    rig.conference.mute(host, guest, Mute::Audio, OFF).unwrap();
    open(&mut rig).unwrap();
    assert!(!rig.reaches(guest, host, Content::Audio));
}

#[test]
fn guests_do_not_mute_guests() {
    let (mut rig, _, guest) = two(room());
    let conference = &mut rig.conference;
    let no = Err(Refused::NotAllowed);
    assert_eq!(conference.mute_guests(guest, OFF), no);
    assert_eq!(conference.let_guests_unmute(guest, true), no);
}

#[test]
fn the_guests_microphone_is_open_muted_or_without_a_voice() {
    for (how, muted, heard_after_unmuting) in [
        (GuestMicrophone::On, false, true),
        (GuestMicrophone::Muted, true, true),
        (GuestMicrophone::Off, true, false),
    ] {
        let mut room = room();
        room.guest_microphone = how;
        let (mut rig, host, guest) = two(room);
        assert_eq!(rig.view(guest).muted, muted, "{how}");
        assert_eq!(rig.reaches(guest, host, Content::Audio), !muted);
        assert!(rig.reaches(host, guest, Content::Audio));
        for by in [guest, host] {
            let unmuted = rig.conference.mute(by, guest, Mute::Audio, ON);
            assert_eq!(unmuted.is_ok(), heard_after_unmuting, "{how}");
        }
        assert_eq!(
            rig.reaches(guest, host, Content::Audio),
            heard_after_unmuting
        );
        assert_eq!(rig.view(guest).can_be_heard, heard_after_unmuting);
    }
}

#[test]
fn one_way_video_shows_the_guest_and_no_more() {
    let mut room = room();
    room.guest_media = CallType::parse("VideoSendOnlyPresentationRecvOnly");
    room.guest_microphone = GuestMicrophone::Off;
    let (mut rig, host, guest) = two(room);
    assert!(rig.reaches(guest, host, Content::Main));
    assert!(!rig.reaches(guest, host, Content::Audio));
    assert!(!rig.reaches(host, guest, Content::Main));
    assert!(!rig.reaches(host, guest, Content::Audio));
    assert_eq!(rig.conference.take_floor(guest), Err(Refused::NotAllowed));
    rig.conference.take_floor(host).unwrap();
    assert!(rig.reaches(host, guest, Content::Slides));
}

#[test]
fn a_room_for_ears_only_shows_no_camera_of_a_guest() {
    let mut room = room();
    room.guest_media = CallType::parse("AudioSendRecv");
    let (mut rig, host, guest) = two(room);
    assert!(!rig.reaches(guest, host, Content::Main));
    assert!(!rig.reaches(host, guest, Content::Main));
    assert!(rig.reaches(guest, host, Content::Audio));
    assert!(rig.reaches(host, guest, Content::Audio));
    rig.conference.take_floor(host).unwrap();
    assert!(!rig.reaches(host, guest, Content::Slides));
}

#[test]
fn the_guests_of_a_lecture_listen_until_a_host_gives_them_the_word() {
    let mut room = room();
    room.settings.vmr_type = VmrType::Lecture;
    let (mut rig, host, guest) = two(room);
    let other = rig.join(GUEST);
    rig.call(other, 2, 2);
    assert!(rig.view(guest).lecture && rig.view(guest).muted);
    assert!(rig.reaches(host, guest, Content::Main));
    assert!(rig.reaches(host, guest, Content::Audio));
    assert!(rig.reaches(guest, host, Content::Main));
    for content in [Content::Main, Content::Audio] {
        assert!(!rig.reaches(guest, other, content));
    }
    assert_eq!(
        rig.conference.mute(guest, guest, Mute::Audio, ON),
        Err(Refused::NotAllowed)
    );
    rig.conference.raise_hand(at(3), guest, guest).unwrap();
    assert_eq!(rig.view(guest).hand_raised_at, Some(at(3)));
    rig.conference.mute(host, guest, Mute::Audio, ON).unwrap();
    assert!(rig.reaches(guest, other, Content::Audio), "a question");
    assert!(rig.reaches(guest, host, Content::Audio));
}

#[test]
fn who_becomes_a_host_has_a_voice_and_who_stops_being_one_loses_it() {
    let mut room = room();
    room.guest_microphone = GuestMicrophone::Off;
    room.settings.mute_all_guests = true;
    let (mut rig, host, guest) = two(room);
    rig.conference.set_role(at(0), host, guest, HOST).unwrap();
    rig.conference.mute(guest, guest, Mute::Audio, ON).unwrap();
    assert!(rig.reaches(guest, host, Content::Audio));
    rig.conference.set_role(at(0), host, guest, GUEST).unwrap();
    assert!(!rig.reaches(guest, host, Content::Audio));
}

#[test]
fn one_mutes_oneself_and_hosts_mute_others() {
    let mut rig = Rig::new();
    let (host, a, b) = (rig.join(HOST), rig.join(GUEST), rig.join(GUEST));
    let conference = &mut rig.conference;
    assert_eq!(conference.mute(a, a, Mute::Audio, true), Ok(()));
    assert_eq!(conference.mute(host, b, Mute::Audio, true), Ok(()));
    assert_eq!(
        conference.mute(a, b, Mute::Audio, true),
        Err(Refused::NotAllowed)
    );
    assert_eq!(
        conference.mute(host, a, Mute::OwnAudio, true),
        Err(Refused::NotAllowed)
    );
}
