//! One live session of a room, without I/O: fed with what happens and the time,
//! it collects [`Effect`]s for the rim to carry out.
//!
//! Every input ends in [`Conference::settle`], which derives everything that
//! follows (who is let in, who is in which slot, which codec is used) and tells
//! each listener the difference to what it has been told before. So no input has
//! to know what it affects.

mod calls;
mod participant;
mod settle;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{CallId, ConferenceId, LegEnd, ParticipantId, ParticipantRole, Room};
use vdx_media::Assignment;
use vdx_store::CallRecord;

use crate::DisplayName;
use crate::event::{Event, ParticipantView};
use crate::slots::SlotTable;
use crate::speaker::Speakers;

pub use participant::Agreed;
use participant::{EventStream, Participant, Told};

/// How long a token lasts, and so how long a client may be silent.
pub const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_secs(120);

/// How long a participant stays whom neither events nor media reach any more.
pub const RECONNECT_GRACE: SignedDuration = SignedDuration::from_secs(10);

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
    /// End a participant's event stream once it has read what it was told.
    EndEvents(ParticipantId),
    /// The complete table of slots.
    Assign(Vec<Assignment>),
    /// Close a call.
    CloseCall(CallId),
    /// Write a call record.
    Record(Box<CallRecord>),
}

/// Somebody was let through the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// The participant's id.
    pub participant: ParticipantId,
    /// A guest, and no host has come yet.
    pub waiting: bool,
}

/// Why an input is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The room is full.
    #[error("the conference has as many participants as it may have")]
    Full,
    /// The hub is stopping: nobody new comes in.
    #[error("the hub is stopping")]
    Closing,
    /// Not in this conference, or no longer.
    #[error("no such participant")]
    UnknownParticipant,
    /// The participant has no such call.
    #[error("no such call")]
    UnknownCall,
    /// The participant's role or the room's settings forbid it.
    #[error("not allowed")]
    NotAllowed,
}

/// What can be switched off for a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mute {
    /// The microphone, by the conference: nobody hears it.
    Audio,
    /// The microphone, in the participant's own client, which says so.
    OwnAudio,
    /// The camera: nobody sees it.
    Video,
}

/// A live session of a room.
#[derive(Debug)]
pub struct Conference {
    id: ConferenceId,
    room: Room,
    started: bool,
    /// In the order they came.
    participants: Vec<Participant>,
    presenter: Option<ParticipantId>,
    speakers: Speakers,
    table: SlotTable,
    assigned: Vec<Assignment>,
    departed: Vec<Departed>,
    subscriptions: u64,
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
            room,
            started: false,
            participants: Vec::new(),
            presenter: None,
            speakers: Speakers::default(),
            table: SlotTable::new(),
            assigned: Vec::new(),
            departed: Vec::new(),
            subscriptions: 0,
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
    /// room is now; its settings may have changed.
    ///
    /// # Errors
    /// [`Refused::Full`] when the room's limit is reached. One seat is kept for
    /// a host while none is there.
    pub fn join(
        &mut self,
        now: Timestamp,
        room: Room,
        name: DisplayName,
        role: ParticipantRole,
    ) -> Result<Joined, Refused> {
        self.room = room;
        if self.participants.len() >= self.seats_for(role) {
            return Err(Refused::Full);
        }
        let waiting = role == ParticipantRole::Guest && !self.started;
        let mut newcomer = Participant::new(now, name, role, waiting);
        newcomer.token_until = now + TOKEN_LIFETIME;
        let participant = newcomer.id;
        self.participants.push(newcomer);
        self.settle();
        Ok(Joined {
            participant,
            waiting,
        })
    }

    fn seats_for(&self, role: ParticipantRole) -> usize {
        let limit = match self.room.settings.max_participants {
            0 => MAX_PARTICIPANTS,
            limit => usize::try_from(limit).map_or(MAX_PARTICIPANTS, |n| n.min(MAX_PARTICIPANTS)),
        };
        let no_host = !self.participants.iter().any(Participant::is_host);
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

    /// The roster as `viewer` sees it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn roster(
        &self,
        viewer: ParticipantId,
    ) -> Result<Vec<std::sync::Arc<ParticipantView>>, Refused> {
        let viewer = self.participant(viewer)?;
        Ok(self
            .participants
            .iter()
            .filter(|other| viewer.sees(other))
            .map(|other| other.view.clone())
            .collect())
    }

    /// A client listens for its events from now on; an older subscription of the
    /// same participant ends. Returns the subscription's number.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn attach(&mut self, who: ParticipantId) -> Result<u64, Refused> {
        self.subscriptions += 1;
        let subscription = self.subscriptions;
        let participant = self.participant_mut(who)?;
        participant.events = EventStream::Open(subscription);
        participant.unreachable_since = None;
        participant.told = Told::default();
        self.tell_roster_anew(who);
        self.settle();
        Ok(subscription)
    }

    /// A client no longer listens.
    pub fn detach(&mut self, now: Timestamp, who: ParticipantId, subscription: u64) {
        if let Ok(participant) = self.participant_mut(who)
            && participant.events == EventStream::Open(subscription)
        {
            participant.events = EventStream::Closed;
            participant.told = Told::default();
            participant.note_reachability(now);
        }
    }

    /// Somebody asks for the floor to present, and gets it: who held it loses it.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] for guests where guests may not present, and in
    /// the waiting room.
    pub fn take_floor(&mut self, who: ParticipantId) -> Result<(), Refused> {
        if !self.participant(who)?.may_present(&self.room.settings) {
            return Err(Refused::NotAllowed);
        }
        self.presenter = Some(who);
        self.settle();
        Ok(())
    }

    /// Somebody stops presenting. Without effect when it is not its floor.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn release_floor(&mut self, who: ParticipantId) -> Result<(), Refused> {
        self.participant(who)?;
        if self.presenter == Some(who) {
            self.presenter = None;
            self.settle();
        }
        Ok(())
    }

    /// Switches something off or on again for `target`.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless `by` is the target, or a host who acts on
    /// what the conference decides.
    pub fn mute(
        &mut self,
        by: ParticipantId,
        target: ParticipantId,
        what: Mute,
        off: bool,
    ) -> Result<(), Refused> {
        let by_host = self.participant(by)?.is_host();
        if by != target && (!by_host || what == Mute::OwnAudio) {
            return Err(Refused::NotAllowed);
        }
        let target = self.participant_mut(target)?;
        match what {
            Mute::Audio => target.muted = off,
            Mute::OwnAudio => target.client_muted = off,
            Mute::Video => target.video_muted = off,
        }
        self.settle();
        Ok(())
    }

    /// How loud everybody was who sends sound.
    pub fn loudness(&mut self, now: Timestamp, levels: &[(CallId, u8)]) {
        let heard: Vec<(ParticipantId, u8)> = levels
            .iter()
            .filter_map(|(call, level)| {
                let who = self.by_call(*call)?;
                (!who.waiting && !who.muted).then_some((who.id, *level))
            })
            .collect();
        self.speakers.hear(now, heard);
        self.settle();
    }

    /// Somebody leaves by itself.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn leave(&mut self, now: Timestamp, who: ParticipantId) -> Result<(), Refused> {
        self.participant(who)?;
        self.remove(now, who, LegEnd::Left);
        self.settle();
        Ok(())
    }

    /// Somebody is put out.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host or by oneself.
    pub fn disconnect(
        &mut self,
        now: Timestamp,
        by: ParticipantId,
        target: ParticipantId,
    ) -> Result<(), Refused> {
        if by == target {
            return self.leave(now, target);
        }
        if !self.participant(by)?.is_host() {
            return Err(Refused::NotAllowed);
        }
        self.participant(target)?;
        self.remove(now, target, LegEnd::Disconnected);
        self.settle();
        Ok(())
    }

    /// Puts everybody out.
    pub fn disconnect_all(&mut self, now: Timestamp, why: LegEnd) {
        let everybody: Vec<ParticipantId> = self.participants.iter().map(|who| who.id).collect();
        for who in everybody {
            self.remove(now, who, why);
        }
        self.settle();
    }

    /// The meeting ends at another time than was thought. An end that is not
    /// ahead closes the room, also one that would have let people stay.
    pub fn move_end(&mut self, now: Timestamp, ends_at: Timestamp) {
        if self.room.ends_at == Some(ends_at) {
            return;
        }
        self.room.ends_at = Some(ends_at);
        if now >= ends_at {
            self.disconnect_all(now, LegEnd::MeetingEnded);
        }
    }

    /// Time passes. To be called about once a second.
    pub fn tick(&mut self, now: Timestamp) {
        self.speakers.tick(now);
        let settings = &self.room.settings;
        if settings.end_meeting_on_end_time && self.room.ends_at.is_some_and(|end| now >= end) {
            self.disconnect_all(now, LegEnd::MeetingEnded);
        }
        let mut gone = Vec::new();
        for who in &mut self.participants {
            who.note_reachability(now);
            if now >= who.token_until {
                gone.push((who.id, LegEnd::TokenExpired));
            } else if who
                .unreachable_since
                .is_some_and(|since| now.duration_since(since) >= RECONNECT_GRACE)
            {
                gone.push((who.id, LegEnd::ConnectionLost));
            }
        }
        for (who, why) in gone {
            self.remove(now, who, why);
        }
        let impatient = |leg: &Departed| {
            leg.closing.is_empty() || now.duration_since(leg.record.ended_at) >= RECORD_PATIENCE
        };
        let departed = std::mem::take(&mut self.departed);
        let (done, waiting): (Vec<_>, Vec<_>) = departed.into_iter().partition(impatient);
        self.departed = waiting;
        let records = done.into_iter().map(|leg| Effect::Record(leg.record));
        self.effects.extend(records);
        self.settle();
    }

    fn remove(&mut self, now: Timestamp, who: ParticipantId, why: LegEnd) {
        let Some(at) = self.participants.iter().position(|other| other.id == who) else {
            return;
        };
        let mut gone = self.participants.remove(at);
        if self.presenter == Some(who) {
            self.presenter = None;
        }
        self.speakers.forget(who);
        if let Some(call) = gone.call.take() {
            self.effects.push(Effect::CloseCall(call.id));
            gone.closing.push(call.id);
        }
        if gone.listens() {
            if why != LegEnd::Left {
                self.effects.push(Effect::Tell {
                    to: who,
                    event: Event::Disconnect {
                        reason: reason_text(why),
                    },
                });
            }
            self.effects.push(Effect::EndEvents(who));
        }
        let record = Box::new(self.record(&gone, now, why));
        if gone.closing.is_empty() {
            self.effects.push(Effect::Record(record));
        } else {
            self.departed.push(Departed {
                record,
                closing: gone.closing,
            });
        }
    }

    fn record(&self, who: &Participant, now: Timestamp, reason: LegEnd) -> CallRecord {
        CallRecord {
            conference: self.id,
            room: self.room.key,
            organisation: self.room.organisation.clone(),
            participant: who.id,
            role: who.role,
            endpoint: who.endpoint,
            started_at: who.joined_at,
            ended_at: now,
            reason,
            bytes_received: who.moved.bytes_received,
            bytes_sent: who.moved.bytes_sent,
            packets_received: who.moved.packets_received,
            packets_sent: who.moved.packets_sent,
            packets_lost_received: who.moved.packets_lost_received,
            packets_lost_sent: who.moved.packets_lost_sent,
        }
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

    fn by_call(&self, call: CallId) -> Option<&Participant> {
        self.participants
            .iter()
            .find(|who| who.call.as_ref().is_some_and(|open| open.id == call))
    }
}

impl Participant {
    fn note_reachability(&mut self, now: Timestamp) {
        if self.is_reachable() {
            self.unreachable_since = None;
        } else {
            self.unreachable_since.get_or_insert(now);
        }
    }
}

/// The words clients of the API know for why they are out.
fn reason_text(why: LegEnd) -> &'static str {
    match why {
        LegEnd::Left => "User initiated disconnect",
        LegEnd::Disconnected => "API initiated participant disconnect",
        LegEnd::TokenExpired => "Timer expired awaiting token refresh",
        LegEnd::ConnectionLost => "Media process disconnected",
        LegEnd::MeetingEnded => "API initiated conference termination",
        LegEnd::Shutdown => "Signaling node disconnected",
    }
}
