mod chat;
mod door;
mod floor;
mod layers;
mod muting;
mod people;
mod quality;
mod random;
mod records;
mod resuming;
mod timers;

use vdx_domain::{EndpointKind, LegEnd};
use vdx_media::{CallStatistics, CloseReason, Content, Slot, SlotSection, VideoCodec};
use vdx_store::CallRecord;

use super::*;
use crate::DisplayName;
use crate::event::{ConferenceView, SlotView};
use crate::testing::{at, room};

const HOST: ParticipantRole = ParticipantRole::Host;
const GUEST: ParticipantRole = ParticipantRole::Guest;

/// A conference and the time.
struct Rig {
    conference: Conference,
    now: i64,
}

impl Rig {
    fn new() -> Self {
        Self::in_room(room())
    }

    fn in_room(room: Room) -> Self {
        Self {
            conference: Conference::new(ConferenceId::generate(), room),
            now: 0,
        }
    }

    fn try_join(&mut self, role: ParticipantRole) -> Result<Joined, Refused> {
        let room = self.conference.room().clone();
        let newcomer = Newcomer {
            name: DisplayName::parse("somebody").unwrap(),
            role,
            direct_chat: true,
        };
        self.conference.join(at(self.now), room, newcomer)
    }

    /// Comes in and listens.
    fn join(&mut self, role: ParticipantRole) -> ParticipantId {
        let who = self.try_join(role).unwrap().participant;
        self.conference.attach(who).unwrap();
        who
    }

    /// As somebody is seen.
    fn view(&self, who: ParticipantId) -> ParticipantView {
        let published = self.conference.participant(who).unwrap().published.clone();
        (*published.unwrap()).clone()
    }

    fn status(&self, viewer: ParticipantId) -> ConferenceView {
        self.conference.status(viewer).unwrap()
    }

    fn is_waiting(&self, who: ParticipantId) -> bool {
        self.view(who).waiting
    }

    /// Whether anything of `source` goes to `receiver`.
    fn reaches(&self, source: ParticipantId, receiver: ParticipantId, content: Content) -> bool {
        let call = |who| self.conference.participant(who).unwrap().call.as_ref();
        let (Some(source), Some(receiver)) = (call(source), call(receiver)) else {
            return false;
        };
        self.conference.assigned.iter().any(|one| {
            one.slot.content == content && one.source == source.id && one.receiver == receiver.id
        })
    }

    /// Opens a call with these numbers of slots.
    fn call(&mut self, who: ParticipantId, main: u8, audio: u8) -> CallId {
        self.call_with(who, main, audio, &[VideoCodec::Vp8, VideoCodec::H264])
    }

    fn call_with(
        &mut self,
        who: ParticipantId,
        main: u8,
        audio: u8,
        decodes: &[VideoCodec],
    ) -> CallId {
        let call = self
            .conference
            .begin_call(who, EndpointKind::Web, true)
            .unwrap();
        let mut sections = Vec::new();
        for (content, count) in [
            (Content::Audio, audio),
            (Content::Main, main),
            (Content::Slides, 1),
        ] {
            for index in 0..count {
                sections.push(SlotSection {
                    slot: Slot { content, index },
                    mid: sections.len().to_string(),
                });
            }
        }
        let agreed = Agreed {
            sections,
            decodes: decodes.to_vec(),
        };
        self.conference.call_agreed(call, agreed).unwrap();
        self.conference.call_connected(call);
        call
    }

    /// Lets time pass, with the tokens renewed.
    fn wait(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now += 1;
            let everybody: Vec<_> = self.conference.participants.iter().map(|p| p.id).collect();
            for who in everybody {
                self.conference.renew(at(self.now), who).unwrap();
            }
            self.conference.tick(at(self.now));
        }
    }

    fn effects(&mut self) -> Vec<Effect> {
        self.conference.take_effects()
    }

    /// What `who` was told since the last look; forgets the rest.
    fn told(&mut self, who: ParticipantId) -> Vec<Event> {
        told(&self.effects(), who)
    }

    fn records(&mut self) -> Vec<CallRecord> {
        records(self.effects())
    }
}

fn told(effects: &[Effect], who: ParticipantId) -> Vec<Event> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell { to, event } if *to == who => Some(event.clone()),
            _ => None,
        })
        .collect()
}

fn records(effects: Vec<Effect>) -> Vec<CallRecord> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Record(record) => Some(*record),
            _ => None,
        })
        .collect()
}

fn created(events: &[Event]) -> Vec<(ParticipantId, bool)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::ParticipantCreate(view) => Some((view.id, view.waiting)),
            _ => None,
        })
        .collect()
}

fn updated(events: &[Event]) -> Vec<(ParticipantId, bool)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::ParticipantUpdate(view) => Some((view.id, view.waiting)),
            _ => None,
        })
        .collect()
}

fn started(events: &[Event]) -> Option<bool> {
    events.iter().rev().find_map(|event| match event {
        Event::Conference(view) => Some(view.started),
        _ => None,
    })
}

fn slots(events: &[Event]) -> Option<&Vec<SlotView>> {
    events.iter().rev().find_map(|event| match event {
        Event::Slots(slots) => Some(slots),
        _ => None,
    })
}

fn in_slot(events: &[Event], content: Content, index: u8) -> Option<ParticipantId> {
    slots(events)?
        .iter()
        .find(|view| view.slot == Slot { content, index })?
        .participant
}

fn codec(events: &[Event]) -> Option<VideoCodec> {
    events.iter().rev().find_map(|event| match event {
        Event::VideoCodec(codec) => Some(*codec),
        _ => None,
    })
}

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

#[test]
fn who_is_in_whose_slot_is_told_by_mid_and_given_to_the_engine() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(GUEST));
    let call_a = rig.call(a, 2, 1);
    rig.effects();
    let call_b = rig.call(b, 1, 1);
    let effects = rig.effects();
    let events = told(&effects, a);
    let shown = slots(&events).unwrap();
    assert_eq!(shown.len(), 4);
    assert_eq!(shown[1].mid, "1");
    assert_eq!(in_slot(&events, Content::Main, 0), Some(b));
    assert_eq!(in_slot(&events, Content::Main, 1), None);
    assert_eq!(in_slot(&events, Content::Audio, 0), Some(b));
    let table = effects.iter().rev().find_map(|effect| match effect {
        Effect::Assign(table) => Some(table),
        _ => None,
    });
    let expected = |receiver, content, source| Assignment {
        receiver,
        slot: Slot { content, index: 0 },
        source,
        large: true,
    };
    let table = table.unwrap();
    assert_eq!(table.len(), 4);
    for content in [Content::Audio, Content::Main] {
        assert!(table.contains(&expected(call_a, content, call_b)));
        assert!(table.contains(&expected(call_b, content, call_a)));
    }
    rig.conference.mute(b, b, Mute::Video, true).unwrap();
    let effects = rig.effects();
    assert!(effects.contains(&Effect::Assign(vec![
        expected(call_a, Content::Audio, call_b),
        expected(call_b, Content::Audio, call_a),
        expected(call_b, Content::Main, call_a),
    ])));
    assert_eq!(slots(&told(&effects, a)), None, "the tile stays");
}

#[test]
fn a_second_call_replaces_the_first() {
    let mut rig = Rig::new();
    let a = rig.join(HOST);
    let first = rig.call(a, 1, 1);
    rig.effects();
    let second = rig.call(a, 1, 1);
    assert!(rig.effects().contains(&Effect::CloseCall(first)));
    assert_eq!(rig.conference.has_call(a, first), Err(Refused::UnknownCall));
    assert_eq!(rig.conference.has_call(a, second), Ok(()));
    let told_of = CallStatistics::default();
    rig.conference
        .call_closed(at(1), first, CloseReason::Closed, &told_of);
    assert!(rig.told(a).is_empty(), "the old call is no news");
}

#[test]
fn a_lost_call_is_told_to_its_owner_and_shown_to_the_others() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(GUEST));
    rig.call(a, 1, 1);
    let call = rig.call(b, 1, 1);
    rig.effects();
    let moved = CallStatistics::default();
    rig.conference
        .call_closed(at(1), call, CloseReason::ConnectionLost, &moved);
    let effects = rig.effects();
    let lost =
        |event: &Event| matches!(event, Event::CallDisconnected { call: c, .. } if *c == call);
    assert!(told(&effects, b).iter().any(lost));
    let events = told(&effects, a);
    assert_eq!(updated(&events), [(b, false)]);
    assert_eq!(in_slot(&events, Content::Main, 0), None);
}

#[test]
fn an_answer_for_somebody_who_left_is_refused() {
    let mut rig = Rig::new();
    let a = rig.join(HOST);
    let call = rig
        .conference
        .begin_call(a, EndpointKind::Client, false)
        .unwrap();
    rig.conference.leave(at(1), a).unwrap();
    let agreed = Agreed {
        sections: Vec::new(),
        decodes: Vec::new(),
    };
    assert_eq!(
        rig.conference.call_agreed(call, agreed),
        Err(Refused::UnknownCall)
    );
    assert!(!rig.conference.is_over(), "the call's numbers are to come");
    rig.conference.call_refused(call);
    rig.conference.tick(at(2));
    assert_eq!(rig.records().len(), 1);
    assert!(rig.conference.is_over());
}

#[test]
fn the_codec_follows_the_weakest_receiver() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(GUEST));
    rig.call(a, 1, 1);
    rig.effects();
    rig.call(b, 1, 1);
    assert_eq!(codec(&rig.told(b)), Some(VideoCodec::H264));
    let c = rig.join(GUEST);
    rig.effects();
    rig.call_with(c, 1, 1, &[VideoCodec::Vp8]);
    let effects = rig.effects();
    assert_eq!(codec(&told(&effects, a)), Some(VideoCodec::Vp8));
    assert_eq!(codec(&told(&effects, b)), Some(VideoCodec::Vp8));
    assert_eq!(codec(&told(&effects, c)), Some(VideoCodec::H264));
    rig.conference.leave(at(1), c).unwrap();
    assert_eq!(codec(&rig.told(a)), Some(VideoCodec::H264));
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

#[test]
fn the_active_speaker_is_told_and_takes_the_single_slot() {
    let mut rig = Rig::new();
    let (a, b, c) = (rig.join(HOST), rig.join(GUEST), rig.join(GUEST));
    let calls: Vec<CallId> = [a, b, c]
        .into_iter()
        .map(|who| rig.call(who, 1, 1))
        .collect();
    rig.effects();
    rig.conference
        .loudness(at(1), &[(calls[0], 30), (calls[1], 30), (calls[2], 100)]);
    let effects = rig.effects();
    let events = told(&effects, a);
    assert_eq!(in_slot(&events, Content::Main, 0), Some(c));
    assert_eq!(in_slot(&events, Content::Audio, 0), Some(c));
    let stage = events.iter().find_map(|event| match event {
        Event::Stage(stage) => Some(stage.clone()),
        _ => None,
    });
    assert_eq!(stage.unwrap()[0].participant, c);
    rig.conference
        .loudness(at(2), &[(calls[0], 30), (calls[1], 30), (calls[2], 101)]);
    assert!(rig.effects().is_empty(), "nothing changed");
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
        rig.conference.move_end(at(0), at(200));
        rig.wait(199);
        assert!(rig.conference.has(a));
        // The end it has already changes nothing.
        rig.conference.move_end(at(199), at(200));
        assert!(rig.conference.has(a));
        rig.conference.move_end(at(199), at(199));
        assert!(!rig.conference.has(a));
        assert_eq!(rig.records()[0].reason, LegEnd::MeetingEnded);
    }
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
