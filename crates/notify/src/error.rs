//! What can go wrong with a notice.

use std::time::Duration;

/// Why a message was refused or could not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value of the request is outside its limits; the request can be sent
    /// again with another value.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field as the API names it.
        field: &'static str,
        /// What it must be.
        reason: String,
    },
    /// The meeting is over: its link leads nowhere.
    #[error("the meeting is over")]
    Over,
    /// So many messages were asked for that more must wait.
    #[error("too many messages {0}")]
    TooMany(TooMany),
    /// The database failed; the request may be sent again.
    #[error("the database failed")]
    Store(#[from] vdx_store::Error),
}

/// Which limit was reached, and when it lets the next message through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// Which.
    pub limit: Limit,
    /// How long to wait.
    pub wait: Duration,
}

/// A limit on messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Of one caller, in a minute.
    Caller,
    /// Of the hosts of one meeting, in a minute.
    HostsMinute,
    /// Of the hosts of one meeting, in a day.
    HostsDay,
    /// Of one organisation, in an hour.
    Organisation,
    /// To one number, in an hour.
    Number,
}

impl std::fmt::Display for TooMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.limit {
            Limit::Caller => "of this caller in a minute",
            Limit::HostsMinute => "of this meeting's hosts in a minute",
            Limit::HostsDay => "of this meeting's hosts in a day",
            Limit::Organisation => "of this organisation in an hour",
            Limit::Number => "to this number in an hour",
        })
    }
}
