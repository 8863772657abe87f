//! The calls of a conference's participants.

use jiff::Timestamp;
use vdx_domain::{CallId, EndpointKind, ParticipantId};
use vdx_media::{CallStatistics, CloseReason, SlotSection};

use super::direct::Leg;
use super::participant::{Agreed, Call, HubPath, Path, add};
use super::{Conference, Effect, PeerAnswer, Refused};
use crate::event::Event;

impl Conference {
    /// Somebody wants to open a call; one it had before is closed. The call is
    /// known from here on, so that whatever the media engine says of it finds it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn begin_call(
        &mut self,
        who: ParticipantId,
        endpoint: EndpointKind,
        prefers_h264: bool,
    ) -> Result<CallId, Refused> {
        let hub = HubPath {
            prefers_h264,
            ..HubPath::default()
        };
        let id = self.replace_call(who, endpoint, Path::Hub(hub))?;
        self.settle();
        Ok(id)
    }

    /// Gives somebody another call in the place of the one it may have.
    pub(super) fn replace_call(
        &mut self,
        who: ParticipantId,
        endpoint: EndpointKind,
        path: Path,
    ) -> Result<CallId, Refused> {
        let participant = self.participant_mut(who)?;
        let id = CallId::generate();
        participant.endpoint = endpoint;
        let before = participant.call.replace(Call { id, path });
        if let Some(before) = before {
            self.close_call(who, &before);
        }
        Ok(id)
    }

    /// Closes a call that was taken from `who`, which is still here.
    fn close_call(&mut self, who: ParticipantId, call: &Call) {
        if call.leg().is_some_and(Leg::awaits_answer) {
            self.answer(call.id, PeerAnswer::Over);
        }
        if call.hub().is_some() {
            if let Ok(participant) = self.participant_mut(who) {
                participant.closing.push(call.id);
            }
            self.effects.push(Effect::CloseCall(call.id));
        }
    }

    /// The media engine answered the offer, or a later one.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`] when the participant left meanwhile: the call
    /// must be closed.
    pub fn call_agreed(&mut self, call: CallId, agreed: Agreed) -> Result<(), Refused> {
        let hub = self.hub_path_mut(call).ok_or(Refused::UnknownCall)?;
        hub.agreed = Some(agreed);
        self.settle();
        Ok(())
    }

    /// The media engine refused the offer of a new call: there is none.
    pub fn call_refused(&mut self, call: CallId) {
        for who in &mut self.participants {
            if who.call.as_ref().is_some_and(|open| open.id == call) {
                who.call = None;
            }
            who.closing.retain(|id| *id != call);
        }
        for leg in &mut self.departed {
            leg.closing.retain(|id| *id != call);
        }
        self.settle();
    }

    /// Media flows.
    pub fn call_connected(&mut self, call: CallId) {
        if let Some(hub) = self.hub_path_mut(call) {
            hub.connected = true;
            self.settle();
        }
    }

    /// The media engine says which layers of a call's camera anybody needs.
    pub fn layers_needed(&mut self, call: CallId, rids: &[String]) {
        let mut participants = self.participants.iter_mut().enumerate();
        let found = participants.find_map(|(at, who)| {
            let listens = who.listens();
            let open = who.call.as_mut().filter(|open| open.id == call)?;
            Some((at, open.hub_mut()?, listens))
        });
        if let Some((at, hub, listens)) = found {
            hub.layers = Some(rids.into());
            if listens {
                self.tell_layers(at);
            }
        }
    }

    /// The receive slots of a participant's call.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn slots_of(&self, who: ParticipantId, call: CallId) -> Result<&[SlotSection], Refused> {
        self.has_call(who, call)?;
        let agreed = self.participant(who)?.agreed();
        Ok(agreed.map_or(&[], |agreed| agreed.sections.as_slice()))
    }

    /// Whether `who` has this call.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn has_call(&self, who: ParticipantId, call: CallId) -> Result<(), Refused> {
        let open = self.participant(who)?.call.as_ref();
        open.filter(|open| open.id == call)
            .map(|_| ())
            .ok_or(Refused::UnknownCall)
    }

    /// A participant hangs up and stays in the roster. Who hangs up in direct
    /// media does not want it: both go to the hub.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn end_call(
        &mut self,
        now: Timestamp,
        who: ParticipantId,
        call: CallId,
    ) -> Result<(), Refused> {
        self.has_call(who, call)?;
        let participant = self.participant_mut(who)?;
        let ended = participant.call.take();
        participant.quality.call_ended();
        participant.note_reachability(now);
        if let Some(ended) = ended {
            self.close_call(who, &ended);
        }
        if self.presenter == Some(who) {
            self.presenter = None;
        }
        self.settle();
        Ok(())
    }

    /// The media engine says that a call is gone, with its numbers.
    pub fn call_closed(
        &mut self,
        now: Timestamp,
        call: CallId,
        reason: CloseReason,
        statistics: &CallStatistics,
    ) {
        let mut presenter = self.presenter;
        for who in &mut self.participants {
            if who.call.as_ref().is_some_and(|open| open.id == call) {
                who.call = None;
                who.quality.call_ended();
                add(&mut who.moved, statistics);
                who.note_reachability(now);
                presenter = presenter.filter(|id| *id != who.id);
                if who.listens() {
                    self.effects.push(Effect::Tell {
                        to: who.id,
                        event: Event::CallDisconnected {
                            call,
                            reason: close_text(reason),
                        },
                    });
                }
            } else if who.closing.contains(&call) {
                who.closing.retain(|id| *id != call);
                add(&mut who.moved, statistics);
            }
        }
        self.presenter = presenter;
        self.close_departed(call, statistics);
        self.settle();
    }

    /// Completes the record of somebody who left.
    fn close_departed(&mut self, call: CallId, statistics: &CallStatistics) {
        let Some(at) = self
            .departed
            .iter()
            .position(|leg| leg.closing.contains(&call))
        else {
            return;
        };
        let leg = &mut self.departed[at];
        leg.closing.retain(|id| *id != call);
        leg.record.bytes_received += statistics.bytes_received;
        leg.record.bytes_sent += statistics.bytes_sent;
        leg.record.packets_received += statistics.packets_received;
        leg.record.packets_sent += statistics.packets_sent;
        leg.record.packets_lost_received += statistics.packets_lost_received;
        leg.record.packets_lost_sent += statistics.packets_lost_sent;
        if leg.closing.is_empty() {
            let leg = self.departed.remove(at);
            self.effects.push(Effect::Record(leg.record));
        }
    }

    fn hub_path_mut(&mut self, call: CallId) -> Option<&mut HubPath> {
        self.participants
            .iter_mut()
            .filter_map(|who| who.call.as_mut())
            .find(|open| open.id == call)?
            .hub_mut()
    }
}

fn close_text(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Closed => "Call disconnected",
        CloseReason::ConnectionLost => "Ice failure",
        CloseReason::Failed => "Media process disconnected",
    }
}
