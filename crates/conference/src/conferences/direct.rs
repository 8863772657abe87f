//! Direct media: holding an offer's request until the other client has answered.

use tokio::sync::oneshot;
use tokio::time::timeout;
use vdx_domain::{CallId, EndpointKind};
use vdx_media::RelayedDescription;

use super::live::State;
use super::{CallAnswer, CallError, Session};
use crate::candidate::Candidate;
use crate::state::{ANSWER_PATIENCE, PeerAnswer, Refused, Relay};

impl Session {
    /// The client answers an offer that was relayed to it, or ignores it. `false`
    /// when no offer waits for that.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn answer_peer(&self, call: CallId, answer: PeerAnswer) -> Result<bool, Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.answer_direct(now, who, call, answer))
    }

    /// Relays an ICE candidate to the other end of a direct call. Calls through
    /// the hub need none.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`],
    /// [`Refused::SignallingTooFast`].
    pub fn relay_candidate(&self, call: CallId, candidate: Candidate) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| {
            let conference = &mut state.conference;
            conference.relay_candidate(now, who, call, candidate)
        })
    }

    /// Whether an offer of this participant would be for another client now.
    pub(super) fn may_be_direct(&self) -> Result<bool, Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.offers_direct(who))
    }

    /// Opens a direct call; `None` where there is no direct media, or none came
    /// about.
    pub(super) async fn open_direct(
        &self,
        offer: RelayedDescription,
        endpoint: EndpointKind,
    ) -> Result<Option<CallAnswer>, CallError> {
        let who = self.participant();
        let asked = self.with(|state, now| {
            let conference = &mut state.conference;
            let relay = conference.open_direct(now, who, endpoint, offer)?;
            Ok::<_, Refused>(state.ask(relay))
        })?;
        Ok(match asked {
            Asked::NotDirect => None,
            Asked::SetAside(call) => Some(CallAnswer { call, sdp: None }),
            Asked::Relayed(call, answer) => match self.hear(call, answer).await {
                PeerAnswer::Answered(sdp) => Some(CallAnswer {
                    call,
                    sdp: Some(sdp.as_str().to_owned()),
                }),
                PeerAnswer::Ignored | PeerAnswer::Over => None,
            },
        })
    }

    /// A further offer in a direct call. Without an answer when the other makes
    /// an offer of its own, or direct media is over, which events tell.
    pub(super) async fn change_direct(
        &self,
        call: CallId,
        offer: RelayedDescription,
    ) -> Result<CallAnswer, CallError> {
        let who = self.participant();
        let asked = self.with(|state, _| {
            let relay = state.conference.change_direct(who, call, offer)?;
            Ok::<_, Refused>(state.ask(relay))
        })?;
        let answer = match asked {
            Asked::Relayed(call, answer) => self.hear(call, answer).await,
            Asked::SetAside(_) | Asked::NotDirect => PeerAnswer::Over,
        };
        let sdp = match answer {
            PeerAnswer::Answered(sdp) => Some(sdp.as_str().to_owned()),
            PeerAnswer::Ignored | PeerAnswer::Over => None,
        };
        Ok(CallAnswer { call, sdp })
    }

    /// Waits for the answer to the offer of a call, and not for ever.
    async fn hear(&self, call: CallId, mut answer: oneshot::Receiver<PeerAnswer>) -> PeerAnswer {
        if let Ok(Ok(answer)) = timeout(ANSWER_PATIENCE.unsigned_abs(), &mut answer).await {
            return answer;
        }
        self.with(|state, _| state.conference.answer_overdue(call));
        // The answer itself, where it came in this moment; else that it is over.
        answer.try_recv().unwrap_or(PeerAnswer::Over)
    }
}

/// What became of an offer, with what its answer comes by.
enum Asked {
    Relayed(CallId, oneshot::Receiver<PeerAnswer>),
    SetAside(CallId),
    NotDirect,
}

impl State {
    fn ask(&mut self, relay: Relay) -> Asked {
        match relay {
            Relay::NotDirect => Asked::NotDirect,
            Relay::SetAside(call) => Asked::SetAside(call),
            Relay::Relayed(call) => {
                let (asker, answer) = oneshot::channel();
                self.askers.insert(call, asker);
                Asked::Relayed(call, answer)
            }
        }
    }
}
