//! What a participant with a token does.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use vdx_domain::{CallId, ParticipantId, ParticipantRole};

use super::live::{Live, State};
use super::{Conferences, Inner};
use crate::event::{Event, ParticipantView};
use crate::state::{Mute, Refused, TOKEN_LIFETIME};
use crate::token::Claims;

/// A participant who showed a good token.
#[derive(Clone)]
pub struct Session {
    pub(super) conferences: Conferences,
    pub(super) live: Arc<Live>,
    claims: Claims,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("participant", &self.claims.participant)
            .finish_non_exhaustive()
    }
}

/// A token just made.
pub struct Issued {
    /// The token: a secret of the participant.
    pub token: String,
    /// How long it lasts, in seconds.
    pub expires: i64,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued(…)")
    }
}

impl Session {
    pub(super) fn new(conferences: Conferences, live: Arc<Live>, claims: Claims) -> Self {
        Self {
            conferences,
            live,
            claims,
        }
    }

    /// Who.
    #[must_use]
    pub fn participant(&self) -> ParticipantId {
        self.claims.participant
    }

    /// As what.
    #[must_use]
    pub fn role(&self) -> ParticipantRole {
        self.claims.role
    }

    /// A token with a full lifetime.
    pub(super) fn issue(&self, now: Timestamp) -> Issued {
        let claims = Claims {
            expires_at: now + TOKEN_LIFETIME,
            ..self.claims.clone()
        };
        Issued {
            token: self.inner().signer.participant(&claims),
            expires: TOKEN_LIFETIME.as_secs(),
        }
    }

    /// Renews the token; the stay is prolonged with it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`] when the stay ended meanwhile.
    pub fn renew(&self) -> Result<Issued, Refused> {
        let who = self.participant();
        let now = self.with(|state, now| state.conference.renew(now, who).map(|()| now))?;
        Ok(self.issue(now))
    }

    /// Leaves.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`] when the stay ended already.
    pub fn leave(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.leave(now, who))
    }

    /// Puts somebody out; guests themselves only.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn disconnect(&self, target: ParticipantId) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.disconnect(now, who, target))
    }

    /// The roster as this participant sees it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn roster(&self) -> Result<Vec<Arc<ParticipantView>>, Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.roster(who))
    }

    /// Switches something of `target` off or on.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn mute(&self, target: ParticipantId, what: Mute, off: bool) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.mute(who, target, what, off))
    }

    /// Takes the floor to present.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn take_floor(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.take_floor(who))
    }

    /// Gives the floor back.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn release_floor(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.release_floor(who))
    }

    /// Whether this participant has this call.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn has_call(&self, call: CallId) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.has_call(who, call))
    }

    /// Hangs up, and stays in the conference.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn end_call(&self, call: CallId) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.end_call(now, who, call))
    }

    /// Listens: the whole state first, then every change. An older subscription
    /// of this participant ends.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn subscribe(&self) -> Result<Subscription, Refused> {
        let who = self.participant();
        self.with(|state, _| {
            let number = state.conference.attach(who)?;
            Ok(Subscription {
                events: state.listen(who, number),
                number,
                session: self.clone(),
            })
        })
    }

    /// Gives the conference an input and carries out what follows.
    pub(super) fn with<T>(&self, input: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let now = self.inner().clock.now();
        let mut state = self.live.lock();
        let answer = input(&mut state, now);
        self.inner().carry_out(&mut state, now);
        answer
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.conferences.0
    }
}

/// The events of one listener. Dropping it ends the subscription.
pub struct Subscription {
    events: mpsc::Receiver<Event>,
    number: u64,
    session: Session,
}

impl Subscription {
    /// The next event; `None` when the participant is out, a newer subscription
    /// took over, or too many events were left unread.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let who = self.session.participant();
        let number = self.number;
        self.session
            .with(|state, now| state.unlisten(now, who, number));
    }
}
