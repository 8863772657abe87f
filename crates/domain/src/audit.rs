//! The words of the audit trail: who does what to what.

use std::net::IpAddr;

use crate::OrganisationCode;
use crate::role::words;

/// Who does something, and from where.
#[derive(Clone, PartialEq, Eq)]
pub struct Agent {
    /// What acts, with a word for its kind in front: `client:<id>`, `user:<id>`,
    /// `issuer:<subject>`, `host:<participant>` or `hub:<part>`.
    pub id: String,
    /// The e-mail it acts under.
    pub email: Option<String>,
    /// The organisation it acts for.
    pub organisation: Option<OrganisationCode>,
    /// From where the request came.
    pub address: Option<IpAddr>,
}

impl Agent {
    /// A part of the hub itself: a job, not a request.
    #[must_use]
    pub fn hub(part: &str) -> Self {
        Self {
            id: format!("hub:{part}"),
            email: None,
            organisation: None,
            address: None,
        }
    }
}

// An e-mail names a person, so it stays out of logs.
impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent")
            .field("id", &self.id)
            .field("organisation", &self.organisation)
            .finish_non_exhaustive()
    }
}

words! {
    /// What something was done to.
    AuditResource {
        /// A meeting.
        Meeting = "meeting",
        /// A booked room.
        SchedulingInfo = "schedulingInfo",
        /// A permanent room.
        FixedRoom = "fixedRoom",
        /// A template of rooms.
        SchedulingTemplate = "schedulingTemplate",
        /// An organisation.
        Organisation = "organisation",
        /// What an organisation's pages look like and say.
        Theme = "theme",
        /// A text message.
        Sms = "sms",
        /// An API client.
        ApiClient = "apiClient",
        /// A user of the hub.
        User = "user",
        /// A token or a sign-in.
        Token = "token",
    }
}

words! {
    /// What was done.
    AuditOperation {
        /// It was made.
        Create = "create",
        /// It was read.
        Read = "read",
        /// It was changed.
        Update = "update",
        /// It was removed.
        Delete = "delete",
        /// Access was given.
        Grant = "grant",
        /// Access was refused.
        Refuse = "refuse",
    }
}
