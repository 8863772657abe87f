//! Words of a participant's stay in a conference.

use crate::role::words;

words!(
    /// What a participant came in with.
    EndpointKind {
        /// The hub's own page: it asks for several slots.
        Web = "web",
        /// Any other client of the rooms' client API.
        Client = "client",
    }
);

words!(
    /// Why a participant's stay ended.
    LegEnd {
        /// The participant left.
        Left = "left",
        /// Somebody with the right to do so put the participant out.
        Disconnected = "disconnected",
        /// A host ended the conference for all.
        Terminated = "terminated",
        /// No host came, or none opened the lock, for too long.
        WaitedTooLong = "waited_too_long",
        /// The last host left, and only guests remained for too long.
        HostsLeft = "hosts_left",
        /// Nobody else was there for too long.
        LeftAlone = "left_alone",
        /// The client stopped renewing its token.
        TokenExpired = "token_expired",
        /// Neither events nor media reached the client any more.
        ConnectionLost = "connection_lost",
        /// The meeting's end time came.
        MeetingEnded = "meeting_ended",
        /// The hub stopped.
        Shutdown = "shutdown",
    }
);
