//! Made-up lives of conferences, and what must hold in all of them.
//!
//! People come with all kinds of PINs to all kinds of rooms and do whatever comes
//! to their minds, allowed or not. Beside the conference runs a *witness* that
//! knows only what clients are told, and has to know the truth at every step.

mod acts;

use std::collections::{BTreeSet, HashMap, HashSet};

use proptest::collection::vec;
use proptest::prelude::*;
use vdx_domain::{CallType, DirectMedia, VmrType};

use acts::{Act, act, any_room};

use super::direct::{candidate, description};
use super::*;
use crate::admission::{self, Decision, PinAnswer, Shown};
use crate::event::Referral;
use crate::quality::ClientReport;

/// What one client knows from its events.
#[derive(Default)]
struct Client {
    roster: HashMap<ParticipantId, Arc<ParticipantView>>,
    status: Option<ConferenceView>,
    presenter: Option<ParticipantId>,
    slots: Vec<SlotView>,
}

struct World {
    rig: Rig,
    came: Vec<ParticipantId>,
    clients: HashMap<ParticipantId, Client>,
    subscriptions: HashMap<ParticipantId, u64>,
    /// What a hub that is killed now would know of people.
    kept: HashMap<ParticipantId, Standing>,
}

impl World {
    fn in_room(room: Room) -> Self {
        Self {
            rig: Rig::in_room(room),
            came: Vec::new(),
            clients: HashMap::new(),
            subscriptions: HashMap::new(),
            kept: HashMap::new(),
        }
    }

    fn id(&self, n: usize) -> ParticipantId {
        let known = self.came.get(n).copied();
        known.unwrap_or_else(ParticipantId::generate)
    }

    fn people(&self) -> &[Participant] {
        &self.rig.conference.participants
    }

    fn waiting(&self) -> BTreeSet<ParticipantId> {
        let waiting = self.people().iter().filter(|who| who.waiting);
        waiting.map(|who| who.id).collect()
    }

    fn is_host(&self, n: usize) -> bool {
        let host = self.people().iter().find(|who| who.id == self.id(n));
        host.is_some_and(Participant::is_host)
    }

    fn come(&mut self, pin: usize, ticket: bool) -> Result<(), Refused> {
        let room = self.rig.conference.room().clone();
        let pin = [
            PinAnswer::Missing,
            PinAnswer::Guest,
            PinAnswer::Digits("1111"),
            PinAnswer::Digits("2222"),
        ][pin];
        let ticket = ticket.then_some(GUEST);
        let Decision::Admit(role) = admission::decide(&room, Shown { ticket, pin }) else {
            return Ok(());
        };
        let joined = self.rig.try_join(role)?;
        assert!(!joined.waiting || role == GUEST || room.host_pin.is_none());
        self.came.push(joined.participant);
        // What the token tells.
        let kept = Standing::free(role);
        self.kept.insert(joined.participant, kept);
        Ok(())
    }

    fn listen(&mut self, who: ParticipantId, resume: bool) -> Result<(), Refused> {
        let resumed = match resume {
            true => self.rig.conference.resume(who)?,
            false => None,
        };
        let subscription = match resumed {
            Some(subscription) => subscription,
            None => {
                let subscription = self.rig.conference.attach(who)?;
                self.clients.insert(who, Client::default());
                subscription
            }
        };
        self.subscriptions.insert(who, subscription);
        Ok(())
    }

    fn act(&mut self, act: &Act) -> Result<(), Refused> {
        let now = at(self.rig.now);
        let id = |n: &usize| self.id(*n);
        match act {
            Act::Come {
                pin,
                ticket,
                direct,
            } => {
                self.rig.direct_media = *direct;
                return self.come(*pin, *ticket);
            }
            Act::Listen(who) => return self.listen(id(who), false),
            Act::Resume(who) => return self.listen(id(who), true),
            Act::StopListening(who) => {
                let who = id(who);
                if let Some(subscription) = self.subscriptions.get(&who) {
                    self.rig.conference.detach(now, who, *subscription);
                }
                return Ok(());
            }
            Act::Call { who, main, audio } => {
                let who = id(who);
                if self.rig.conference.has(who) {
                    self.rig.call(who, *main, *audio);
                }
                return Ok(());
            }
            Act::Speak(who, level) => {
                let who = id(who);
                let speaker = self.people().iter().find(|one| one.id == who);
                let call = speaker.and_then(|one| Some(one.call.as_ref()?.id));
                let levels: Vec<_> = call.map(|call| (call, *level)).into_iter().collect();
                self.rig.conference.loudness(now, &levels);
                return Ok(());
            }
            Act::Wait(seconds) => {
                self.rig.wait(*seconds);
                return Ok(());
            }
            Act::MoveEnd(end, known) => {
                let (end, known) = (at(self.rig.now + end), at(self.rig.now + known));
                self.rig.conference.move_end(now, end, Some(known));
                return Ok(());
            }
            Act::HangUp(who) => {
                let who = id(who);
                let call = self.call_of(who);
                return self.rig.conference.end_call(now, who, call);
            }
            Act::Offer(_)
            | Act::OfferAgain(_)
            | Act::Answer(..)
            | Act::Overdue(_)
            | Act::Found(_)
            | Act::Report(..) => return self.signal(act),
            _ => {}
        }
        let [one, two] = match act {
            Act::Admit(a, b)
            | Act::PutOut(a, b)
            | Act::Mute(a, b, ..)
            | Act::Role(a, b, _)
            | Act::ReceivePresentation(a, b, _)
            | Act::Spotlight(a, b, _)
            | Act::Hand(a, b, _)
            | Act::Refer(a, b)
            | Act::Write(a, Some(b)) => [id(a), id(b)],
            Act::Leave(a)
            | Act::StepOut(a)
            | Act::Lock(a, _)
            | Act::AdmitAll(a)
            | Act::Terminate(a)
            | Act::MuteGuests(a, _)
            | Act::LetGuestsUnmute(a, _)
            | Act::Floor(a, _)
            | Act::Write(a, None) => [id(a); 2],
            other => unreachable!("{other:?} was done above"),
        };
        let conference = &mut self.rig.conference;
        match act {
            Act::Leave(_) => conference.leave(now, one),
            Act::StepOut(_) => conference.step_out(now, one),
            Act::Lock(_, true) => conference.lock(now, one),
            Act::Lock(_, false) => conference.unlock(one),
            Act::Admit(..) => conference.admit(one, two),
            Act::AdmitAll(_) => conference.admit_all(one),
            Act::PutOut(..) => conference.disconnect(now, one, two),
            Act::Terminate(_) => conference.terminate(now, one),
            Act::Mute(_, _, what, off) => conference.mute(one, two, *what, *off),
            Act::MuteGuests(_, off) => conference.mute_guests(one, *off),
            Act::LetGuestsUnmute(_, yes) => conference.let_guests_unmute(one, *yes),
            Act::Role(_, _, role) => conference.set_role(now, one, two, *role),
            Act::Floor(_, true) => conference.take_floor(one),
            Act::Floor(_, false) => conference.release_floor(one),
            Act::ReceivePresentation(_, _, yes) => {
                conference.let_receive_presentation(one, two, *yes)
            }
            Act::Spotlight(_, _, on) => conference.spotlight(now, one, two, *on),
            Act::Hand(_, _, true) => conference.raise_hand(now, one, two),
            Act::Hand(_, _, false) => conference.lower_hand(one, two),
            Act::Write(_, to) => {
                let body = MessageBody::new(MessageKind::Text, "x".to_owned()).unwrap();
                conference.send_message(now, one, to.map(|_| two), body)
            }
            Act::Refer(..) => {
                let referral = Referral {
                    alias: "other@rooms.example".parse().unwrap(),
                    token: String::new(),
                };
                conference.refer(one, two, referral)
            }
            other => unreachable!("{other:?} was done above"),
        }
    }

    fn call_of(&self, who: ParticipantId) -> CallId {
        let one = self.people().iter().find(|one| one.id == who);
        let call = one.and_then(|one| Some(one.call.as_ref()?.id));
        call.unwrap_or_else(CallId::generate)
    }

    /// What clients say for direct media.
    fn signal(&mut self, act: &Act) -> Result<(), Refused> {
        let now = at(self.rig.now);
        let (Act::Offer(n)
        | Act::OfferAgain(n)
        | Act::Answer(n, _)
        | Act::Overdue(n)
        | Act::Found(n)
        | Act::Report(n, _)) = act
        else {
            unreachable!("{act:?} is no signalling")
        };
        let who = self.id(*n);
        let call = self.call_of(who);
        let conference = &mut self.rig.conference;
        match act {
            Act::Offer(_) => conference
                .open_direct(now, who, EndpointKind::Client, description())
                .map(|_| ()),
            Act::OfferAgain(_) => conference
                .change_direct(who, call, description())
                .map(|_| ()),
            Act::Answer(_, ignores) => {
                let answer = match ignores {
                    true => PeerAnswer::Ignored,
                    false => PeerAnswer::Answered(description()),
                };
                conference.answer_direct(now, who, call, answer).map(|_| ())
            }
            Act::Overdue(_) => {
                conference.answer_overdue(call);
                Ok(())
            }
            Act::Found(_) => conference.relay_candidate(now, who, call, candidate()),
            Act::Report(_, packets) => {
                let report = ClientReport {
                    packets_received: Some(*packets),
                    ..ClientReport::default()
                };
                conference.reported(now, who, call, report)
            }
            other => unreachable!("{other:?} is no signalling"),
        }
    }

    /// Clients hear what is told, and are never told nonsense.
    fn hear(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::EndEvents(who) => {
                    self.clients.remove(&who);
                }
                Effect::Stands(who, standing) => {
                    self.kept.insert(who, standing);
                }
                Effect::Tell { to, event } => {
                    // Who listened and left is told why, and that is all.
                    let client = self.clients.get_mut(&to).expect("nobody else is told");
                    client.hear(event);
                }
                Effect::Assign(_)
                | Effect::CloseCall(_)
                | Effect::Answer { .. }
                | Effect::Departed(..)
                | Effect::Ended
                | Effect::Record(_) => {}
            }
        }
    }
}

impl Client {
    fn hear(&mut self, event: Event) {
        match event {
            Event::SyncBegin => self.roster.clear(),
            Event::ParticipantCreate(view) => {
                let known = self.roster.insert(view.id, view);
                assert!(known.is_none(), "created twice");
            }
            Event::ParticipantUpdate(view) => {
                let known = self.roster.insert(view.id, view.clone());
                assert_ne!(known.expect("an update of nobody"), view);
            }
            Event::ParticipantDelete(who) => {
                assert!(self.roster.remove(&who).is_some(), "deleted twice");
            }
            Event::Conference(status) => self.status = Some(status),
            Event::PresentationStart { presenter, .. } => self.presenter = Some(presenter),
            Event::PresentationStop => self.presenter = None,
            Event::Slots(slots) => self.slots = slots,
            _ => {}
        }
    }
}

/// What holds at every moment.
fn check(world: &World) {
    let conference = &world.rig.conference;
    let room = conference.room();
    let people: HashMap<ParticipantId, &Participant> =
        world.people().iter().map(|who| (who.id, who)).collect();
    let owner = |call: CallId| {
        let mut owners = people
            .values()
            .filter(|who| who.call.as_ref().is_some_and(|c| c.id == call));
        *owners
            .next()
            .expect("an assignment of a call that is there")
    };
    let mut taken = HashSet::new();
    for one in &conference.assigned {
        let (source, receiver) = (owner(one.source), owner(one.receiver));
        let shared = one.slot.content == Content::Audio && receiver.slots(room).unwrap().audio == 1;
        let sharer = shared.then_some(one.source);
        assert!(
            taken.insert((one.receiver, one.slot, sharer)),
            "two in a slot"
        );
        assert_ne!(source.id, receiver.id, "the own stream");
        assert!(
            !source.waiting && !receiver.waiting,
            "out of the waiting room"
        );
        assert!(conference.started, "before a host was there");
        let of_guest = |who: &Participant| who.role == GUEST;
        match one.slot.content {
            Content::Audio => {
                assert!(!source.is_muted(room));
                assert!(!of_guest(receiver) || room.guest_media.receive.audio);
            }
            Content::Main => {
                assert!(!source.is_hidden(room));
                assert!(!of_guest(receiver) || room.guest_media.receive.video);
                let lecture = room.settings.vmr_type == VmrType::Lecture;
                assert!(!lecture || !of_guest(receiver) || !of_guest(source));
            }
            Content::Slides => {
                assert_eq!(conference.presenter, Some(source.id));
                assert!(receiver.receives_presentation(room));
            }
        }
    }
    if let Some(presenter) = conference.presenter {
        assert!(people[&presenter].may_present(room));
    }
    for light in &conference.spotlights {
        assert!(people.contains_key(&light.who));
    }
    let limit = usize::try_from(room.settings.max_participants).unwrap();
    assert!(limit == 0 || people.len() <= limit);
    for (who, client) in &world.clients {
        let truth: HashMap<_, _> = conference
            .roster(*who)
            .unwrap()
            .into_iter()
            .map(|view| (view.id, view))
            .collect();
        assert_eq!(client.roster, truth, "what a client knows");
        assert_eq!(client.status, conference.status(*who).ok());
        let me = people[who];
        let shown = conference
            .presenter
            .filter(|id| *id != *who && !me.waiting && me.receives_presentation(room));
        assert_eq!(client.presenter, shown);
    }
}

/// Whenever the hub is killed, nobody stands otherwise afterwards.
fn check_kept(world: &World) {
    for who in world.people() {
        assert_eq!(world.kept[&who.id], who.standing());
    }
}

/// What holds of direct media at every moment: never three, and nobody in it
/// from whom the hub has anything to hold back.
fn check_direct(world: &World) {
    let conference = &world.rig.conference;
    let room = conference.room();
    let inside: Vec<&Participant> = world.people().iter().filter(|who| !who.waiting).collect();
    let paired: Vec<&Participant> = world
        .people()
        .iter()
        .filter(|who| who.peer().is_some())
        .collect();
    for call in world.people().iter().filter_map(|who| who.call.as_ref()) {
        let assigned = conference.assigned.iter();
        let mut own = assigned.filter(|one| one.source == call.id || one.receiver == call.id);
        assert!(call.hub().is_some() || own.next().is_none(), "in two ways");
    }
    if paired.is_empty() {
        return;
    }
    let [one, other] = paired[..] else {
        panic!("{} are in direct media", paired.len());
    };
    assert_eq!(inside.len(), 2, "a third is inside");
    assert_eq!((one.peer(), other.peer()), (Some(other.id), Some(one.id)));
    assert!(conference.started);
    assert_eq!(room.settings.direct_media, DirectMedia::BestEffort);
    assert_eq!(room.settings.vmr_type, VmrType::Conference);
    for who in [one, other] {
        assert!(!who.waiting && who.direct_media);
        assert!(!who.is_muted(room), "muted by the hub");
        assert!(
            !who.is_hidden(room) || !who.video_off_by_host,
            "hidden by a host"
        );
        assert!(who.receives_presentation(room) && who.may_present(room));
        let guest = who.role == GUEST;
        assert!(!guest || room.guest_media == CallType::ALL);
    }
}

/// What holds from one moment to the next.
fn live(room: Room, acts: Vec<Act>) {
    let mut world = World::in_room(room);
    let mut a_host_was_there = false;
    for act in acts {
        let locked = world.rig.conference.is_locked();
        let waiting = world.waiting();
        let by_host = match &act {
            Act::Admit(by, _) | Act::AdmitAll(by) | Act::Lock(by, false) => world.is_host(*by),
            _ => false,
        };
        let done = world.act(&act);
        let effects = world.rig.effects();
        if done.is_err() {
            assert!(
                effects.is_empty(),
                "{act:?} was refused and did {effects:?}"
            );
        }
        world.hear(effects);
        check(&world);
        check_direct(&world);
        check_kept(&world);

        let people = world.people();
        let nobody_inside = people.iter().all(|who| who.waiting);
        let host_inside = people.iter().any(Participant::is_host);
        a_host_was_there = !nobody_inside && (a_host_was_there || host_inside);
        let inside = |who: &ParticipantId| people.iter().any(|one| one.id == *who && !one.waiting);
        for who in people.iter().filter(|who| !who.waiting) {
            assert!(a_host_was_there, "{:?} is in without a host", who.role);
        }
        let let_in: Vec<_> = waiting.iter().filter(|who| inside(who)).collect();
        if locked && world.rig.conference.is_locked() {
            match act {
                Act::Admit(_, whom) if by_host => {
                    assert!(let_in.iter().all(|w| **w == world.id(whom)));
                }
                Act::AdmitAll(_) if by_host => {
                    assert!(world.waiting().is_empty(), "everybody is let in");
                }
                _ => assert!(let_in.is_empty(), "{act:?} let somebody in"),
            }
        }
    }
    // Everybody is written down who was ever there.
    world
        .rig
        .conference
        .disconnect_all(at(world.rig.now), LegEnd::Shutdown);
    let effects = world.rig.effects();
    world.hear(effects);
    assert!(world.clients.is_empty());
    world.rig.now += 20;
    world.rig.conference.tick(at(world.rig.now));
    world.rig.effects();
    assert!(world.rig.conference.is_over());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_do_the_room_keeps_its_rules(
        room in any_room(),
        acts in vec(act(), 1..80),
    ) {
        live(room, acts);
    }
}
