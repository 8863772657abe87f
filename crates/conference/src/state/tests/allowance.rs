//! How much somebody may do.

use super::*;

/// How many are taken at once, up to more than there could be.
fn at_once(mut take: impl FnMut() -> Result<(), Refused>) -> u32 {
    let taken = (0..10_000).take_while(|_| take().is_ok());
    u32::try_from(taken.count()).unwrap()
}

#[test]
fn offers_are_limited_by_participant_and_earned_again() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(GUEST));
    let conference = &mut rig.conference;
    assert_eq!(at_once(|| conference.count_offer(at(0), a)), OFFER_BURST);
    let too_fast = Err(Refused::SignallingTooFast);
    assert_eq!(conference.count_offer(at(1), a), too_fast);
    assert_eq!(conference.count_offer(at(1), b), Ok(()), "one's own");
    assert_eq!(conference.count_offer(at(2), a), Ok(()));
    assert_eq!(conference.count_offer(at(2), a), too_fast);
    let much_later = at_once(|| conference.count_offer(at(3600), a));
    assert_eq!(much_later, OFFER_BURST, "no more is saved up");
}

#[test]
fn acts_are_limited_apart_from_offers() {
    let mut rig = Rig::new();
    let a = rig.join(HOST);
    let conference = &mut rig.conference;
    assert_eq!(at_once(|| conference.count_act(at(0), a)), ACT_BURST);
    assert_eq!(conference.count_offer(at(0), a), Ok(()));
    assert_eq!(at_once(|| conference.count_act(at(1), a)), 5);
    let refused = conference.count_act(at(1), a);
    assert_eq!(refused, Err(Refused::ActingTooFast));
    let nobody = conference.count_act(at(1), ParticipantId::generate());
    assert_eq!(nobody, Err(Refused::UnknownParticipant));
}
