//! Asking for a message: it is checked, counted, and written.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vdx_domain::{
    Agent, AuditOperation, AuditResource, MeetingId, OrganisationCode, SmsEncoding, SmsId,
    SmsStatus,
};
use vdx_store::Tx;
use vdx_store::audit::{self, NewRecord, change};
use vdx_store::organisations;
use vdx_store::sms::{self, By, NewMessage};

use crate::error::{Limit, TooMany};
use crate::parts::Parts;
use crate::{Error, Language, PhoneNumber, Sms, wording};

/// A message to send, as the caller writes it.
#[derive(Clone, Copy)]
pub struct SmsRequest<'a> {
    /// The number.
    pub to: &'a str,
    /// The text, with [`LINK`](crate::LINK) where the link is put.
    pub message: &'a str,
}

/// The link of a meeting for somebody whom a host brings in, in the hub's words.
#[derive(Clone, Copy)]
pub struct RoomInvitation<'a> {
    /// The number.
    pub phone: &'a str,
    /// In which language.
    pub language: Language,
}

/// How many messages hosts may ask for from inside one meeting: in a minute, and
/// in a day. Of the meeting and not of the conference: that ends with the last one
/// who leaves, and the next one would count anew.
pub const OF_HOSTS: (u32, u32) = (3, 10);

/// Who asks for a message.
struct Asker<'a> {
    /// As the audit trail tells it.
    agent: &'a Agent,
    /// As whose the message is counted.
    caller: &'a str,
    /// How many there may be of it, in which time.
    quotas: &'a [(Limit, u32, SignedDuration)],
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The meeting a message leads to. Whether the caller may see it was asked before.
#[derive(Debug, Clone)]
pub struct MeetingLink {
    /// Its id.
    pub id: MeetingId,
    /// Whose it is.
    pub organisation: OrganisationCode,
    /// When it ends, and the link with it.
    pub ends_at: Timestamp,
    /// Its short link.
    pub link: String,
}

/// A message that is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its id: the reference under which call-backs name it.
    pub id: SmsId,
    /// How its characters are carried.
    pub encoding: SmsEncoding,
    /// In how many parts.
    pub parts: u32,
    /// The name it comes from.
    pub sender: String,
}

impl Sms {
    /// Writes a message to be sent. When this returns, it will be, also after
    /// a crash.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Over`], [`Error::TooMany`] or [`Error::Store`].
    pub async fn send(
        &self,
        agent: &Agent,
        meeting: &MeetingLink,
        request: SmsRequest<'_>,
    ) -> Result<Queued, Error> {
        let to = self.number("to", request.to)?;
        let settings = self.settings();
        let written = wording::fill(request.message, &meeting.link, settings.max_parts)?;
        let asker = Asker {
            agent,
            caller: &agent.id,
            quotas: &[(Limit::Caller, settings.limits.caller, MINUTE)],
        };
        self.queue(&asker, meeting, &to, written).await
    }

    /// Writes a message with the meeting's link, in the name of its organisation,
    /// for a host who brings somebody in. Whether it is one was asked before.
    ///
    /// # Errors
    /// As [`Sms::send`].
    pub async fn invite(
        &self,
        agent: &Agent,
        meeting: &MeetingLink,
        invitation: RoomInvitation<'_>,
    ) -> Result<Queued, Error> {
        let to = self.number("phone", invitation.phone)?;
        let mut reader = self.db().reader();
        let organisation = organisations::by_code(&mut reader, &meeting.organisation).await?;
        let name = organisation.map_or_else(String::new, |organisation| organisation.name);
        let max_parts = self.settings().max_parts;
        let written = wording::invitation(invitation.language, &name, &meeting.link, max_parts)?;
        let (in_a_minute, in_a_day) = OF_HOSTS;
        let asker = Asker {
            agent,
            caller: &format!("meeting:{}", meeting.id),
            quotas: &[
                (Limit::HostsMinute, in_a_minute, MINUTE),
                (Limit::HostsDay, in_a_day, DAY),
            ],
        };
        self.queue(&asker, meeting, &to, written).await
    }

    fn number(&self, field: &'static str, written: &str) -> Result<PhoneNumber, Error> {
        PhoneNumber::parse(written, self.settings().region).map_err(|error| Error::Invalid {
            field,
            reason: error.to_string(),
        })
    }

    async fn queue(
        &self,
        asker: &Asker<'_>,
        meeting: &MeetingLink,
        to: &PhoneNumber,
        (text, parts): (String, Parts),
    ) -> Result<Queued, Error> {
        let now = self.now();
        if meeting.ends_at <= now {
            return Err(Error::Over);
        }
        let hash = to.hash(&self.0.key);
        let mut tx = self.db().begin().await?;
        self.check_limits(&mut tx, asker, &meeting.organisation, &hash, now)
            .await?;
        let organisation = organisations::by_code(&mut tx, &meeting.organisation).await?;
        let queued = Queued {
            id: SmsId::generate(),
            encoding: parts.encoding,
            parts: parts.parts,
            sender: organisation
                .and_then(|organisation| wording::sender(&organisation.sms_sender_name?))
                .unwrap_or_else(|| self.settings().sender.clone()),
        };
        let message = NewMessage {
            id: queued.id,
            organisation: &meeting.organisation,
            meeting: meeting.id,
            caller: asker.caller,
            recipient: to.reveal(),
            recipient_hash: &hash,
            text: &text,
            sender: &queued.sender,
            encoding: queued.encoding,
            parts: queued.parts,
            gateway: self.0.gateway.name(),
            expires_at: meeting.ends_at,
            created_at: now,
        };
        sms::insert(&mut tx, self.sealer(), &message).await?;
        audit::append(&mut tx, record(asker.agent, &message, to, parts));
        tx.commit().await?;
        self.0.counters.reached(SmsStatus::Queued);
        self.0.bell.notify_one();
        Ok(queued)
    }

    /// The order keeps two requests from waiting for one another.
    async fn check_limits(
        &self,
        tx: &mut Tx,
        asker: &Asker<'_>,
        organisation: &OrganisationCode,
        hash: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let limits = self.settings().limits;
        let own = asker
            .quotas
            .iter()
            .map(|(limit, most, window)| (*limit, By::Caller(asker.caller), *most, *window));
        let of_all = [
            (
                Limit::Organisation,
                By::Organisation(organisation),
                limits.organisation,
                HOUR,
            ),
            (Limit::Number, By::Recipient(hash), limits.number, HOUR),
        ];
        for (limit, by, most, window) in own.chain(of_all) {
            let since = now.saturating_sub(window).unwrap_or(Timestamp::MIN);
            let counted = sms::count_since(tx, by, since).await?;
            if counted.messages >= i64::from(most) {
                let free_again = counted.oldest.unwrap_or(now).duration_since(since);
                let wait = Duration::try_from(free_again).unwrap_or_default();
                return Err(Error::TooMany(TooMany { limit, wait }));
            }
        }
        Ok(())
    }
}

/// Who sent something to whom, without the number and without the text.
fn record(agent: &Agent, message: &NewMessage<'_>, to: &PhoneNumber, parts: Parts) -> NewRecord {
    let sent = json!({
        "meeting": message.meeting,
        "to": to.masked(),
        "sender": message.sender,
        "encoding": parts.encoding,
        "parts": parts.parts,
        "gateway": message.gateway,
    });
    NewRecord {
        at: message.created_at,
        organisation: message.organisation.clone(),
        agent: agent.clone(),
        resource: AuditResource::Sms,
        operation: AuditOperation::Create,
        identifier: message.id.to_string(),
        details: change(None, Some(&sent)),
    }
}
