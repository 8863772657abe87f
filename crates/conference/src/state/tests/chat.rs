//! Messages.

use super::*;

fn text(payload: &str) -> MessageBody {
    MessageBody::new(MessageKind::Text, payload.to_owned()).unwrap()
}

fn messages(events: &[Event]) -> Vec<(ParticipantId, bool, String)> {
    let messages = events.iter().filter_map(|event| match event {
        Event::Message(m) => Some((m.from, m.direct, m.body.payload().to_owned())),
        _ => None,
    });
    messages.collect()
}

#[test]
fn a_message_goes_to_all_others_inside_and_a_direct_one_to_one() {
    let mut rig = Rig::new();
    let (a, b, c) = (rig.join(HOST), rig.join(GUEST), rig.join(GUEST));
    rig.conference.lock(at(0), a).unwrap();
    let waiting = rig.join(GUEST);
    rig.effects();
    let conference = &mut rig.conference;
    conference
        .send_message(at(0), b, None, text("hej"))
        .unwrap();
    let effects = rig.effects();
    for (who, count) in [(a, 1), (b, 0), (c, 1), (waiting, 0)] {
        let told = messages(&told(&effects, who));
        assert_eq!(told.len(), count);
        assert!(told.iter().all(|m| *m == (b, false, "hej".to_owned())));
    }
    let conference = &mut rig.conference;
    conference
        .send_message(at(0), b, Some(c), text("psst"))
        .unwrap();
    let effects = rig.effects();
    assert_eq!(messages(&told(&effects, c)), [(b, true, "psst".to_owned())]);
    assert!(messages(&told(&effects, a)).is_empty());

    let conference = &mut rig.conference;
    let to_waiting = |by| (by, Some(waiting));
    let (by, to) = to_waiting(b);
    assert_eq!(
        conference.send_message(at(0), by, to, text("x")),
        Err(Refused::UnknownTarget),
        "guests do not see who waits"
    );
    let (by, to) = to_waiting(a);
    conference
        .send_message(at(0), by, to, text("soon"))
        .unwrap();
    assert_eq!(messages(&rig.told(waiting)).len(), 1);
    assert_eq!(
        rig.conference.send_message(at(0), waiting, None, text("x")),
        Err(Refused::NotAllowed)
    );
}

#[test]
fn a_room_without_chat_carries_no_message() {
    let mut room = room();
    room.chat = false;
    let mut rig = Rig::in_room(room);
    let host = rig.join(HOST);
    assert_eq!(
        rig.conference.send_message(at(0), host, None, text("x")),
        Err(Refused::ChatOff)
    );
}

#[test]
fn messages_have_a_size_and_a_rate() {
    let of = |bytes| MessageBody::new(MessageKind::Json, "x".repeat(bytes));
    assert_eq!(of(0), Err(InvalidMessage));
    assert!(of(1).is_ok() && of(MAX_MESSAGE).is_ok());
    assert_eq!(of(MAX_MESSAGE + 1), Err(InvalidMessage));
    assert!(!format!("{:?}", text("secret")).contains("secret"));

    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(HOST));
    let mut send = |second, who| {
        rig.conference
            .send_message(at(second), who, None, text("x"))
    };
    for _ in 0..MESSAGE_BURST {
        assert_eq!(send(0, a), Ok(()));
    }
    assert_eq!(send(0, a), Err(Refused::TooFast));
    assert_eq!(send(0, b), Ok(()), "another is not held up");
    assert_eq!(send(1, a), Ok(()));
    assert_eq!(send(1, a), Err(Refused::TooFast));
    for _ in 0..MESSAGE_BURST {
        assert_eq!(send(100, a), Ok(()));
    }
    assert_eq!(send(100, a), Err(Refused::TooFast));
}

#[test]
fn a_whole_room_has_a_rate_too() {
    let mut rig = Rig::new();
    let people: Vec<_> = (0..20).map(|_| rig.join(HOST)).collect();
    let sent = people.iter().flat_map(|who| [*who; 5]).filter(|who| {
        let conference = &mut rig.conference;
        conference
            .send_message(at(0), *who, None, text("x"))
            .is_ok()
    });
    assert_eq!(sent.count(), 60);
}
