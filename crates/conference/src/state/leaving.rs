//! Leaving, being put out, and what is written of it.

use jiff::Timestamp;
use vdx_domain::{LegEnd, ParticipantId};
use vdx_store::CallRecord;

#[cfg(doc)]
use super::RETURN_GRACE;
use super::direct::Leg;
use super::participant::Participant;
use super::{Conference, Departed, Effect, PeerAnswer, Refused};
use crate::event::Event;

impl Conference {
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

    /// The page of somebody goes away, to be closed or loaded anew: its call ends
    /// now, and it has left unless it listens again within [`RETURN_GRACE`].
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn step_out(&mut self, now: Timestamp, who: ParticipantId) -> Result<(), Refused> {
        let participant = self.participant_mut(who)?;
        participant.stepped_out_at = Some(now);
        match participant.call.as_ref().map(|call| call.id) {
            Some(call) => self.end_call(now, who, call),
            None => Ok(()),
        }
    }

    /// Somebody is put out, or turned away while waiting.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host or by oneself,
    /// [`Refused::UnknownTarget`].
    pub fn disconnect(
        &mut self,
        now: Timestamp,
        by: ParticipantId,
        target: ParticipantId,
    ) -> Result<(), Refused> {
        if by == target {
            return self.leave(now, target);
        }
        self.host(by)?;
        self.target(target)?;
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
        self.effects.push(Effect::Ended);
        self.settle();
    }

    /// The meeting was changed at `changed_at`, and ends then. An end that is not
    /// ahead closes the room, also one that would have let people stay. What is
    /// older than what is known changes nothing.
    pub fn move_end(&mut self, now: Timestamp, ends_at: Timestamp, changed_at: Option<Timestamp>) {
        if changed_at < self.room.changed_at {
            return;
        }
        self.room.changed_at = changed_at;
        if self.room.ends_at.replace(ends_at) == Some(ends_at) {
            return;
        }
        if now >= ends_at {
            return self.disconnect_all(now, LegEnd::MeetingEnded);
        }
        self.warn_of_end(now);
        self.settle();
    }

    pub(super) fn remove(&mut self, now: Timestamp, who: ParticipantId, why: LegEnd) {
        let Some(at) = self.participants.iter().position(|other| other.id == who) else {
            return;
        };
        let mut gone = self.participants.remove(at);
        self.effects.push(Effect::Departed(who, gone.token_until));
        self.speakers.forget(who);
        self.spotlights.retain(|light| light.who != who);
        if let Some(call) = gone.call.take() {
            if call.leg().is_some_and(Leg::awaits_answer) {
                self.answer(call.id, PeerAnswer::Over);
            }
            if call.hub().is_some() {
                self.effects.push(Effect::CloseCall(call.id));
                gone.closing.push(call.id);
            }
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
        self.left.extend(gone.published);
        self.note_company(now);
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
            quality: who.quality.summary(),
        }
    }
}

/// The words clients of the API know for why they are out.
fn reason_text(why: LegEnd) -> &'static str {
    match why {
        LegEnd::Left => "User initiated disconnect",
        LegEnd::Disconnected => "API initiated participant disconnect",
        LegEnd::Terminated => "Conference terminated by another participant",
        LegEnd::WaitedTooLong => {
            "Timeout waiting for conference host to join or permit access to locked conference"
        }
        LegEnd::HostsLeft => "All conference hosts departed hosted conference",
        LegEnd::LeftAlone => "Last remaining participant removed from conference after timeout",
        LegEnd::TokenExpired => "Timer expired awaiting token refresh",
        LegEnd::ConnectionLost => "Media process disconnected",
        LegEnd::MeetingEnded => "API initiated conference termination",
        LegEnd::Shutdown => "Signaling node disconnected",
    }
}
