//! Direct media: who is in it, what is relayed, and when both go to the hub.

use vdx_domain::{CallType, DirectMedia, GuestMicrophone, VmrType};
use vdx_media::RelayedDescription;

use super::*;
use crate::candidate::Candidate;
use crate::quality::ClientReport;

/// Any session description: nothing here reads it.
pub(super) fn description() -> RelayedDescription {
    let offer = include_str!("../../../../media/src/fuzzing/offer.sdp");
    RelayedDescription::read(offer).unwrap()
}

pub(super) fn candidate() -> Candidate {
    Candidate::new("candidate:1".to_owned(), "0".to_owned(), None).unwrap()
}

fn best_effort() -> Room {
    let mut room = room();
    room.settings.direct_media = DirectMedia::BestEffort;
    room
}

/// A host and a guest in direct media, with their calls.
struct Two {
    rig: Rig,
    host: ParticipantId,
    guest: ParticipantId,
    at_host: CallId,
    at_guest: CallId,
}

impl Rig {
    pub(super) fn offer(&mut self, who: ParticipantId) -> Relay {
        let now = at(self.now);
        self.conference
            .open_direct(now, who, EndpointKind::Web, description())
            .unwrap()
    }

    fn answers(&mut self, who: ParticipantId, call: CallId) -> bool {
        let answer = PeerAnswer::Answered(description());
        let now = at(self.now);
        self.conference
            .answer_direct(now, who, call, answer)
            .unwrap()
    }

    fn reports(&mut self, who: ParticipantId, call: CallId, packets: u64) {
        let report = ClientReport {
            packets_received: Some(packets),
            ..ClientReport::default()
        };
        let now = at(self.now);
        self.conference.reported(now, who, call, report).unwrap();
    }

    fn is_direct(&self, who: ParticipantId) -> bool {
        self.status(who).direct_media
    }
}

fn set_aside(relay: Relay) -> CallId {
    match relay {
        Relay::SetAside(call) => call,
        other => panic!("{other:?}"),
    }
}

fn relayed(relay: Relay) -> CallId {
    match relay {
        Relay::Relayed(call) => call,
        other => panic!("{other:?}"),
    }
}

/// To call again, of which call.
fn moved(events: &[Event]) -> Vec<CallId> {
    let moved = events.iter().filter_map(|event| match event {
        Event::PeerDisconnect { call, .. } => Some(*call),
        _ => None,
    });
    moved.collect()
}

fn answered(effects: &[Effect], of: CallId) -> Vec<PeerAnswer> {
    let answers = effects.iter().filter_map(|effect| match effect {
        Effect::Answer { call, answer } if *call == of => Some(answer.clone()),
        _ => None,
    });
    answers.collect()
}

fn two_in(room: Room) -> Two {
    let mut rig = Rig::in_room(room);
    let guest = rig.join(GUEST);
    let at_guest = set_aside(rig.offer(guest));
    let host = rig.join(HOST);
    let at_host = relayed(rig.offer(host));
    assert!(rig.answers(guest, at_guest));
    rig.effects();
    Two {
        rig,
        host,
        guest,
        at_host,
        at_guest,
    }
}

impl Two {
    fn new() -> Self {
        two_in(best_effort())
    }

    fn are_direct(&self) -> bool {
        self.rig.is_direct(self.host) && self.rig.is_direct(self.guest)
    }

    /// Both are told to call again, and then get calls through the hub.
    fn move_to_the_hub(&mut self) {
        let effects = self.rig.effects();
        for (who, call) in [(self.host, self.at_host), (self.guest, self.at_guest)] {
            assert_eq!(moved(&told(&effects, who)), [call]);
            assert!(!self.rig.is_direct(who) && !self.rig.view(who).has_media);
            assert_eq!(self.rig.offer(who), Relay::NotDirect);
            self.rig.call(who, 1, 1);
        }
        for content in [Content::Audio, Content::Main] {
            assert!(
                self.rig.reaches(self.guest, self.host, content) || self.rig.view(self.guest).muted
            );
            assert!(self.rig.reaches(self.host, self.guest, content));
        }
    }
}

#[test]
fn the_first_waits_and_the_seconds_offer_is_relayed_to_it() {
    let mut rig = Rig::in_room(best_effort());
    let guest = rig.join(GUEST);
    assert!(rig.conference.offers_direct(guest).unwrap());
    let at_guest = set_aside(rig.offer(guest));
    assert!(rig.is_waiting(guest), "for the host");
    let host = rig.join(HOST);
    rig.effects();
    let at_host = relayed(rig.offer(host));
    let effects = rig.effects();
    assert!(told(&effects, guest).contains(&Event::NewOffer(description())));
    assert!(answered(&effects, at_host).is_empty());
    assert!(!rig.is_direct(host) && !rig.view(guest).has_media);

    assert!(rig.answers(guest, at_guest));
    let effects = rig.effects();
    let answer = PeerAnswer::Answered(description());
    assert_eq!(answered(&effects, at_host), [answer]);
    for who in [host, guest] {
        assert!(rig.is_direct(who) && rig.view(who).has_media);
    }
    assert!(!effects.iter().any(|e| matches!(e, Effect::Assign(_))));
    assert!(!rig.answers(guest, at_guest), "nothing waits for it");
}

#[test]
fn candidates_and_changes_go_both_ways() {
    let Two {
        mut rig,
        host,
        guest,
        at_host,
        at_guest,
    } = Two::new();
    let now = at(0);
    for (from, call, to) in [(host, at_host, guest), (guest, at_guest, host)] {
        let sent = rig.conference.relay_candidate(now, from, call, candidate());
        assert_eq!(sent, Ok(()));
        assert_eq!(rig.told(to), [Event::NewCandidate(candidate())]);
        let relay = rig.conference.change_direct(from, call, description());
        assert_eq!(relay, Ok(Relay::Relayed(call)));
        assert_eq!(rig.told(to), [Event::UpdateSdp(description())]);
    }
    // Both have an offer out: one ignores the other's and is answered itself.
    let ignored = rig
        .conference
        .answer_direct(now, host, at_host, PeerAnswer::Ignored);
    assert_eq!(ignored, Ok(true));
    assert!(rig.answers(guest, at_guest));
    let effects = rig.effects();
    assert_eq!(answered(&effects, at_guest), [PeerAnswer::Ignored]);
    assert_eq!(
        answered(&effects, at_host),
        [PeerAnswer::Answered(description())]
    );
    assert!(rig.is_direct(host));
}

#[test]
fn a_newer_offer_takes_the_place_of_one_that_waits() {
    let Two {
        mut rig,
        host,
        at_host,
        ..
    } = Two::new();
    for _ in 0..2 {
        let relay = rig.conference.change_direct(host, at_host, description());
        relay.unwrap();
    }
    assert_eq!(answered(&rig.effects(), at_host), [PeerAnswer::Ignored]);
}

#[test]
fn what_is_relayed_is_limited() {
    let Two {
        mut rig,
        host,
        at_host,
        ..
    } = Two::new();
    let too_fast = Err(Refused::SignallingTooFast);
    let candidates = |rig: &mut Rig, now| {
        let conference = &mut rig.conference;
        conference.relay_candidate(at(now), host, at_host, candidate())
    };
    for _ in 0..CANDIDATE_BURST {
        assert_eq!(candidates(&mut rig, 0), Ok(()));
    }
    assert_eq!(candidates(&mut rig, 0), too_fast);
    assert_eq!(candidates(&mut rig, 1), Ok(()));
}

#[test]
fn a_third_brings_all_to_the_hub_and_they_stay_there() {
    let mut two = Two::new();
    let third = two.rig.join(GUEST);
    assert!(!two.rig.conference.offers_direct(third).unwrap());
    two.move_to_the_hub();
    two.rig.call(third, 2, 2);
    for who in [two.host, two.guest] {
        assert!(two.rig.reaches(third, who, Content::Audio));
        assert!(two.rig.reaches(who, third, Content::Audio));
    }
    two.rig.conference.leave(at(1), third).unwrap();
    assert_eq!(two.rig.offer(two.guest), Relay::NotDirect);
    // When nobody is inside, it begins anew.
    for who in [two.host, two.guest] {
        two.rig.conference.leave(at(2), who).unwrap();
    }
    let next = two.rig.join(HOST);
    set_aside(two.rig.offer(next));
}

#[test]
fn who_knocks_changes_nothing_until_let_in() {
    let mut two = Two::new();
    two.rig.conference.lock(at(0), two.host).unwrap();
    let knocking = two.rig.join(GUEST);
    assert!(two.rig.is_waiting(knocking) && two.are_direct());
    assert_eq!(two.rig.offer(knocking), Relay::NotDirect);
    two.rig.conference.admit(two.host, knocking).unwrap();
    two.move_to_the_hub();
}

#[test]
fn what_the_hub_has_to_enforce_ends_it() {
    type Rule = fn(&mut Conference, ParticipantId, ParticipantId);
    let rules: [(&str, Rule); 7] = [
        ("a host mutes", |c, host, guest| {
            c.mute(host, guest, Mute::Audio, true).unwrap();
        }),
        ("oneself by the hub", |c, _, guest| {
            c.mute(guest, guest, Mute::Audio, true).unwrap();
        }),
        ("a host hides", |c, host, guest| {
            c.mute(host, guest, Mute::Video, true).unwrap();
        }),
        ("all guests", |c, host, _| {
            c.mute_guests(host, true).unwrap();
        }),
        ("no presentation", |c, host, guest| {
            c.let_receive_presentation(host, guest, false).unwrap();
        }),
        ("the room says never", |c, _, _| {
            c.room.settings.direct_media = DirectMedia::Never;
            c.settle();
        }),
        ("a lecture", |c, _, _| {
            c.room.settings.vmr_type = VmrType::Lecture;
            c.settle();
        }),
    ];
    for (name, rule) in rules {
        let mut two = Two::new();
        rule(&mut two.rig.conference, two.host, two.guest);
        assert!(!two.are_direct(), "{name}");
        let effects = two.rig.effects();
        for (who, call) in [(two.host, two.at_host), (two.guest, two.at_guest)] {
            assert_eq!(moved(&told(&effects, who)), [call], "{name}");
            assert_eq!(two.rig.offer(who), Relay::NotDirect, "{name}");
        }
    }
}

#[test]
fn what_people_switch_off_themselves_does_not_end_it() {
    let Two {
        mut rig,
        host,
        guest,
        ..
    } = Two::new();
    let conference = &mut rig.conference;
    for off in [true, false] {
        conference.mute(guest, guest, Mute::OwnAudio, off).unwrap();
        conference.mute(guest, guest, Mute::Video, off).unwrap();
        conference.spotlight(at(0), host, guest, off).unwrap();
    }
    conference.take_floor(guest).unwrap();
    conference.release_floor(guest).unwrap();
    assert!(rig.is_direct(host) && rig.is_direct(guest));
}

#[test]
fn a_camera_that_a_host_switched_off_is_the_hubs_until_it_is_on() {
    let mut rig = Rig::in_room(best_effort());
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let conference = &mut rig.conference;
    conference.mute(host, guest, Mute::Video, true).unwrap();
    conference.mute(guest, guest, Mute::Video, true).unwrap();
    assert!(!conference.offers_direct(guest).unwrap());
    conference.mute(guest, guest, Mute::Video, false).unwrap();
    assert!(conference.offers_direct(guest).unwrap());
}

#[test]
fn rooms_that_hold_something_back_have_no_direct_media() {
    type Change = fn(&mut Room);
    let changes: [(&str, Change); 6] = [
        ("never", |room| {
            room.settings.direct_media = DirectMedia::Never;
        }),
        ("lecture", |room| room.settings.vmr_type = VmrType::Lecture),
        ("one-way", |room| {
            room.guest_media = CallType::parse("VideoSendOnly");
        }),
        ("no voice", |room| {
            room.guest_microphone = GuestMicrophone::Off;
        }),
        ("muted", |room| room.settings.mute_all_guests = true),
        ("no presenting", |room| {
            room.settings.guests_can_present = false;
        }),
    ];
    for (name, change) in changes {
        let mut room = best_effort();
        change(&mut room);
        let mut rig = Rig::in_room(room);
        let guest = rig.join(GUEST);
        assert!(!rig.conference.offers_direct(guest).unwrap(), "{name}");
        assert_eq!(rig.offer(guest), Relay::NotDirect, "{name}");
    }
}

#[test]
fn a_client_that_cannot_brings_the_one_who_waits_to_the_hub() {
    let mut rig = Rig::in_room(best_effort());
    let host = rig.join(HOST);
    let waiting = set_aside(rig.offer(host));
    rig.direct_media = false;
    rig.effects();
    let plain = rig.join(GUEST);
    assert_eq!(moved(&rig.told(host)), [waiting]);
    assert_eq!(rig.offer(plain), Relay::NotDirect);
    assert_eq!(rig.offer(host), Relay::NotDirect);
}

#[test]
fn when_one_goes_the_other_calls_again_and_waits() {
    let Two {
        mut rig,
        host,
        guest,
        at_host,
        ..
    } = Two::new();
    rig.conference.leave(at(1), guest).unwrap();
    assert_eq!(moved(&rig.told(host)), [at_host]);
    assert!(!rig.is_direct(host));
    // What its client still says of the old call is late, and no fault.
    let conference = &mut rig.conference;
    assert_eq!(
        conference.relay_candidate(at(1), host, at_host, candidate()),
        Ok(())
    );
    let late = conference.change_direct(host, at_host, description());
    assert_eq!(late, Ok(Relay::SetAside(at_host)));
    assert_eq!(conference.end_call(at(1), host, at_host), Ok(()));
    let at_host = set_aside(rig.offer(host));
    let next = rig.join(GUEST);
    relayed(rig.offer(next));
    assert!(rig.answers(host, at_host));
    assert!(rig.is_direct(next));
}

#[test]
fn who_hangs_up_or_calls_the_hub_brings_both_there() {
    let mut two = Two::new();
    two.rig
        .conference
        .end_call(at(1), two.host, two.at_host)
        .unwrap();
    assert_eq!(moved(&two.rig.told(two.guest)), [two.at_guest]);
    assert_eq!(two.rig.offer(two.host), Relay::NotDirect);

    let mut two = Two::new();
    two.rig.call(two.guest, 1, 1);
    assert_eq!(moved(&two.rig.told(two.host)), [two.at_host]);
    assert_eq!(two.rig.offer(two.host), Relay::NotDirect);
}

#[test]
fn an_answer_that_does_not_come_ends_it() {
    let mut rig = Rig::in_room(best_effort());
    let host = rig.join(HOST);
    let at_host = set_aside(rig.offer(host));
    let guest = rig.join(GUEST);
    let at_guest = relayed(rig.offer(guest));
    rig.effects();
    rig.conference.answer_overdue(at_guest);
    let effects = rig.effects();
    assert_eq!(answered(&effects, at_guest), [PeerAnswer::Over]);
    assert_eq!(moved(&told(&effects, host)), [at_host]);
    // Its client never heard of the call: the answer to its offer tells.
    assert!(moved(&told(&effects, guest)).is_empty());
    assert_eq!(
        rig.conference.has_call(guest, at_guest),
        Err(Refused::UnknownCall)
    );

    let mut two = Two::new();
    two.rig.conference.answer_overdue(two.at_host);
    assert!(two.are_direct(), "nothing was asked");
}

#[test]
fn a_third_in_the_middle_of_an_offer_answers_it() {
    let mut rig = Rig::in_room(best_effort());
    let host = rig.join(HOST);
    set_aside(rig.offer(host));
    let guest = rig.join(GUEST);
    let at_guest = relayed(rig.offer(guest));
    rig.join(GUEST);
    assert_eq!(answered(&rig.effects(), at_guest), [PeerAnswer::Over]);
}

#[test]
fn one_who_leaves_is_not_waited_for() {
    let mut rig = Rig::in_room(best_effort());
    let host = rig.join(HOST);
    let at_host = set_aside(rig.offer(host));
    let guest = rig.join(GUEST);
    let at_guest = relayed(rig.offer(guest));
    rig.effects();
    rig.conference.leave(at(0), guest).unwrap();
    let effects = rig.effects();
    assert_eq!(answered(&effects, at_guest), [PeerAnswer::Over]);
    assert_eq!(moved(&told(&effects, host)), [at_host]);
}

#[test]
fn a_path_by_which_nothing_comes_is_given_up() {
    let patience = SILENCE_PATIENCE.as_secs();
    let mut two = Two::new();
    for packets in 1..=4 {
        two.rig.wait(patience / 2);
        two.rig.reports(two.host, two.at_host, packets);
        two.rig.reports(two.guest, two.at_guest, packets);
    }
    assert!(two.are_direct());
    two.rig.wait(patience / 2);
    // One hears, the other does not.
    two.rig.reports(two.host, two.at_host, 5);
    two.rig.reports(two.guest, two.at_guest, 4);
    two.rig.effects();
    two.rig.wait(patience / 2);
    two.move_to_the_hub();
}

#[test]
fn of_two_who_wait_for_each_other_one_calls_again() {
    let mut rig = Rig::in_room(best_effort());
    let host = rig.join(HOST);
    rig.conference.lock(at(0), host).unwrap();
    let at_host = set_aside(rig.offer(host));
    let guest = rig.join(GUEST);
    let at_guest = set_aside(rig.offer(guest));
    rig.effects();
    rig.conference.admit(host, guest).unwrap();
    let effects = rig.effects();
    assert!(moved(&told(&effects, host)).is_empty());
    assert_eq!(moved(&told(&effects, guest)), [at_guest]);
    relayed(rig.offer(guest));
    assert!(rig.answers(host, at_host));
    assert!(rig.is_direct(guest));
}

#[test]
fn who_does_not_listen_cannot_be_offered_to() {
    let mut rig = Rig::in_room(best_effort());
    let host = rig.try_join(HOST).unwrap().participant;
    set_aside(rig.offer(host));
    let guest = rig.join(GUEST);
    let at_guest = set_aside(rig.offer(guest));
    rig.effects();
    rig.conference.attach(host).unwrap();
    assert_eq!(moved(&rig.told(guest)), [at_guest]);
    relayed(rig.offer(guest));
}

#[test]
fn who_lost_its_events_is_told_again_to_call() {
    let Two {
        mut rig,
        host,
        guest,
        at_host,
        ..
    } = Two::new();
    rig.join(GUEST);
    rig.effects();
    rig.conference.attach(host).unwrap();
    let effects = rig.effects();
    assert_eq!(moved(&told(&effects, host)), [at_host]);
    assert!(moved(&told(&effects, guest)).is_empty());
}

#[test]
fn nobody_speaks_for_anothers_call() {
    let Two {
        mut rig,
        host,
        guest,
        at_host,
        ..
    } = Two::new();
    let conference = &mut rig.conference;
    let unknown = Refused::UnknownCall;
    let late = conference.answer_direct(at(0), guest, at_host, PeerAnswer::Ignored);
    assert_eq!(late, Err(unknown));
    let late = conference.change_direct(guest, at_host, description());
    assert_eq!(late, Err(unknown));
    let late = conference.relay_candidate(at(0), guest, at_host, candidate());
    assert_eq!(late, Err(unknown));
    assert_eq!(conference.path_of(host, at_host), Ok(MediaPath::Direct));
    assert_eq!(conference.path_of(guest, at_host), Err(unknown));
}
