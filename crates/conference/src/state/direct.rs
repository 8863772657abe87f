//! Direct media: two browsers send to each other, and the hub carries only what
//! they say to find each other.
//!
//! Media that does not pass through the hub cannot be held back by it. So two
//! are in direct media only while there is nothing to hold back: the room wants
//! it, exactly two are inside, both announced that they can, and each may send
//! and receive everything. [`Conference::settle_direct`] looks at that after
//! every input; the moment it is not so, both are told to call again and go on
//! through the hub. A conference that came to the hub stays there until nobody
//! is inside: a third is likely to come again, and a path that failed to fail.
//!
//! The names of what is relayed are those of the client API: `new_offer`,
//! `update_sdp`, `new_candidate`, `peer_disconnect`.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{CallId, DirectMedia, EndpointKind, MediaKinds, ParticipantId, VmrType};
use vdx_media::RelayedDescription;

use super::allowance::Allowance;
use super::participant::{Call, Participant, Path};
use super::{Conference, Effect, Refused};
use crate::candidate::Candidate;
use crate::event::Event;

/// How long a client may take to answer an offer that was relayed to it.
pub const ANSWER_PATIENCE: SignedDuration = SignedDuration::from_secs(3);

/// How long a client may receive nothing on a direct path, by its own reports,
/// until both go to the hub: three reports that do not come.
pub const SILENCE_PATIENCE: SignedDuration = SignedDuration::from_secs(20);

/// Candidates a client may have relayed at once before [`CANDIDATE_EVERY`] counts.
pub const CANDIDATE_BURST: u32 = 100;

/// How often a client may go on having candidates relayed.
pub const CANDIDATE_EVERY: SignedDuration = SignedDuration::from_millis(500);

/// One end of direct media.
#[derive(Debug)]
pub(super) struct Leg {
    state: LegState,
    candidates: Allowance,
}

#[derive(Debug)]
enum LegState {
    /// The offer was set aside: nobody is there yet to send to.
    Waiting,
    /// With another's leg, which is with this one.
    Paired(Pair),
    /// To call again: whatever is said of this leg is late.
    Moved,
}

#[derive(Debug)]
struct Pair {
    with: ParticipantId,
    /// The own offer that waits for the other's answer.
    offered: Option<Offered>,
    /// Offer and answer were exchanged.
    agreed: bool,
    /// Packets received, as last reported.
    received: u64,
    /// When that number last changed.
    alive_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    /// The one that opens the call: its client knows no call yet.
    Opening,
    /// A further one.
    Further,
}

/// What became of an offer for direct media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relay {
    /// The other's client has it; [`Effect::Answer`] tells what it answers.
    Relayed(CallId),
    /// Nobody is there to have it: the client waits for an offer.
    SetAside(CallId),
    /// There is no direct media now.
    NotDirect,
}

/// What came of an offer that was relayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerAnswer {
    /// The answer.
    Answered(RelayedDescription),
    /// The other's client makes an offer of its own, which counts.
    Ignored,
    /// Direct media ended meanwhile.
    Over,
}

/// How the media of a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaPath {
    /// Through the media engine.
    Hub,
    /// From browser to browser.
    Direct,
}

impl Leg {
    fn new(state: LegState) -> Self {
        Self {
            state,
            candidates: Allowance::new(CANDIDATE_BURST, CANDIDATE_EVERY),
        }
    }

    /// Media flows, as far as the hub can know.
    pub(super) fn is_agreed(&self) -> bool {
        self.pair().is_some_and(|pair| pair.agreed)
    }

    pub(super) fn is_moved(&self) -> bool {
        matches!(self.state, LegState::Moved)
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state, LegState::Waiting)
    }

    fn pair(&self) -> Option<&Pair> {
        match &self.state {
            LegState::Paired(pair) => Some(pair),
            LegState::Waiting | LegState::Moved => None,
        }
    }

    fn pair_mut(&mut self) -> Option<&mut Pair> {
        match &mut self.state {
            LegState::Paired(pair) => Some(pair),
            LegState::Waiting | LegState::Moved => None,
        }
    }

    /// Who is at the other end.
    pub(super) fn peer(&self) -> Option<ParticipantId> {
        self.pair().map(|pair| pair.with)
    }

    /// The own offer waits for an answer.
    pub(super) fn awaits_answer(&self) -> bool {
        self.pair().is_some_and(|pair| pair.offered.is_some())
    }
}

impl Pair {
    fn new(now: Timestamp, with: ParticipantId, offered: Option<Offered>) -> Self {
        Self {
            with,
            offered,
            agreed: false,
            received: 0,
            alive_at: now,
        }
    }
}

impl Conference {
    /// Somebody offers a call that may be direct. With another who waits for it,
    /// the offer is relayed; alone, it is set aside.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn open_direct(
        &mut self,
        now: Timestamp,
        who: ParticipantId,
        endpoint: EndpointKind,
        offer: RelayedDescription,
    ) -> Result<Relay, Refused> {
        let may_wait = self.may_wait(self.participant(who)?);
        if !may_wait {
            return Ok(Relay::NotDirect);
        }
        let peer = self.waiting_peer(who);
        let offered = peer.map(|peer| Pair::new(now, peer, Some(Offered::Opening)));
        let state = offered.map_or(LegState::Waiting, LegState::Paired);
        let call = self.replace_call(who, endpoint, Path::Direct(Leg::new(state)))?;
        if let Some(peer) = peer {
            if let Some(leg) = self.leg_mut(peer) {
                leg.state = LegState::Paired(Pair::new(now, who, None));
            }
            self.tell_listener(peer, Event::NewOffer(offer));
        }
        self.settle();
        Ok(peer.map_or(Relay::SetAside(call), |_| Relay::Relayed(call)))
    }

    /// A further offer in a direct call. Late ones are set aside.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn change_direct(
        &mut self,
        who: ParticipantId,
        call: CallId,
        offer: RelayedDescription,
    ) -> Result<Relay, Refused> {
        self.has_call(who, call)?;
        let Some(leg) = self.leg_mut(who) else {
            return Ok(Relay::NotDirect);
        };
        let Some(peer) = leg.peer() else {
            return Ok(Relay::SetAside(call));
        };
        if let Some(pair) = leg.pair_mut()
            && pair.offered.replace(Offered::Further).is_some()
        {
            // A newer offer counts, and nobody answers the older one any more.
            self.answer(call, PeerAnswer::Ignored);
        }
        self.tell_listener(peer, Event::UpdateSdp(offer));
        Ok(Relay::Relayed(call))
    }

    /// Somebody's client answers the offer that was relayed to it, or ignores it.
    /// `false` when no offer waits for that.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn answer_direct(
        &mut self,
        now: Timestamp,
        who: ParticipantId,
        call: CallId,
        answer: PeerAnswer,
    ) -> Result<bool, Refused> {
        self.has_call(who, call)?;
        let Some(peer) = self.participant(who)?.peer() else {
            return Ok(false);
        };
        let Some(asked) = self.participant_mut(peer)?.call.as_mut() else {
            return Ok(false);
        };
        let asked_call = asked.id;
        let pair = asked.leg_mut().and_then(Leg::pair_mut);
        let Some((offered, pair)) = pair.and_then(|pair| Some((pair.offered?, pair))) else {
            return Ok(false);
        };
        if answer == PeerAnswer::Ignored && offered == Offered::Opening {
            // Who waits for an offer has none of its own that could count.
            self.settled_on_hub = true;
        } else {
            pair.offered = None;
            if answer != PeerAnswer::Ignored {
                self.agree(now, [who, peer]);
            }
            self.answer(asked_call, answer);
        }
        self.settle();
        Ok(true)
    }

    /// Both ends know of each other: from now on something has to arrive.
    fn agree(&mut self, now: Timestamp, both: [ParticipantId; 2]) {
        for who in both {
            if let Some(pair) = self.leg_mut(who).and_then(Leg::pair_mut) {
                pair.agreed = true;
                pair.alive_at = now;
            }
        }
    }

    /// No answer came in time to the offer of this call: there is no direct media
    /// with such a client.
    pub fn answer_overdue(&mut self, call: CallId) {
        let mut calls = self.participants.iter().filter_map(|who| who.call.as_ref());
        if calls.any(|open| open.id == call && open.leg().is_some_and(Leg::awaits_answer)) {
            self.settled_on_hub = true;
            self.settle();
        }
    }

    /// Relays an ICE candidate. One for which nobody is there is dropped.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`],
    /// [`Refused::SignallingTooFast`].
    pub fn relay_candidate(
        &mut self,
        now: Timestamp,
        who: ParticipantId,
        call: CallId,
        candidate: Candidate,
    ) -> Result<(), Refused> {
        self.has_call(who, call)?;
        let Some(leg) = self.leg_mut(who) else {
            return Ok(());
        };
        let Some(peer) = leg.peer() else {
            return Ok(());
        };
        if !leg.candidates.take(now) {
            return Err(Refused::SignallingTooFast);
        }
        self.tell_listener(peer, Event::NewCandidate(candidate));
        Ok(())
    }

    /// How the media of somebody's call goes.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn path_of(&self, who: ParticipantId, call: CallId) -> Result<MediaPath, Refused> {
        self.has_call(who, call)?;
        let open = self.participant(who)?.call.as_ref();
        let direct = open.is_some_and(|open| open.leg().is_some());
        Ok(if direct {
            MediaPath::Direct
        } else {
            MediaPath::Hub
        })
    }

    /// Whether a client that comes in now is to try direct media.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn offers_direct(&self, who: ParticipantId) -> Result<bool, Refused> {
        Ok(self.may_wait(self.participant(who)?))
    }

    /// Notes how many packets a client has received by a direct path.
    pub(super) fn note_received(&mut self, now: Timestamp, who: ParticipantId, packets: u64) {
        if let Some(pair) = self.leg_mut(who).and_then(Leg::pair_mut)
            && pair.received != packets
        {
            pair.received = packets;
            pair.alive_at = now;
        }
    }

    /// Gives a path up on which one has received nothing for too long.
    pub(super) fn give_up_silent_paths(&mut self, now: Timestamp) {
        let silent = |leg: &Leg| {
            leg.pair().is_some_and(|pair| {
                pair.agreed && now.duration_since(pair.alive_at) >= SILENCE_PATIENCE
            })
        };
        let any_silent = self.legs().any(silent);
        self.settled_on_hub |= any_silent;
    }

    /// Ends direct media where it may not be any more.
    pub(super) fn settle_direct(&mut self) {
        if self.participants.iter().all(|who| who.waiting) {
            self.settled_on_hub = false;
        }
        // One that ends may be why another does; each ends once.
        let breaks = |this: &Self| {
            let mut everybody = this.participants.iter();
            everybody.position(|who| !this.leg_holds(who))
        };
        while let Some(at) = breaks(self) {
            self.move_leg(at);
        }
        self.wake_one_of_two_who_wait();
    }

    /// Whether somebody's leg, if there is one, may stay as it is.
    fn leg_holds(&self, who: &Participant) -> bool {
        match who.leg().map(|leg| &leg.state) {
            None | Some(LegState::Moved) => true,
            Some(LegState::Waiting) => self.may_wait(who),
            Some(LegState::Paired(pair)) => self
                .participant(pair.with)
                .is_ok_and(|peer| self.may_pair(who, peer) && peer.peer() == Some(who.id)),
        }
    }

    /// Has somebody call again. Where the other is still inside, it is by the hub.
    fn move_leg(&mut self, at: usize) {
        let who = &self.participants[at];
        let Some(leg) = who.leg() else { return };
        let peer = leg.peer();
        let company = self.participants.iter().filter(|one| one.id != who.id);
        let mut inside = company.filter(|one| !one.waiting);
        let in_company = match peer {
            Some(peer) => inside.any(|one| one.id == peer),
            None => inside.next().is_some(),
        };
        let offered = leg.pair().and_then(|pair| pair.offered);
        let call = who.call.as_ref().map(|call| call.id);
        self.settled_on_hub |= in_company;
        let who = &mut self.participants[at];
        match (offered, who.call.as_mut()) {
            // Its client is told by the answer to the offer that opens the call.
            (Some(Offered::Opening), _) => who.call = None,
            (_, Some(open)) => open.path = Path::Direct(Leg::new(LegState::Moved)),
            (_, None) => {}
        }
        if let (Some(_), Some(call)) = (offered, call) {
            self.answer(call, PeerAnswer::Over);
        }
    }

    /// Two whose offers were both set aside wait for each other: one calls again.
    fn wake_one_of_two_who_wait(&mut self) {
        let waiting = |who: &&Participant| who.leg().is_some_and(Leg::is_waiting);
        let waiting: Vec<&Participant> = self.participants.iter().filter(waiting).collect();
        if let [first, second] = waiting[..]
            && self.may_pair(first, second)
            && first.listens()
            && second.listens()
        {
            let later = second.id;
            if let Some(leg) = self.leg_mut(later) {
                leg.state = LegState::Moved;
            }
        }
    }

    /// Tells somebody once to call again.
    pub(super) fn tell_moved(&mut self, viewer: usize) {
        let who = &self.participants[viewer];
        let call = who.call.as_ref();
        let moved = call.filter(|call| call.leg().is_some_and(Leg::is_moved));
        let moved = moved.map(|call| call.id);
        if who.told.moved == moved {
            return;
        }
        let (to, direct) = (who.id, self.may_wait(who));
        self.participants[viewer].told.moved = moved;
        if let Some(call) = moved {
            self.tell(to, Event::PeerDisconnect { call, direct });
        }
    }

    /// Whether the hub would have nothing to enforce between somebody and
    /// whoever else is inside, at most one.
    fn may_wait(&self, who: &Participant) -> bool {
        let others = self.participants.iter().filter(|one| one.id != who.id);
        let mut inside = others.filter(|one| !one.waiting);
        let other = inside.next();
        let room_wants = self.room.settings.direct_media == DirectMedia::BestEffort
            && self.room.settings.vmr_type == VmrType::Conference;
        let by_hub = |one: &Participant| one.call.as_ref().is_some_and(|call| call.hub().is_some());
        room_wants
            && !self.settled_on_hub
            && inside.next().is_none()
            && self.is_unrestricted(who)
            && other.is_none_or(|one| self.is_unrestricted(one) && !by_hub(one))
    }

    /// Whether two may be in direct media with each other.
    fn may_pair(&self, one: &Participant, other: &Participant) -> bool {
        !one.waiting && !other.waiting && self.may_wait(one) && self.may_wait(other)
    }

    /// Whether somebody's client can, and the hub holds nothing back of what it
    /// sends and receives. What people switch off in their own clients, they do
    /// not send; what the hub has promised to hold back, it has to hold back.
    fn is_unrestricted(&self, who: &Participant) -> bool {
        let room = &self.room;
        who.direct_media
            && who.sends(room) == MediaKinds::ALL
            && who.receives(room) == MediaKinds::ALL
            && who.is_presenter_by_role(room)
            && !who.is_muted(room)
            && !who.video_off_by_host
    }

    /// Who inside waits for the offer of `who`, and would hear of it.
    fn waiting_peer(&self, who: ParticipantId) -> Option<ParticipantId> {
        let who = self.participant(who).ok()?;
        let mut others = self.participants.iter().filter(|one| one.id != who.id);
        let peer = others.find(|one| one.leg().is_some_and(Leg::is_waiting) && !one.waiting)?;
        let ready = self.may_pair(who, peer) && who.listens() && peer.listens();
        ready.then_some(peer.id)
    }

    /// Tells something that is worth nothing later.
    fn tell_listener(&mut self, to: ParticipantId, event: Event) {
        if self.participant(to).is_ok_and(Participant::listens) {
            self.tell(to, event);
        }
    }

    pub(super) fn answer(&mut self, call: CallId, answer: PeerAnswer) {
        self.effects.push(Effect::Answer { call, answer });
    }

    fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.participants.iter().filter_map(Participant::leg)
    }

    fn leg_mut(&mut self, who: ParticipantId) -> Option<&mut Leg> {
        self.participant_mut(who).ok()?.call.as_mut()?.leg_mut()
    }
}

impl Call {
    pub(super) fn leg(&self) -> Option<&Leg> {
        match &self.path {
            Path::Direct(leg) => Some(leg),
            Path::Hub(_) => None,
        }
    }

    fn leg_mut(&mut self) -> Option<&mut Leg> {
        match &mut self.path {
            Path::Direct(leg) => Some(leg),
            Path::Hub(_) => None,
        }
    }
}

impl Participant {
    pub(super) fn leg(&self) -> Option<&Leg> {
        self.call.as_ref()?.leg()
    }

    /// Who this one is in direct media with.
    pub(super) fn peer(&self) -> Option<ParticipantId> {
        self.leg()?.peer()
    }
}
