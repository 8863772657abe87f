//! Roles: of callers at the API, and of participants in a room.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that stands for none of the values of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown value")]
pub struct UnknownWord;

/// Makes an enum whose values are written as fixed words everywhere: in the
/// database, the API and the logs.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All values, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The fixed word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err($crate::UnknownWord) }
            }
        }
    };
}
pub(crate) use words;

words!(
    /// What a caller may do, as carried in the token's role claim.
    ApiRole {
        /// Own meetings.
        MeetingUser = "meeting-user",
        /// Own meetings, and meetings on behalf of others in the organisation.
        MeetingPlanner = "meeting-planner",
        /// As planner, and templates, reservations and organisations.
        MeetingAdmin = "meeting-admin",
        /// A machine that makes rooms.
        MeetingProvisioner = "meeting-provisioner",
        /// A machine that makes rooms, with an organisation and e-mail.
        MeetingProvisionerUser = "meeting-provisioner-user",
        /// The management app.
        ManagementAdmin = "management-admin",
        /// Runs the hub.
        Operator = "operator",
    }
);

/// What a participant is in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParticipantRole {
    /// Starts and leads the conference.
    Host,
    /// Waits until a host is there.
    Guest,
}

impl fmt::Display for ParticipantRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Guest => "guest",
        })
    }
}

impl FromStr for ParticipantRole {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "host" => Ok(Self::Host),
            "guest" => Ok(Self::Guest),
            _ => Err(UnknownWord),
        }
    }
}
