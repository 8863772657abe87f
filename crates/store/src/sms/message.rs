//! A message as a row.

use jiff::Timestamp;
use vdx_domain::{MeetingId, OrganisationCode, SmsEncoding, SmsFailure, SmsId, SmsStatus};

use crate::{Error, FromRow, Place, Row, Sealer};

/// A message to write.
#[derive(Clone, Copy)]
pub struct NewMessage<'a> {
    /// Its id.
    pub id: SmsId,
    /// On whose behalf.
    pub organisation: &'a OrganisationCode,
    /// Which meeting its link leads to.
    pub meeting: MeetingId,
    /// As whose it is counted: who asked for it, as the audit trail names them, or
    /// the meeting whose host did.
    pub caller: &'a str,
    /// The phone number, in E.164.
    pub recipient: &'a str,
    /// A keyed hash of it.
    pub recipient_hash: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The name it comes from.
    pub sender: &'a str,
    /// How its characters are carried.
    pub encoding: SmsEncoding,
    /// In how many parts.
    pub parts: u32,
    /// Which gateway is to bring it.
    pub gateway: &'a str,
    /// It is of no use after this.
    pub expires_at: Timestamp,
    /// Now.
    pub created_at: Timestamp,
}

/// A message as it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// What never changes, without what is personal.
    pub summary: Summary,
    /// The phone number, in E.164, as long as it is kept.
    pub recipient: Option<String>,
    /// What it says, as long as it is kept.
    pub text: Option<String>,
    /// How far it has come.
    pub progress: Progress,
}

// A number is a person's, and a text may name one.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("summary", &self.summary)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

/// What never changes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its id.
    pub id: SmsId,
    /// On whose behalf it is sent.
    pub organisation: OrganisationCode,
    /// Which meeting its link leads to.
    pub meeting: MeetingId,
    /// The name it comes from.
    pub sender: String,
    /// How its characters are carried.
    pub encoding: SmsEncoding,
    /// In how many parts.
    pub parts: u32,
    /// It is of no use after this.
    pub expires_at: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// How far a message has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which gateway has it, or is to have it.
    pub gateway: String,
    /// What the gateway calls it.
    pub gateway_reference: Option<String>,
    /// Where it is.
    pub status: SmsStatus,
    /// Why it failed.
    pub failure: Option<SmsFailure>,
    /// What the gateway says of that, as its own code.
    pub gateway_code: Option<String>,
    /// How often the gateway was asked.
    pub attempts: u32,
    /// Since when the gateway's answer is awaited.
    pub in_flight_since: Option<Timestamp>,
    /// When it must be looked at again; `None` = nothing is left to do.
    pub next_attempt_at: Option<Timestamp>,
    /// Since when it has its status.
    pub status_at: Timestamp,
}

pub(super) fn recipient_place(id: &str) -> Place<'_> {
    Place {
        table: "sms_messages",
        column: "recipient_sealed",
        row: id,
    }
}

pub(super) fn text_place(id: &str) -> Place<'_> {
    Place {
        table: "sms_messages",
        column: "text_sealed",
        row: id,
    }
}

/// A row before it is opened.
pub(super) struct SealedMessage {
    summary: Summary,
    recipient: Option<String>,
    text: Option<String>,
    progress: Progress,
}

impl SealedMessage {
    pub(super) fn open(self, sealer: &Sealer) -> Result<Message, Error> {
        let id = self.summary.id.to_string();
        let recipient = sealer.unseal_text(recipient_place(&id), self.recipient.as_deref())?;
        let text = sealer.unseal_text(text_place(&id), self.text.as_deref())?;
        Ok(Message {
            summary: self.summary,
            recipient,
            text,
            progress: self.progress,
        })
    }
}

impl FromRow for SealedMessage {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            summary: Summary {
                id: row.get("id")?,
                organisation: row.get("organisation_code")?,
                meeting: row.get("meeting_id")?,
                sender: row.get("sender")?,
                encoding: row.get("encoding")?,
                parts: row.get("parts")?,
                expires_at: row.get("expires_at")?,
                created_at: row.get("created_at")?,
            },
            recipient: row.get("recipient_sealed")?,
            text: row.get("text_sealed")?,
            progress: Progress {
                gateway: row.get("gateway")?,
                gateway_reference: row.get("gateway_reference")?,
                status: row.get("status")?,
                failure: row.get("failure")?,
                gateway_code: row.get("gateway_code")?,
                attempts: row.get("attempts")?,
                in_flight_since: row.get("in_flight_since")?,
                next_attempt_at: row.get("next_attempt_at")?,
                status_at: row.get("status_at")?,
            },
        })
    }
}
