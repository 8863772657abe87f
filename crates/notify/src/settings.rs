//! What the installation decides about text messages.

use std::fmt;
use std::time::Duration;

use crate::phone::Region;

/// Settings of text messages.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the hub is reached, without a slash at the end: gateways report there.
    pub public_url: String,
    /// Who brings the messages.
    pub gateway: GatewaySettings,
    /// The sender where the organisation names none that networks take.
    pub sender: String,
    /// Whose numbers are written without a country code.
    pub region: Region,
    /// Most parts of a message.
    pub max_parts: u32,
    /// How much may be sent.
    pub limits: Limits,
    /// How long it is kept who got what; afterwards only that something was sent.
    pub keep: Duration,
    /// Whether organisations may be called back at addresses of private networks.
    pub private_callbacks: bool,
}

/// How many messages may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// By one caller in a minute.
    pub caller: u32,
    /// By one organisation in an hour.
    pub organisation: u32,
    /// To one number in an hour.
    pub number: u32,
}

impl Default for Limits {
    /// A booking system sends for a whole region; no one is sent a message
    /// every other minute.
    fn default() -> Self {
        Self {
            caller: 120,
            organisation: 3000,
            number: 20,
        }
    }
}

/// A gateway, and what it needs.
#[derive(Clone)]
pub enum GatewaySettings {
    /// No one: messages are shown to developers instead.
    Development,
    /// GatewayAPI.
    GatewayApi {
        /// Where it is, without a slash at the end.
        url: String,
        /// Lets the hub in.
        token: String,
    },
    /// Twilio.
    Twilio {
        /// Where it is, without a slash at the end.
        url: String,
        /// Whose account.
        account: String,
        /// The account's token, or the secret of `key`.
        secret: String,
        /// The id of an API key, when one is used instead of the account's token.
        key: Option<String>,
    },
}

// Tokens are not shown.
impl fmt::Debug for GatewaySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "Development",
            Self::GatewayApi { .. } => "GatewayApi(…)",
            Self::Twilio { .. } => "Twilio(…)",
        })
    }
}
