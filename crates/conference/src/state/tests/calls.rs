//! Calls: who is in whose slot, which codec is used, and what becomes of a call.

use super::*;

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
