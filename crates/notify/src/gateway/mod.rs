//! Gateways: those who bring messages to phones.
//!
//! A gateway is behind the small trait [`SmsGateway`]. It is asked by one
//! message at a time and answers one of four things; which of them decides
//! whether the message may be sent again, so a gateway says [`Answer::Unclear`]
//! unless it knows better.

mod development;
mod gateway_api;
mod http;
mod twilio;

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use vdx_domain::{SmsEncoding, SmsId, SmsStatus};

use crate::phone::PhoneNumber;
use crate::settings::GatewaySettings;

pub use development::NAME as DEVELOPMENT;

/// Brings messages to phones.
pub trait SmsGateway: Send + Sync {
    /// Its name in settings, in the database and in addresses.
    fn name(&self) -> &'static str;

    /// Hands it a message. The answer is there within half a minute.
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Answer>;

    /// Asks it for a message whose sending did not end well.
    fn find<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Found>;

    /// Whether it can be reached and lets the hub in; says what it found.
    fn check(&self) -> BoxFuture<'_, Result<String, String>>;
}

/// A message for a gateway.
pub struct Outgoing {
    /// Its id at the hub.
    pub id: SmsId,
    /// To whom.
    pub to: PhoneNumber,
    /// What it says.
    pub text: String,
    /// How its characters are carried.
    pub encoding: SmsEncoding,
    /// From whom.
    pub sender: String,
    /// How long it is of use.
    pub valid_for: Duration,
    /// Where the gateway reports what became of it. The address is a secret of
    /// this message.
    pub report_url: String,
    /// When it was handed over, or is about to be.
    pub handed_over_at: Timestamp,
}

/// What a gateway makes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has it.
    Taken(Taken),
    /// It does not have it; it may be asked again.
    NotNow {
        /// Its code for why.
        code: Option<String>,
        /// How long it wants not to be asked.
        wait: Option<Duration>,
    },
    /// It will never take this message.
    Refused {
        /// Its code for why.
        code: Option<String>,
    },
    /// It was asked and whether it has the message is not known.
    Unclear,
}

/// A message a gateway has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What it calls it.
    pub reference: Option<String>,
    /// Whether it has arrived already.
    pub delivered: bool,
}

/// What a gateway finds when it is asked for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Messages that may be this one: same number, same text, not older. The
    /// references of those the hub knows are among them. None = it does not
    /// have the message.
    Candidates(Vec<String>),
    /// It did not answer; it may be asked again.
    NoAnswer,
    /// It cannot look for messages. Its report may still come.
    CannotTell,
}

/// What a gateway reports of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What it calls the message.
    pub reference: Option<String>,
    /// What became of it; never [`SmsStatus::Queued`].
    pub status: SmsStatus,
    /// Whether it failed because its time ran out.
    pub expired: bool,
    /// Its code for why it failed.
    pub code: Option<String>,
}

/// The gateway of the settings.
///
/// # Errors
/// What is wrong with them.
pub fn open(settings: &GatewaySettings) -> Result<Box<dyn SmsGateway>, String> {
    Ok(match settings {
        GatewaySettings::Development => Box::new(development::Development),
        GatewaySettings::GatewayApi { url, token } => {
            Box::new(gateway_api::GatewayApi::open(url, token)?)
        }
        GatewaySettings::Twilio {
            url,
            account,
            secret,
            key,
        } => Box::new(twilio::Twilio::open(url, account, secret, key.as_deref())?),
    })
}

/// Reads what a gateway reports; `None` when it is no report of it. Reports
/// come as long as messages are under way, also when another gateway has been
/// set since.
pub(crate) fn read_report(gateway: &str, body: &[u8]) -> Option<Report> {
    match gateway {
        gateway_api::NAME => gateway_api::read_report(body),
        twilio::NAME => twilio::read_report(body),
        _ => None,
    }
}

/// A code as it is kept and shown: short and plain. A gateway's sentences are
/// not kept, for they quote the number.
fn code(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(16)
        .collect();
    (!code.is_empty()).then_some(code)
}
