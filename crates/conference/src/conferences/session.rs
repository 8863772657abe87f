//! What a participant with a token does.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use vdx_domain::{CallId, ParticipantId, ParticipantRole, Room, RoomAddress, RoomKey};

use super::live::{EventId, Live, State, ToldEvent};
use super::{Conferences, Inner};
use crate::DisplayName;
use crate::event::{ConferenceView, ParticipantView, Referral};
use crate::quality::ClientReport;
use crate::state::{MessageBody, Mute, Refused, TOKEN_LIFETIME, Transforms};
use crate::token::{Claims, Validity};

/// How long a referral opens the door of the other room.
const REFERRAL_LIFETIME: SignedDuration = SignedDuration::from_secs(60);

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
    /// What its holder is now.
    pub role: ParticipantRole,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued(…)")
    }
}

/// What changes something for others counts as an act: besides the errors named, it
/// is refused with [`Refused::ActingTooFast`] to who does too much.
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

    /// Of which room.
    #[must_use]
    pub fn room(&self) -> RoomKey {
        self.claims.room
    }

    /// The address the room was entered by.
    #[must_use]
    pub fn alias(&self) -> &RoomAddress {
        &self.claims.alias
    }

    /// A token with a full lifetime, for who is this now, and `waiting` or not.
    pub(super) fn issue(&self, now: Timestamp, role: ParticipantRole, waiting: bool) -> Issued {
        let claims = Claims {
            waiting,
            expires_at: now + TOKEN_LIFETIME,
            role,
            ..self.claims.clone()
        };
        Issued {
            token: self.inner().signer.participant(&claims),
            expires: TOKEN_LIFETIME.as_secs(),
            role,
        }
    }

    /// Renews the token; the stay is prolonged with it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`] when the stay ended meanwhile.
    pub fn renew(&self) -> Result<Issued, Refused> {
        let who = self.participant();
        let (now, role, waiting) = self.with(|state, now| {
            state.conference.renew(now, who)?;
            let role = state.conference.role_of(who)?;
            Ok((now, role, state.conference.waits(who)))
        })?;
        Ok(self.issue(now, role, waiting))
    }

    /// Leaves.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`] when the stay ended already.
    pub fn leave(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.leave(now, who))
    }

    /// Leaves, unless the page that goes away is back within seconds.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn step_out(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.step_out(now, who))
    }

    /// Puts somebody out; guests themselves only.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn disconnect(&self, target: ParticipantId) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, now| state.conference.disconnect(now, who, target))
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
        self.act(|state, _| state.conference.mute(who, target, what, off))
    }

    /// Takes the floor to present.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn take_floor(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.take_floor(who))
    }

    /// Gives the floor back.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn release_floor(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.release_floor(who))
    }

    /// Returns when what was done so far outlives a restart of the hub, at once
    /// where nothing waits to be written.
    pub async fn kept(&self) {
        self.conferences.kept().await;
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

    /// The participant's client tells how it receives in its call.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn report_quality(&self, call: CallId, report: ClientReport) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.reported(now, who, call, report))
    }

    /// Locks the room, or unlocks it and lets in who waits.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn lock(&self, on: bool) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, now| {
            if on {
                state.conference.lock(now, who)
            } else {
                state.conference.unlock(who)
            }
        })
    }

    /// Lets one in who waits.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownTarget`].
    pub fn admit(&self, target: ParticipantId) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.admit(who, target))
    }

    /// Lets in everybody who waits now; a lock stays as it is.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn admit_all(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.admit_all(who))
    }

    /// Begins the conference for the guests who wait for a host.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn start(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.start(who))
    }

    /// Whether this participant may do what hosts may.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn check_host(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.check_host(who))
    }

    /// Ends the conference for all.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn terminate(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, now| state.conference.terminate(now, who))
    }

    /// The state of the conference as this participant sees it.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn status(&self) -> Result<ConferenceView, Refused> {
        let who = self.participant();
        self.with(|state, _| state.conference.status(who))
    }

    /// Mutes all guests and those who come, or ends that.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn mute_guests(&self, off: bool) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.mute_guests(who, off))
    }

    /// Whether guests may unmute what a host or the room muted.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn let_guests_unmute(&self, yes: bool) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.let_guests_unmute(who, yes))
    }

    /// Changes what everybody sees.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn transform_layout(&self, wanted: Transforms) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.transform_layout(who, wanted))
    }

    /// Sends a chat message to everybody, or to one.
    ///
    /// # Errors
    /// See [`crate::state::Conference::send_message`].
    pub fn send_message(
        &self,
        to: Option<ParticipantId>,
        body: MessageBody,
    ) -> Result<(), Refused> {
        let who = self.participant();
        self.with(|state, now| state.conference.send_message(now, who, to, body))
    }

    /// Makes somebody a host or a guest.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownTarget`].
    pub fn set_role(&self, target: ParticipantId, role: ParticipantRole) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, now| state.conference.set_role(now, who, target, role))
    }

    /// Writes another text than the name on somebody's picture.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownTarget`].
    pub fn set_overlay_text(
        &self,
        target: ParticipantId,
        text: Option<DisplayName>,
    ) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.set_overlay_text(who, target, text))
    }

    /// Raises the own hand, or takes somebody's down.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownTarget`].
    pub fn raise_hand(&self, target: ParticipantId, up: bool) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, now| {
            if up {
                state.conference.raise_hand(now, who, target)
            } else {
                state.conference.lower_hand(who, target)
            }
        })
    }

    /// Takes all hands down.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownParticipant`].
    pub fn lower_all_hands(&self) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.lower_all_hands(who))
    }

    /// Puts somebody in the spotlight, or takes somebody out of it.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownTarget`].
    pub fn spotlight(&self, target: ParticipantId, on: bool) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, now| state.conference.spotlight(now, who, target, on))
    }

    /// Lets somebody receive presentations, or not.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownTarget`].
    pub fn let_receive_presentation(
        &self,
        target: ParticipantId,
        yes: bool,
    ) -> Result<(), Refused> {
        let who = self.participant();
        self.act(|state, _| state.conference.let_receive_presentation(who, target, yes))
    }

    /// Sends somebody to another room as `role`. Whether the room would let them
    /// in is the caller's to know: the referral opens its door.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`], [`Refused::UnknownTarget`], [`Refused::Unreachable`].
    pub fn refer(
        &self,
        target: ParticipantId,
        room: &Room,
        alias: RoomAddress,
        role: ParticipantRole,
    ) -> Result<(), Refused> {
        let who = self.participant();
        let signer = &self.inner().signer;
        self.act(|state, now| {
            let until = now + REFERRAL_LIFETIME;
            let token = match role {
                ParticipantRole::Host => signer.host_ticket(room, Validity::Until(until)),
                ParticipantRole::Guest => signer.ticket(room.key, Validity::Until(until)),
            };
            let referral = Referral { alias, token };
            state.conference.refer(who, target, referral)
        })
    }

    /// Listens: what was told after the event `last`, where that is known, else
    /// the whole state; then every change. An older subscription of this
    /// participant ends.
    ///
    /// # Errors
    /// [`Refused::UnknownParticipant`].
    pub fn subscribe(&self, last: Option<EventId>) -> Result<Subscription, Refused> {
        let who = self.participant();
        self.act(|state, now| {
            let (number, events) = state.listen(now, who, last)?;
            Ok(Subscription {
                events,
                number,
                session: self.clone(),
            })
        })
    }

    /// Does something, unless this participant has done too much just now.
    fn act<T>(
        &self,
        act: impl FnOnce(&mut State, Timestamp) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let who = self.participant();
        self.with(|state, now| {
            state.conference.count_act(now, who)?;
            act(state, now)
        })
    }

    /// Gives the conference an input and carries out what follows.
    pub(super) fn with<T>(&self, input: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let now = self.inner().clock.now();
        let done = self
            .inner()
            .input(&self.live, now, |state| input(state, now));
        // The edge of the API answers for it.
        done.unwrap_or_else(|fault| fault.rethrow())
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.conferences.0
    }
}

/// The events of one listener. Dropping it ends the subscription.
pub struct Subscription {
    events: mpsc::Receiver<ToldEvent>,
    number: u64,
    session: Session,
}

impl Subscription {
    /// The next event; `None` when the participant is out, a newer subscription
    /// took over, or too many events were left unread.
    pub async fn next(&mut self) -> Option<ToldEvent> {
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
        let (inner, now) = (self.session.inner(), self.session.inner().clock.now());
        // Nothing may be thrown from here; a fault has ended the conference.
        let _ = inner.input(&self.session.live, now, |state| {
            state.unlisten(now, who, number);
        });
    }
}
