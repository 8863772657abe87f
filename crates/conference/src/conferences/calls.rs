//! Calls: offers on their way to the media engine and answers on their way back.

use tokio::task;
use vdx_domain::{CallId, EndpointKind};
use vdx_media::{CallOpened, CallRefused, MAX_SLOTS, OpenCall, RelayedDescription, Shown};

use super::Session;
use crate::state::{Agreed, MediaPath, Refused};

/// What clients get that ask for nothing: one slot of each content.
const ONE_OF_EACH: SlotWishes = SlotWishes {
    video_slots: 1,
    audio_slots: 1,
    prefer_h264: false,
};

/// By which way a client takes a call with its offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Through the hub, with so many slots.
    Hub(SlotWishes),
    /// From browser to browser, or not at all: such an offer has no slots.
    Direct,
    /// From browser to browser where that can be, else through the hub.
    Either,
}

/// What a client that knows slots asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotWishes {
    /// Camera slots, 1 to [`MAX_SLOTS`]; what is outside is taken as the nearest.
    pub video_slots: u8,
    /// Audio slots, likewise.
    pub audio_slots: u8,
    /// Send H.264 while everybody in the room decodes it.
    pub prefer_h264: bool,
}

/// How large a client shows what is in one of its media sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPicture {
    /// The section.
    pub mid: String,
    /// Rows on the screen, in device pixels; 0 = not shown, `None` = not known.
    pub height: Option<u16>,
}

/// The answer to an offer.
#[derive(Debug, Clone)]
pub struct CallAnswer {
    /// Which call.
    pub call: CallId,
    /// The session description answered; without one the offer was set aside,
    /// and events tell what comes next.
    pub sdp: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The conference refuses.
    #[error(transparent)]
    Conference(#[from] Refused),
    /// The media engine refuses.
    #[error(transparent)]
    Media(#[from] CallRefused),
    /// The offer is for direct media, and there is none now.
    #[error("no direct media now")]
    NoDirectMedia,
}

impl Session {
    /// Opens a call; one the participant has is replaced.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn open_call(&self, offer: String, way: Way) -> Result<CallAnswer, CallError> {
        let who = self.participant();
        self.with(|state, now| state.conference.count_offer(now, who))?;
        let session = self.clone();
        // A client that hangs up while its offer is being answered must not
        // leave a call behind that nobody knows of.
        task::spawn(async move { session.negotiate(offer, way).await })
            .await
            .unwrap_or(Err(CallError::Media(CallRefused::Failed)))
    }

    async fn negotiate(self, offer: String, way: Way) -> Result<CallAnswer, CallError> {
        let endpoint = match way {
            Way::Hub(wishes) => return self.call_hub(offer, EndpointKind::Web, wishes).await,
            Way::Direct => EndpointKind::Web,
            Way::Either => EndpointKind::Client,
        };
        if self.may_be_direct()? {
            let direct = match RelayedDescription::read(&offer) {
                Ok(offer) => self.open_direct(offer, endpoint).await?,
                Err(unusable) if way == Way::Direct => return Err(unusable.into()),
                // The hub may take what is not relayed, or says why not.
                Err(_) => None,
            };
            if let Some(answer) = direct {
                return Ok(answer);
            }
        }
        match way {
            Way::Direct => Err(CallError::NoDirectMedia),
            Way::Either | Way::Hub(_) => self.call_hub(offer, endpoint, ONE_OF_EACH).await,
        }
    }

    async fn call_hub(
        &self,
        offer: String,
        endpoint: EndpointKind,
        wishes: SlotWishes,
    ) -> Result<CallAnswer, CallError> {
        let who = self.participant();
        let (call, quality) = self.with(|state, _| {
            let conference = &mut state.conference;
            let call = conference.begin_call(who, endpoint, wishes.prefer_h264)?;
            Ok::<_, Refused>((call, conference.room().settings.vmr_quality))
        })?;
        let asked = OpenCall {
            conference: self.live.id,
            call,
            offer,
            video_slots: wishes.video_slots.clamp(1, MAX_SLOTS),
            audio_slots: wishes.audio_slots.clamp(1, MAX_SLOTS),
            quality,
        };
        match self.inner().engine.open_call(asked).await {
            Ok(opened) => {
                let sdp = opened.answer.clone();
                let agreed =
                    self.with(|state, _| state.conference.call_agreed(call, agreed_from(opened)));
                if let Err(refused) = agreed {
                    self.inner().engine.close_call(self.live.id, call);
                    return Err(refused.into());
                }
                Ok(CallAnswer {
                    call,
                    sdp: Some(sdp),
                })
            }
            Err(refused) => {
                self.with(|state, _| state.conference.call_refused(call));
                Err(refused.into())
            }
        }
    }

    /// Notes how large the client shows its pictures. Sections that carry no
    /// picture of the call are passed over.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn show(&self, call: CallId, pictures: &[ShownPicture]) -> Result<(), Refused> {
        let who = self.participant();
        let shown: Vec<Shown> = self.with(|state, _| {
            let sections = state.conference.slots_of(who, call)?;
            let shown = sections.iter().filter_map(|section| {
                let picture = pictures.iter().find(|one| one.mid == section.mid)?;
                Some(Shown {
                    slot: section.slot,
                    height: picture.height,
                })
            });
            Ok::<_, Refused>(shown.collect())
        })?;
        self.inner().engine.show(self.live.id, call, shown);
        Ok(())
    }

    /// Answers a further offer in a call.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn change_call(&self, call: CallId, offer: String) -> Result<CallAnswer, CallError> {
        let who = self.participant();
        let path = self.with(|state, now| {
            state.conference.count_offer(now, who)?;
            state.conference.path_of(who, call)
        })?;
        let session = self.clone();
        task::spawn(async move {
            if path == MediaPath::Direct {
                let offer = RelayedDescription::read(&offer)?;
                return session.change_direct(call, offer).await;
            }
            let engine = &session.inner().engine;
            let opened = engine.change_call(session.live.id, call, offer).await?;
            let sdp = opened.answer.clone();
            session.with(|state, _| state.conference.call_agreed(call, agreed_from(opened)))?;
            Ok(CallAnswer {
                call,
                sdp: Some(sdp),
            })
        })
        .await
        .unwrap_or(Err(CallError::Media(CallRefused::Failed)))
    }
}

fn agreed_from(opened: CallOpened) -> Agreed {
    Agreed {
        sections: opened.slots,
        decodes: opened.decodes,
    }
}
