//! One live session of a room, without I/O: fed with what happens and the time,
//! it collects [`Effect`]s for the rim to carry out.
//!
//! Every input ends in [`Conference::settle`], which derives everything that
//! follows (who is let in, who is in which slot, which codec is used) and tells
//! each listener the difference to what it has been told before. So no input has
//! to know what it affects.

mod allowance;
mod calls;
mod chat;
mod direct;
mod door;
mod floor;
mod hand;
mod layout;
mod leaving;
mod muting;
mod participant;
mod quality;
mod returning;
mod roles;
mod roster;
mod settle;
mod spotlight;
mod standing;
#[cfg(test)]
mod tests;
mod timers;
mod transfer;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{CallId, ConferenceId, ParticipantId, ParticipantRole, Room};
use vdx_media::Assignment;
use vdx_store::CallRecord;
use vdx_store::live_conferences::GuestMicrophones;
use vdx_store::standings::Standing;

use crate::event::{Ending, Event, ParticipantView};
use crate::slots::SlotTable;
use crate::speaker::Speakers;

use allowance::Allowance;
pub use allowance::{ACT_BURST, ACT_EVERY, OFFER_BURST, OFFER_EVERY};
pub use chat::{
    InvalidMessage, MAX_MESSAGE, MESSAGE_BURST, MESSAGE_EVERY, MessageBody, MessageKind,
};
pub use direct::{
    ANSWER_PATIENCE, CANDIDATE_BURST, CANDIDATE_EVERY, MediaPath, PeerAnswer, Relay,
    SILENCE_PATIENCE,
};
pub use door::{LOCK_LIFETIME, Waiting};
pub use layout::Transforms;
pub use muting::Mute;
pub use participant::{Agreed, Newcomer};
use participant::{EventStream, Participant, Told};
pub use quality::MAX_QUALITY_ROWS;
use spotlight::Spotlight;
use timers::Company;
pub use timers::{Timers, WARNINGS};

/// How long a token lasts, and so how long a client may be silent.
pub const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_secs(120);

/// How long a participant stays whom neither events nor media reach any more.
pub const RECONNECT_GRACE: SignedDuration = SignedDuration::from_secs(10);

/// How long the seat of a page that went away is kept: it may be loaded anew.
pub const RETURN_GRACE: SignedDuration = SignedDuration::from_secs(5);

/// How long events are kept for a client whose event stream broke, so that it
/// goes on where it was.
pub const RESUME_WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// How long the record of somebody who left waits for the last numbers of the
/// media engine.
const RECORD_PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// Most participants of a conference, whatever its room allows: everything a
/// conference holds is bounded by it.
pub const MAX_PARTICIPANTS: usize = 1000;

/// What the rim has to do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Tell a participant something.
    Tell {
        /// Whom.
        to: ParticipantId,
        /// What.
        event: Event,
    },
    /// End a participant's event stream once it has read what it was told, and
    /// keep nothing of it.
    EndEvents(ParticipantId),
    /// The complete table of slots.
    Assign(Vec<Assignment>),
    /// Close a call.
    CloseCall(CallId),
    /// An offer that was relayed has its answer.
    Answer {
        /// The call that was offered.
        call: CallId,
        /// What came of it.
        answer: PeerAnswer,
    },
    /// Remember that a participant is out, whose token is good until then.
    Departed(ParticipantId, Timestamp),
    /// Remember how a participant stands from now on.
    Stands(ParticipantId, Standing),
    /// Remember that nobody comes back to this conference after a restart.
    Ended,
    /// Write a call record.
    Record(Box<CallRecord>),
}

/// Somebody was let through the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// The participant's id.
    pub participant: ParticipantId,
    /// Not inside yet: no host has come, or the room is locked.
    pub waiting: bool,
}

/// Why an input is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The room is full.
    #[error("the conference has as many participants as it may have")]
    Full,
    /// The node has no capacity for one more participant.
    #[error("the node has no capacity left")]
    NoCapacity,
    /// The hub is stopping: nobody new comes in.
    #[error("the hub is stopping")]
    Closing,
    /// Not in this conference, or no longer.
    #[error("no such participant")]
    UnknownParticipant,
    /// Who is meant is not in this conference, or no longer.
    #[error("no such target")]
    UnknownTarget,
    /// The participant has no such call.
    #[error("no such call")]
    UnknownCall,
    /// The participant's role or the room's settings forbid it.
    #[error("not allowed")]
    NotAllowed,
    /// The room has no chat.
    #[error("the room has no chat")]
    ChatOff,
    /// Too many messages in too short a time.
    #[error("too many messages")]
    TooFast,
    /// Too many offers or candidates in too short a time.
    #[error("too many offers or candidates")]
    SignallingTooFast,
    /// Too many other things done in too short a time.
    #[error("too many acts")]
    ActingTooFast,
    /// The participant's client does not listen.
    #[error("the client does not listen")]
    Unreachable,
}

/// A live session of a room.
#[derive(Debug)]
pub struct Conference {
    id: ConferenceId,
    room: Room,
    timers: Timers,
    /// A host has come.
    started: bool,
    locked_at: Option<Timestamp>,
    /// Until then those who were in before a restart may come back, and a lock
    /// of before holds even while nobody is inside.
    awaits_until: Option<Timestamp>,
    guest_microphones: GuestMicrophones,
    transforms: Transforms,
    /// In the order they came.
    participants: Vec<Participant>,
    /// Those who left and of whom the listeners have not been told yet.
    left: Vec<Arc<ParticipantView>>,
    company: Company,
    ending: Option<Ending>,
    messages: Allowance,
    /// In the order they were lit.
    spotlights: Vec<Spotlight>,
    presenter: Option<ParticipantId>,
    /// No direct media until nobody is inside.
    settled_on_hub: bool,
    speakers: Speakers,
    table: SlotTable,
    assigned: Vec<Assignment>,
    departed: Vec<Departed>,
    subscriptions: u64,
    quality_told: Option<Timestamp>,
    effects: Vec<Effect>,
}

/// Somebody who left and whose record waits for the calls' last numbers.
#[derive(Debug)]
struct Departed {
    record: Box<CallRecord>,
    closing: Vec<CallId>,
}

impl Conference {
    /// A conference nobody is in yet.
    #[must_use]
    pub fn new(id: ConferenceId, room: Room) -> Self {
        Self {
            id,
            timers: Timers::default(),
            started: false,
            locked_at: None,
            awaits_until: None,
            guest_microphones: muting::by_room(&room.settings),
            transforms: Transforms::default(),
            room,
            participants: Vec::new(),
            left: Vec::new(),
            company: Company::default(),
            ending: None,
            messages: Allowance::new(chat::ROOM_BURST, chat::ROOM_EVERY),
            spotlights: Vec::new(),
            presenter: None,
            settled_on_hub: false,
            speakers: Speakers::default(),
            table: SlotTable::default(),
            assigned: Vec::new(),
            departed: Vec::new(),
            subscriptions: 0,
            quality_told: None,
            effects: Vec::new(),
        }
    }

    /// Which session.
    #[must_use]
    pub fn id(&self) -> ConferenceId {
        self.id
    }

    /// The room as it was when somebody last came in.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// What is to be done since this was last asked.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Whether nobody is in and nothing is left to be written: it can be dropped.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.participants.is_empty() && self.departed.is_empty() && self.effects.is_empty()
    }

    /// How many are in or waiting.
    #[must_use]
    pub fn participant_count(&self) -> usize {
        self.participants.len()
    }

    /// Lets somebody in whom admission has found a role for. `room` is how the
    /// room was found; its settings may have changed.
    ///
    /// # Errors
    /// [`Refused::Full`] when the room's limit is reached. One seat is kept for
    /// a host while none is there.
    pub fn join(
        &mut self,
        now: Timestamp,
        room: Room,
        newcomer: Newcomer,
    ) -> Result<Joined, Refused> {
        self.take_over(room);
        let role = newcomer.role;
        if self.participants.len() >= self.seats_for(role) {
            return Err(Refused::Full);
        }
        let microphone = self.microphone_of_newcomer(role);
        let mut newcomer = Participant::new(now, newcomer, microphone);
        newcomer.token_until = now + TOKEN_LIFETIME;
        // Where there is no host PIN, nobody has proved to be a host.
        newcomer.knocks = role == ParticipantRole::Guest || self.room.host_pin.is_none();
        let participant = newcomer.id;
        self.participants.push(newcomer);
        self.settle();
        self.note_company(now);
        Ok(Joined {
            participant,
            waiting: self.participant(participant)?.waiting,
        })
    }

    /// Goes on with `room`, unless it was found before a change that is known.
    fn take_over(&mut self, room: Room) {
        if room.changed_at >= self.room.changed_at {
            self.room = room;
            self.transforms.apply(&mut self.room);
        }
    }

    fn seats_for(&self, role: ParticipantRole) -> usize {
        let limit = match self.room.settings.max_participants {
            0 => MAX_PARTICIPANTS,
            limit => usize::try_from(limit).map_or(MAX_PARTICIPANTS, |n| n.min(MAX_PARTICIPANTS)),
        };
        let no_host = !self.participants.iter().any(Participant::has_host_role);
        match role {
            ParticipantRole::Guest if no_host => limit - 1,
            ParticipantRole::Guest | ParticipantRole::Host => limit,
        }
    }

    /// The participant's token was renewed.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn renew(&mut self, now: Timestamp, who: ParticipantId) -> Result<(), Refused> {
        self.participant_mut(who)?.token_until = now + TOKEN_LIFETIME;
        Ok(())
    }

    /// Whether somebody is in or waiting.
    #[must_use]
    pub fn has(&self, who: ParticipantId) -> bool {
        self.participant(who).is_ok()
    }

    /// A client listens for its events from now on and is told everything anew;
    /// an older subscription of the same participant ends. Returns the
    /// subscription's number.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn attach(&mut self, who: ParticipantId) -> Result<u64, Refused> {
        let subscription = self.next_subscription();
        let participant = self.participant_mut(who)?;
        participant.events = EventStream::Open(subscription);
        participant.unreachable_since = None;
        participant.stepped_out_at = None;
        participant.told = Told::default();
        self.tell_roster_anew(who)?;
        self.settle();
        Ok(subscription)
    }

    /// A client whose stream broke listens again and has what it was told since;
    /// `None` when it has to be told everything anew.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn resume(&mut self, who: ParticipantId) -> Result<Option<u64>, Refused> {
        let subscription = self.next_subscription();
        let participant = self.participant_mut(who)?;
        if !participant.listens() {
            return Ok(None);
        }
        participant.events = EventStream::Open(subscription);
        participant.unreachable_since = None;
        participant.stepped_out_at = None;
        Ok(Some(subscription))
    }

    fn next_subscription(&mut self) -> u64 {
        self.subscriptions += 1;
        self.subscriptions
    }

    /// A client no longer listens. It may take its stream up again within
    /// [`RESUME_WINDOW`].
    pub fn detach(&mut self, now: Timestamp, who: ParticipantId, subscription: u64) {
        if let Ok(participant) = self.participant_mut(who)
            && participant.events == EventStream::Open(subscription)
        {
            participant.events = EventStream::Lost(now);
            participant.note_reachability(now);
        }
    }

    /// How loud everybody was who sends sound.
    pub fn loudness(&mut self, now: Timestamp, levels: &[(CallId, u8)]) {
        let heard: HashMap<CallId, ParticipantId> = self
            .participants
            .iter()
            .filter(|who| !who.waiting && !who.is_muted(&self.room))
            .filter_map(|who| Some((who.call.as_ref()?.id, who.id)))
            .collect();
        let heard = levels
            .iter()
            .filter_map(|(call, level)| Some((*heard.get(call)?, *level)));
        self.speakers.hear(now, heard);
        self.settle_speech();
    }

    fn participant(&self, who: ParticipantId) -> Result<&Participant, Refused> {
        self.participants
            .iter()
            .find(|other| other.id == who)
            .ok_or(Refused::UnknownParticipant)
    }

    fn participant_mut(&mut self, who: ParticipantId) -> Result<&mut Participant, Refused> {
        self.participants
            .iter_mut()
            .find(|other| other.id == who)
            .ok_or(Refused::UnknownParticipant)
    }

    /// Whom somebody acts on.
    fn target(&self, who: ParticipantId) -> Result<&Participant, Refused> {
        self.participant(who).map_err(|_| Refused::UnknownTarget)
    }

    fn target_mut(&mut self, who: ParticipantId) -> Result<&mut Participant, Refused> {
        self.participant_mut(who)
            .map_err(|_| Refused::UnknownTarget)
    }

    /// Somebody who may do what hosts may.
    fn host(&self, by: ParticipantId) -> Result<&Participant, Refused> {
        let who = self.participant(by)?;
        who.is_host().then_some(who).ok_or(Refused::NotAllowed)
    }

    /// What one does to oneself, and hosts to anybody.
    fn oneself_or_host(&self, by: ParticipantId, target: ParticipantId) -> Result<(), Refused> {
        let allowed = self.participant(by)?.is_host() || by == target;
        allowed.then_some(()).ok_or(Refused::NotAllowed)
    }
}
