//! The calls and conferences of one worker, without sockets: packets and time
//! go in, datagrams and events come out.
//!
//! A fault in one call ends that call and touches no other: each is entered
//! through [`Switchboard::enter`], which catches what it throws.

mod catching_up;
mod demand;
mod forwarding;
mod mixing;
mod seating;

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use vdx_domain::{CallId, ConferenceId};
use vdx_mix::MixerThread;

use crate::call::{Call, CallSettings, Polled};
use crate::counters::{SharedCounters, count};
use crate::demux::{Demux, Owner, Peer, looks_like_stun};
use crate::egress::Outbox;
use crate::hash::{IdMap, IdSet};
use crate::packet::{MAX_PAYLOAD, RtpPacket};
use crate::types::{
    Assignment, CallOpened, CallRefused, CloseReason, Content, LOUDNESS_INTERVAL, MediaEvent,
    OpenCall, Shown,
};

/// How often layers are chosen again and held-back requests looked at.
pub(crate) const HOUSEKEEPING: Duration = Duration::from_millis(100);
/// How often layers are chosen for all receivers of a room. In between they are
/// for those whose bandwidth or wishes change.
const LAYER_INTERVAL: Duration = Duration::from_millis(500);
/// A proven address without a check for so long is forgotten. Browsers check
/// every few seconds (RFC 7675).
const PEER_UNUSED: Duration = Duration::from_secs(60);
/// Packets that may wait for the end of a batch to be forwarded.
const MOST_ARRIVED: usize = 512;

/// One conference as far as packets are concerned.
#[derive(Debug, Default)]
struct Room {
    members: Vec<CallId>,
    /// Who receives what of whom: receiver and index of its slot.
    fanout: IdMap<(CallId, Content), Vec<(CallId, usize)>>,
    table: Vec<Assignment>,
    layers_chosen: Option<Instant>,
    sound: mixing::Sound,
    loudness_told: Option<Instant>,
    was_loud: bool,
}

/// The calls and conferences of one worker.
pub(crate) struct Switchboard {
    worker: usize,
    settings: Arc<CallSettings>,
    demux: Arc<Demux>,
    counters: Arc<SharedCounters>,
    mixer: MixerThread,
    calls: IdMap<CallId, Call>,
    rooms: IdMap<ConferenceId, Room>,
    timers: BTreeSet<(Instant, CallId)>,
    /// Calls of which something was asked and that must be woken before the batch ends.
    touched: IdSet<CallId>,
    arrived: VecDeque<(CallId, Content, RtpPacket)>,
    key_frames_wanted: Vec<(CallId, usize)>,
    ended: Vec<(CallId, CloseReason)>,
    next_housekeeping: Instant,
    /// Calls that have datagrams to send, in order.
    line: Vec<CallId>,
    /// What calls had to say when they ended.
    farewells: Vec<Outbox>,
    /// Addresses that are no more the call's they were, for who has noted them.
    pub(crate) vacated: Vec<(Peer, CallId)>,
    /// What happened.
    pub(crate) events: Vec<MediaEvent>,
}

impl Switchboard {
    pub(crate) fn new(
        worker: usize,
        settings: Arc<CallSettings>,
        demux: Arc<Demux>,
        counters: Arc<SharedCounters>,
        mixer: MixerThread,
        now: Instant,
    ) -> Self {
        Self {
            worker,
            settings,
            demux,
            counters,
            mixer,
            calls: IdMap::default(),
            rooms: IdMap::default(),
            timers: BTreeSet::new(),
            touched: IdSet::default(),
            arrived: VecDeque::new(),
            key_frames_wanted: Vec::new(),
            ended: Vec::new(),
            next_housekeeping: now,
            line: Vec::new(),
            farewells: Vec::new(),
            vacated: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Answers an offer and lets the participant connect.
    pub(crate) fn open(
        &mut self,
        asked: &OpenCall,
        now: Instant,
    ) -> Result<CallOpened, CallRefused> {
        let settings = Arc::clone(&self.settings);
        let opening = catch_unwind(AssertUnwindSafe(|| Call::open(asked, settings, now)));
        let Ok(opening) = opening else {
            count(&self.counters.faults);
            return Err(CallRefused::Failed);
        };
        let (call, opened) = opening?;
        let id = call.id;
        let owner = Owner {
            worker: self.worker,
            call: id,
        };
        self.demux.add_call(&call.ufrag, owner);
        self.rooms
            .entry(call.conference)
            .or_default()
            .members
            .push(id);
        self.calls.insert(id, call);
        count(&self.counters.calls);
        self.drain(id);
        self.settle(now);
        Ok(opened)
    }

    /// Answers a further offer of a call.
    pub(crate) fn change(
        &mut self,
        id: CallId,
        offer: &str,
        now: Instant,
    ) -> Result<CallOpened, CallRefused> {
        let call = self.calls.get(&id).ok_or(CallRefused::UnknownCall)?;
        let (conference, before) = (call.conference, call.ufrag.clone());
        let opened = self
            .enter(id, |call| call.answer(offer))
            .ok_or(CallRefused::Failed)?;
        if let Some(call) = self.calls.get(&id).filter(|call| call.ufrag != before) {
            let owner = Owner {
                worker: self.worker,
                call: id,
            };
            self.demux.add_call(&call.ufrag, owner);
            self.demux.remove_call(&before, &[]);
        }
        self.drain(id);
        self.seat(conference, now);
        self.settle(now);
        opened
    }

    /// Ends a call.
    pub(crate) fn close(&mut self, id: CallId, now: Instant) {
        self.ended.push((id, CloseReason::Closed));
        self.settle(now);
    }

    /// Ends all calls of a conference.
    pub(crate) fn close_conference(&mut self, conference: ConferenceId, now: Instant) {
        if let Some(room) = self.rooms.get(&conference) {
            let members = room.members.iter();
            self.ended
                .extend(members.map(|id| (*id, CloseReason::Closed)));
        }
        self.settle(now);
    }

    /// Says who is in whose slots, for a whole conference.
    pub(crate) fn assign(
        &mut self,
        conference: ConferenceId,
        table: Vec<Assignment>,
        now: Instant,
    ) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        room.table = table;
        self.seat(conference, now);
        self.settle(now);
    }

    /// Notes how large a receiver shows the pictures in its slots.
    pub(crate) fn show(&mut self, id: CallId, shown: &[Shown], now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.note_shown(shown);
        self.wishes_changed(id, now);
        self.settle(now);
    }

    /// Whether the call exists here.
    #[cfg(test)]
    pub(crate) fn has(&self, id: CallId) -> bool {
        self.calls.contains_key(&id)
    }

    /// Feeds a datagram to a call. `true` when the call took it, so that its
    /// source has proven itself. What it carries is forwarded at the end of the
    /// batch ([`Self::settle`]).
    pub(crate) fn receive(
        &mut self,
        id: CallId,
        peer: Peer,
        local: Option<IpAddr>,
        bytes: &[u8],
        now: Instant,
    ) -> bool {
        let known = self.calls.get(&id).is_some_and(|call| call.has_peer(peer));
        let taken = self
            .enter(id, |call| call.receive(peer, local, bytes, now))
            .unwrap_or(false);
        if !taken {
            count(&self.counters.datagrams_invalid);
        } else if !known && looks_like_stun(bytes) {
            let owner = Owner {
                worker: self.worker,
                call: id,
            };
            self.demux.add_peer(peer, owner);
        }
        self.drain(id);
        if self.arrived.len() >= MOST_ARRIVED {
            self.forward_arrived();
        }
        taken
    }

    /// Hands over what all calls have to send.
    pub(crate) fn send(&mut self, mut each: impl FnMut(&Outbox)) {
        for farewell in self.farewells.drain(..) {
            each(&farewell);
        }
        for id in self.line.drain(..) {
            if let Some(call) = self.calls.get_mut(&id) {
                call.in_line = false;
                each(call.outbox());
                call.outbox().clear();
            }
        }
    }

    /// Puts a call in line if it has something to send.
    fn line_up(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id)
            && !call.in_line
            && !call.outbox().is_empty()
        {
            call.in_line = true;
            self.line.push(id);
        }
    }

    /// Ends a batch of datagrams: what was asked of calls is done.
    pub(crate) fn settle(&mut self, now: Instant) {
        // Each round can only be caused by the one before, and ends calls or
        // asks for key frames, which the throttle holds back: it comes to rest.
        while !(self.arrived.is_empty()
            && self.touched.is_empty()
            && self.ended.is_empty()
            && self.key_frames_wanted.is_empty())
        {
            for id in std::mem::take(&mut self.touched) {
                self.enter(id, |call| call.wake(now));
                self.drain(id);
            }
            self.forward_arrived();
            for (id, slot) in std::mem::take(&mut self.key_frames_wanted) {
                self.ask_key_frame(id, slot, now);
            }
            for (id, reason) in std::mem::take(&mut self.ended) {
                self.end(id, reason, now);
            }
        }
    }

    /// Wakes the calls whose time has come, and looks after the rooms.
    pub(crate) fn run_timers(&mut self, now: Instant) {
        // Collected first: a call that is due again at once waits for the next turn.
        let due = self.timers.iter().take_while(|(at, _)| *at <= now);
        let due: Vec<(Instant, CallId)> = due.copied().collect();
        for (at, id) in due {
            self.timers.remove(&(at, id));
            let Some(call) = self.calls.get_mut(&id) else {
                continue;
            };
            call.wake_at = None;
            if call.timer <= now {
                self.enter(id, |call| call.timeout(now));
                self.drain(id);
            } else {
                self.schedule(id);
            }
        }
        self.forward_arrived();
        if now >= self.next_housekeeping {
            self.next_housekeeping = now + HOUSEKEEPING;
            self.keep_house(now);
        }
        self.settle(now);
    }

    /// When [`Self::run_timers`] has something to do.
    pub(crate) fn next_timer(&self) -> Option<Instant> {
        let call = self.timers.first().map(|(at, _)| *at)?;
        Some(call.min(self.next_housekeeping))
    }

    /// Runs `f` on a call; a fault in it ends the call.
    fn enter<T>(&mut self, id: CallId, f: impl FnOnce(&mut Call) -> T) -> Option<T> {
        let call = self.calls.get_mut(&id)?;
        match catch_unwind(AssertUnwindSafe(|| f(call))) {
            Ok(result) => Some(result),
            Err(_) => {
                count(&self.counters.faults);
                tracing::error!(call = %id, "a call was ended by a fault in the media engine");
                self.ended.push((id, CloseReason::Failed));
                None
            }
        }
    }

    /// Takes everything a call has to say.
    fn drain(&mut self, id: CallId) {
        if self.ended.iter().any(|(ended, _)| *ended == id) {
            return;
        }
        loop {
            match self.enter(id, Call::poll) {
                None | Some(Polled::Idle) => break,
                Some(Polled::Noted) => {}
                Some(Polled::Packet(_, packet)) if packet.payload.len() > MAX_PAYLOAD => {
                    count(&self.counters.datagrams_invalid);
                }
                Some(Polled::Packet(content, packet)) => {
                    count(&self.counters.packets_received);
                    self.arrived.push_back((id, content, packet));
                }
                Some(Polled::KeyFrameWanted(slot)) => self.key_frames_wanted.push((id, slot)),
                Some(Polled::Connected) => self.connected(id),
                Some(Polled::Lost) => {
                    self.ended.push((id, CloseReason::ConnectionLost));
                    break;
                }
            }
        }
        self.line_up(id);
        self.schedule(id);
    }

    /// Sees to it that a call is woken in time. A timer that moved away stays
    /// where it is: most move with every packet, and to be woken too early is
    /// cheaper than to follow them.
    fn schedule(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.wake_at.is_some_and(|at| at <= call.timer) {
            return;
        }
        if let Some(later) = call.wake_at.replace(call.timer) {
            self.timers.remove(&(later, id));
        }
        self.timers.insert((call.timer, id));
    }

    fn connected(&mut self, id: CallId) {
        if let Some(call) = self.calls.get(&id) {
            self.events.push(MediaEvent::Connected {
                conference: call.conference,
                call: id,
            });
            let slots = 0..call.slots.len();
            self.key_frames_wanted.extend(slots.map(|slot| (id, slot)));
        }
    }

    fn keep_house(&mut self, now: Instant) {
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for id in calls {
            self.keep_call(id, now);
        }
        let rooms: Vec<ConferenceId> = self.rooms.keys().copied().collect();
        for conference in rooms {
            self.expire_sources(conference, now);
            self.keep_layers(conference, now);
            self.mind_mixes(conference, now);
            self.fan_out(conference);
            self.tell_loudness(conference, now);
        }
    }

    fn keep_call(&mut self, id: CallId, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.never_connected(now) || call.consent_is_over(now) {
            self.ended.push((id, CloseReason::ConnectionLost));
            return;
        }
        let forgotten = call.forget_peers(PEER_UNUSED, now);
        if let Some(sample) = call.sample(now) {
            self.events.push(MediaEvent::Sampled {
                conference: call.conference,
                call: id,
                sample,
            });
        }
        for (slot, state) in call.slots.iter().enumerate() {
            // A request or its key frame may be lost: ask again, the throttle
            // keeps it rare.
            if state.slot.content != Content::Audio && state.stream.awaiting().is_some() {
                self.key_frames_wanted.push((id, slot));
            }
        }
        for peer in forgotten {
            self.demux.remove_peer(peer);
            self.vacated.push((peer, id));
        }
        self.enter(id, |call| call.report(now));
        self.line_up(id);
        for content in [Content::Main, Content::Slides] {
            let due = self.calls.get_mut(&id).map(|call| {
                let encodings = call.encodings(content);
                encodings.tidy(now);
                encodings.due_key_frames(now)
            });
            for rid in due.unwrap_or_default() {
                self.enter(id, |call| call.request_key_frame(content, rid));
                self.drain(id);
                self.touched.insert(id);
            }
        }
    }

    fn tell_loudness(&mut self, conference: ConferenceId, now: Instant) {
        let Some(room) = self.rooms.get_mut(&conference) else {
            return;
        };
        let told = room.loudness_told;
        if told.is_some_and(|at| now.saturating_duration_since(at) < LOUDNESS_INTERVAL) {
            return;
        }
        room.loudness_told = Some(now);
        let level = |id: &CallId| Some((*id, self.calls.get(id)?.loudness.level(now)?));
        let levels: Vec<(CallId, u8)> = room.members.iter().filter_map(level).collect();
        // When the last sender falls silent that is told once.
        if !levels.is_empty() || room.was_loud {
            room.was_loud = !levels.is_empty();
            self.events
                .push(MediaEvent::Loudness { conference, levels });
        }
    }

    fn end(&mut self, id: CallId, reason: CloseReason, now: Instant) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        self.farewells.push(std::mem::take(call.outbox()));
        if let Some(at) = call.wake_at {
            self.timers.remove(&(at, id));
        }
        let peers = call.peers();
        self.demux.remove_call(&call.ufrag, &peers);
        self.vacated
            .extend(peers.into_iter().map(|peer| (peer, id)));
        self.counters
            .calls
            .fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        let conference = call.conference;
        self.events.push(MediaEvent::Closed {
            conference,
            call: id,
            reason,
            statistics: call.statistics(),
        });
        // Dropping what a fault left behind may throw again.
        if catch_unwind(AssertUnwindSafe(|| drop(call))).is_err() {
            count(&self.counters.faults);
        }
        if let Some(room) = self.rooms.get_mut(&conference) {
            room.members.retain(|member| *member != id);
            if room.members.is_empty() {
                self.silence(conference, now);
                self.rooms.remove(&conference);
            } else {
                room.table
                    .retain(|seat| seat.receiver != id && seat.source != id);
                self.expire_sources(conference, now);
                self.seat(conference, now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
