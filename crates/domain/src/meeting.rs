//! Words of a meeting's life.

use crate::role::words;

words!(
    /// Where a room stands on its way from booked to gone.
    ProvisionStatus {
        /// Booked; the room is not made yet.
        AwaitsProvision = "AWAITS_PROVISION",
        /// Being made.
        StartingToProvision = "STARTING_TO_PROVISION",
        /// Could not be made; the description says why.
        ProvisionProblems = "PROVISION_PROBLEMS",
        /// Live.
        ProvisionedOk = "PROVISIONED_OK",
        /// Being removed.
        StartingToDeprovision = "STARTING_TO_DEPROVISION",
        /// Could not be removed.
        DeprovisionProblems = "DEPROVISION_PROBLEMS",
        /// Gone; its number is free again.
        DeprovisionOk = "DEPROVISION_OK",
    }
);

words!(
    /// Who makes a room and takes it away.
    Provisioner {
        /// The hub itself.
        Embedded = "embedded",
        /// A system that asks for lists of what is to be done, and reports.
        Lists = "lists",
        /// A system that is told by events, and reports.
        Events = "events",
    }
);

words!(
    /// Whether a room is made for the meeting or taken from the pool.
    MeetingType {
        /// A room of its own.
        Normal = "NORMAL",
        /// From the pool.
        Pool = "POOL",
    }
);

words!(
    /// How guests come in with their microphone.
    GuestMicrophone {
        /// Open.
        On = "on",
        /// Without a usable microphone.
        Off = "off",
        /// Muted, and may unmute.
        Muted = "muted",
    }
);
