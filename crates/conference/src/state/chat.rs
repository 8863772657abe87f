//! Chat: to everybody, or to one. Nothing is kept but what a lost event stream
//! still has to be told.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::ParticipantId;

use super::{Conference, Effect, Refused};
use crate::event::{Event, Message};

/// Most bytes of a message.
pub const MAX_MESSAGE: usize = 8 * 1024;

/// Messages somebody may send at once before [`MESSAGE_EVERY`] counts.
pub const MESSAGE_BURST: u32 = 10;

/// How often somebody may go on sending messages.
pub const MESSAGE_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// The same for a whole conference: each message goes to everybody.
pub(super) const ROOM_BURST: u32 = 60;
pub(super) const ROOM_EVERY: SignedDuration = SignedDuration::from_millis(50);

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
}

/// A message, 1 to [`MAX_MESSAGE`] bytes. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageBody {
    kind: MessageKind,
    payload: String,
}

/// A message that is empty, or longer than [`MAX_MESSAGE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message has 1 to {MAX_MESSAGE} bytes")]
pub struct InvalidMessage;

impl MessageBody {
    /// Takes a message.
    ///
    /// # Errors
    /// [`InvalidMessage`].
    pub fn new(kind: MessageKind, payload: String) -> Result<Self, InvalidMessage> {
        if payload.is_empty() || payload.len() > MAX_MESSAGE {
            return Err(InvalidMessage);
        }
        Ok(Self { kind, payload })
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// The message itself.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }
}

impl fmt::Debug for MessageBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageBody(…)")
    }
}

impl Conference {
    /// Sends a message: to everybody else who is inside, or to one whom the
    /// sender sees. The sender is not told of the own message. Hosts may write
    /// to somebody who waits.
    ///
    /// # Errors
    /// [`Refused::ChatOff`] where the room has no chat, [`Refused::NotAllowed`]
    /// in the waiting room, [`Refused::TooFast`], [`Refused::UnknownTarget`],
    /// [`Refused::Unreachable`] when the client of that one does not listen.
    pub fn send_message(
        &mut self,
        now: Timestamp,
        from: ParticipantId,
        to: Option<ParticipantId>,
        body: MessageBody,
    ) -> Result<(), Refused> {
        if !self.room.chat {
            return Err(Refused::ChatOff);
        }
        let sender = self.participant(from)?;
        if sender.waiting {
            return Err(Refused::NotAllowed);
        }
        let readers: Vec<ParticipantId> = match to {
            None => {
                let others = self.participants.iter();
                let others = others.filter(|who| who.id != from && !who.waiting && who.listens());
                others.map(|who| who.id).collect()
            }
            Some(to) => {
                let reader = self.target(to)?;
                if !sender.sees(reader) {
                    return Err(Refused::UnknownTarget);
                }
                if !reader.listens() {
                    return Err(Refused::Unreachable);
                }
                vec![to]
            }
        };
        let message = Arc::new(Message {
            from,
            name: sender.name.clone(),
            direct: to.is_some(),
            body,
        });
        if !self.participant_mut(from)?.messages.take(now) || !self.messages.take(now) {
            return Err(Refused::TooFast);
        }
        self.effects
            .extend(readers.into_iter().map(|to| Effect::Tell {
                to,
                event: Event::Message(message.clone()),
            }));
        Ok(())
    }
}
