//! Words for how good sound and pictures were.

use crate::role::words;

words!(
    /// Which way media goes, seen from the hub.
    MediaDirection {
        /// From the participant to the hub.
        Received = "received",
        /// From the hub to the participant.
        Sent = "sent",
    }
);

words!(
    /// How good a direction was for a while, or a whole call. Later is worse.
    QualityRating {
        /// Nothing to notice.
        Good = "good",
        /// Small disturbances.
        Ok = "ok",
        /// Hard to follow.
        Bad = "bad",
    }
);
