//! What is told of messages.

use jiff::Timestamp;
use serde_json::json;
use vdx_domain::{
    Agent, AuditOperation, AuditResource, MeetingId, OrganisationCode, SmsEncoding, SmsFailure,
    SmsId, SmsStatus,
};
use vdx_store::audit::NewRecord;
use vdx_store::sms::{self, Message};

use crate::gateway::DEVELOPMENT;
use crate::{Error, PhoneNumber, Sms};

/// Most messages in one list: the newest of them.
pub const MAX_LISTED: u32 = 500;

/// How a message stands, for those who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: SmsId,
    /// Where it is.
    pub status: SmsStatus,
    /// Since when.
    pub status_at: Timestamp,
    /// Why it failed.
    pub failure: Option<SmsFailure>,
    /// What the gateway says of that, as its own code.
    pub gateway_code: Option<String>,
    /// The last two digits of the number, as long as it is kept.
    pub to: Option<String>,
    /// How its characters are carried.
    pub encoding: SmsEncoding,
    /// In how many parts.
    pub parts: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// A message as the phone would show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// How it stands.
    pub standing: Standing,
    /// The number.
    pub to: PhoneNumber,
    /// The name it comes from.
    pub sender: String,
    /// What it says.
    pub text: String,
}

impl Sms {
    /// The messages to a meeting's people, oldest first. Whether the caller may
    /// see the meeting was asked before. Returns when the reading is recorded.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn of_meeting(
        &self,
        agent: &Agent,
        meeting: MeetingId,
        organisation: &OrganisationCode,
    ) -> Result<Vec<Standing>, Error> {
        let mut reader = self.db().reader();
        let messages = sms::of_meeting(&mut reader, self.sealer(), meeting, MAX_LISTED).await?;
        let found = messages.len();
        self.record_read(agent, organisation, meeting.to_string(), found)
            .await?;
        Ok(messages.iter().map(standing).collect())
    }

    /// How far a message to a meeting's people has come; `None` when it is none of
    /// theirs. It tells nothing of anybody, so it is no reading to record.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn status_in(
        &self,
        meeting: MeetingId,
        id: SmsId,
    ) -> Result<Option<SmsStatus>, Error> {
        let found = sms::find(&mut self.db().reader(), self.sealer(), id).await?;
        let found = found.filter(|message| message.summary.meeting == meeting);
        Ok(found.map(|message| message.progress.status))
    }

    /// The newest messages that were kept here instead of being sent, newest
    /// first. Returns when the reading is recorded.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn kept_here(&self, agent: &Agent, limit: u32) -> Result<Vec<Shown>, Error> {
        let limit = limit.min(MAX_LISTED);
        let mut reader = self.db().reader();
        let messages = sms::newest_readable(&mut reader, self.sealer(), DEVELOPMENT, limit).await?;
        // They may be of many organisations: they are read on behalf of the hub.
        let hub = OrganisationCode(String::new());
        self.record_read(agent, &hub, DEVELOPMENT.to_owned(), messages.len())
            .await?;
        Ok(messages.into_iter().filter_map(shown).collect())
    }

    async fn record_read(
        &self,
        agent: &Agent,
        organisation: &OrganisationCode,
        identifier: String,
        count: usize,
    ) -> Result<(), Error> {
        let record = NewRecord {
            at: self.now(),
            organisation: organisation.clone(),
            agent: agent.clone(),
            resource: AuditResource::Sms,
            operation: AuditOperation::Read,
            identifier,
            details: json!({ "count": count }),
        };
        Ok(self.reads().append(record).await?)
    }
}

fn standing(message: &Message) -> Standing {
    let (summary, progress) = (&message.summary, &message.progress);
    Standing {
        id: summary.id,
        status: progress.status,
        status_at: progress.status_at,
        failure: progress.failure,
        gateway_code: progress.failure.and_then(|_| progress.gateway_code.clone()),
        to: message
            .recipient
            .clone()
            .map(|number| PhoneNumber::from_store(number).masked()),
        encoding: summary.encoding,
        parts: summary.parts,
        created_at: summary.created_at,
    }
}

fn shown(message: Message) -> Option<Shown> {
    Some(Shown {
        standing: standing(&message),
        to: PhoneNumber::from_store(message.recipient?),
        sender: message.summary.sender,
        text: message.text?,
    })
}
