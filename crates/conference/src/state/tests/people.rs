//! Roles, hands, spotlights, names and views.

use vdx_domain::ViewType;

use super::*;
use crate::event::Referral;

#[test]
fn hosts_make_hosts_and_guests_of_those_inside() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let conference = &mut rig.conference;
    let no = Err(Refused::NotAllowed);
    assert_eq!(conference.set_role(at(0), guest, guest, HOST), no);
    conference.set_role(at(0), host, guest, HOST).unwrap();
    assert_eq!(conference.role_of(guest), Ok(HOST));
    conference.set_role(at(0), guest, host, GUEST).unwrap();
    assert_eq!(conference.lock(at(0), host), no);
    conference.lock(at(0), guest).unwrap();
    let knocking = rig.join(GUEST);
    let conference = &mut rig.conference;
    assert_eq!(conference.set_role(at(0), guest, knocking, HOST), no);
    let nobody = ParticipantId::generate();
    assert_eq!(
        conference.set_role(at(0), guest, nobody, HOST),
        Err(Refused::UnknownTarget)
    );
}

#[test]
fn a_new_host_hears_the_knocks_and_an_old_one_does_not() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    rig.conference.lock(at(0), host).unwrap();
    let knocking = rig.join(GUEST);
    rig.effects();
    rig.conference.set_role(at(0), host, guest, HOST).unwrap();
    let effects = rig.effects();
    assert_eq!(created(&told(&effects, guest)), [(knocking, true)]);
    rig.conference.set_role(at(0), guest, host, GUEST).unwrap();
    let effects = rig.effects();
    assert!(told(&effects, host).contains(&Event::ParticipantDelete(knocking)));
}

#[test]
fn hands_go_up_by_their_owners_and_down_by_hosts_too() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let conference = &mut rig.conference;
    let no = Err(Refused::NotAllowed);
    assert_eq!(conference.raise_hand(at(1), host, guest), no);
    conference.raise_hand(at(1), guest, guest).unwrap();
    conference.raise_hand(at(9), guest, guest).unwrap();
    conference.raise_hand(at(2), host, host).unwrap();
    assert_eq!(rig.view(guest).hand_raised_at, Some(at(1)));
    let conference = &mut rig.conference;
    assert_eq!(conference.lower_hand(guest, host), no);
    conference.lower_hand(host, guest).unwrap();
    assert_eq!(rig.view(guest).hand_raised_at, None);
    let conference = &mut rig.conference;
    conference.raise_hand(at(3), guest, guest).unwrap();
    assert_eq!(conference.lower_all_hands(guest), no);
    conference.lower_all_hands(host).unwrap();
    for who in [host, guest] {
        assert_eq!(rig.view(who).hand_raised_at, None);
    }
    let mut rig = Rig::new();
    let waiting = rig.join(GUEST);
    assert_eq!(rig.conference.raise_hand(at(0), waiting, waiting), no);
}

#[test]
fn spotlights_stand_in_the_order_they_were_lit() {
    let mut rig = Rig::new();
    let (host, a, b) = (rig.join(HOST), rig.join(GUEST), rig.join(GUEST));
    let conference = &mut rig.conference;
    let no = Err(Refused::NotAllowed);
    assert_eq!(conference.spotlight(at(0), a, a, true), no);
    conference.spotlight(at(1), host, b, true).unwrap();
    conference.spotlight(at(2), host, a, true).unwrap();
    conference.spotlight(at(3), host, b, true).unwrap();
    let order = |rig: &Rig| -> Vec<_> {
        let lights = rig.conference.spotlights.iter();
        lights.map(|light| light.who).collect()
    };
    assert_eq!(order(&rig), [b, a]);
    assert_eq!(rig.view(b).spotlight_since, Some(at(1)));
    rig.conference.spotlight(at(4), host, b, false).unwrap();
    assert_eq!(rig.view(b).spotlight_since, None);
    rig.conference.leave(at(5), a).unwrap();
    assert!(order(&rig).is_empty());
}

#[test]
fn another_text_than_the_name_is_written_and_the_name_again() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let text = DisplayName::parse("Interpreter");
    let conference = &mut rig.conference;
    assert_eq!(
        conference.set_overlay_text(guest, host, text.clone()),
        Err(Refused::NotAllowed)
    );
    conference
        .set_overlay_text(host, guest, text.clone())
        .unwrap();
    assert_eq!(Some(rig.view(guest).overlay_text), text);
    assert_eq!(rig.view(guest).name.as_str(), "somebody");
    rig.conference.set_overlay_text(guest, guest, None).unwrap();
    assert_eq!(rig.view(guest).overlay_text.as_str(), "somebody");
}

#[test]
fn a_view_chosen_by_a_host_outlasts_newcomers() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let wanted = Transforms {
        guest_view: Some(ViewType::FourMainsZeroPips),
        overlay_text: Some(false),
        host_view: None,
    };
    let conference = &mut rig.conference;
    assert_eq!(
        conference.transform_layout(guest, wanted),
        Err(Refused::NotAllowed)
    );
    conference.transform_layout(host, wanted).unwrap();
    let layout = |events: &[Event]| {
        events.iter().rev().find_map(|event| match event {
            Event::Layout(layout) => Some(layout.clone()),
            _ => None,
        })
    };
    let told = layout(&rig.told(guest)).unwrap();
    assert_eq!(told.own_view, ViewType::FourMainsZeroPips);
    assert_eq!(told.host_view, ViewType::OneMainSevenPips);
    assert!(!told.overlay_text);
    // The room comes with its own settings each time somebody comes in.
    let newcomer = Newcomer {
        name: DisplayName::parse("late").unwrap(),
        role: GUEST,
        direct_chat: false,
        direct_media: false,
    };
    let late = rig.conference.join(at(1), room(), newcomer).unwrap();
    rig.conference.attach(late.participant).unwrap();
    let told = layout(&rig.told(late.participant)).unwrap();
    assert_eq!(told.own_view, ViewType::FourMainsZeroPips);
}

#[test]
fn a_host_ends_it_for_all() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    assert_eq!(
        rig.conference.terminate(at(1), guest),
        Err(Refused::NotAllowed)
    );
    rig.effects();
    rig.conference.terminate(at(1), host).unwrap();
    let effects = rig.effects();
    for who in [host, guest] {
        assert!(matches!(
            told(&effects, who)[..],
            [Event::Disconnect { .. }]
        ));
    }
    let reasons: Vec<_> = records(effects).iter().map(|r| r.reason).collect();
    assert_eq!(reasons, [LegEnd::Terminated; 2]);
    assert!(rig.conference.is_over());
}

#[test]
fn a_host_sends_somebody_elsewhere_who_listens() {
    let mut rig = Rig::new();
    let (host, guest) = (rig.join(HOST), rig.join(GUEST));
    let deaf = rig.try_join(GUEST).unwrap().participant;
    rig.effects();
    let referral = Referral {
        alias: "other@rooms.example".parse().unwrap(),
        token: "secret".to_owned(),
    };
    assert!(!format!("{referral:?}").contains("secret"));
    let conference = &mut rig.conference;
    for (by, target, answer) in [
        (guest, guest, Err(Refused::NotAllowed)),
        (host, deaf, Err(Refused::Unreachable)),
        (host, guest, Ok(())),
    ] {
        assert_eq!(conference.refer(by, target, referral.clone()), answer);
    }
    assert!(matches!(rig.told(guest)[..], [Event::Refer(_)]));
    assert!(rig.conference.has(guest), "until its client goes");
}
